from odoo import api, fields, models
from odoo.tools import SQL

from ..identity import Contact, Person, confidence, match, shared, site, traces
from ..identity.evidence import WORTH_SUGGESTING
from ..identity.traces import PHONE_DIGITS, phone
from .social_channel_answer import phone_countries
from .social_conversation import QUIET

BATCH = 500
POSTS = 50  # of each author are read, the newest
MOST_CANDIDATES = 5000
MOST_SUGGESTED = 5  # for each profile


class SocialProfile(models.Model):
    """Finding out who is behind profiles: what they say of themselves against what
    contacts are known by, in batches.
    """

    _inherit = "social.profile"

    identity_due = fields.Boolean(
        readonly=True, default=True, help="Not looked for among the contacts yet."
    )

    _identity_due_index = models.Index("(id) WHERE identity_due")

    def write(self, vals):
        if not {"about", "place", "name"}.isdisjoint(vals):
            vals = {"identity_due": True, **vals}
        return super().write(vals)

    def action_who_is_this(self):
        """Looks for the contact behind a profile now."""
        self.ensure_one()
        self.check_access("write")
        if self.partner_id:
            return None
        self.sudo()._suggest_identities()
        if any(identity.state == "suggested" for identity in self.identity_ids):
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "Nothing this author has said fits a contact. Choose one yourself, "
                    "or make one."
                ),
            },
        }

    @api.model
    def _cron_suggest_identities(self):
        """Job: looks for the contacts of profiles that are new, or said something new
        of themselves.
        """
        progress = self.env["ir.cron"]._commit_progress
        due = [("identity_due", "=", True)]
        progress(remaining=self.search_count(due))
        while profiles := self.search(due, order="id", limit=BATCH):
            profiles._suggest_identities()
            if not progress(len(profiles)):
                break

    def _suggest_identities(self):
        """Brings the suggestions for these profiles up to date; a constant number of
        queries for all of them. What a person decided stays as it is.
        """
        unknown = self.filtered(lambda p: not p.partner_id)
        for company, profiles in unknown.grouped("company_id").items():
            persons = profiles._persons()
            contacts = profiles._candidates(company, persons.values())
            profiles._keep_suggestions(persons, contacts)
        self.filtered("identity_due").identity_due = False

    def _persons(self):
        """Profile → :class:`Person`, of the description and the newest posts."""
        said = {profile.id: [] for profile in self}
        posts = self.env["social.message"]
        posts.flush_model(["body", "gone_at", "posted_at", "profile_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT p.id, m.id, m.body, m.private
                   FROM unnest(%(ids)s) AS p (id) CROSS JOIN LATERAL (
                       SELECT id, body, 'direct' IN (kind, visibility) AS private
                       FROM social_message
                       WHERE profile_id = p.id AND direction = 'inbound'
                       AND gone_at IS NULL AND body ~ '[@0-9]|www[.]|://'
                       ORDER BY posted_at DESC, id DESC LIMIT %(posts)s
                   ) AS m""",
                ids=self.ids,
                posts=POSTS,
            )
        )
        countries = phone_countries(self.company_id)
        for profile, post, body, private in rows:
            origin = "private" if private else "public"
            said[profile] += traces(body, origin, post, countries)
        return {
            profile: Person(
                name=profile.name or "",
                place=profile.place or "",
                traces=(
                    *traces(profile.about, "about", countries=countries),
                    *traces(profile.url, "about"),
                    *said[profile.id],
                ),
            )
            for profile in self
        }

    @api.model
    def _candidates(self, company, persons):
        """The contacts that any of the persons may be: id → :class:`Contact`. Nobody
        who works here.
        """
        known = {}
        for person in persons:
            for trace in person.traces:
                known.setdefault(trace.kind, set()).add(trace.value)
        names = {p.name.strip().lower() for p in persons if p.place and p.name}
        references = self._contacts_by_reference(known.get("reference", set()))
        hosts = {page.partition("/")[0] for page in known.get("website", ())}
        ways = [
            (SQL("email_normalized"), known.get("email")),
            (
                SQL("right(regexp_replace(phone, '\\D', '', 'g'), %s)", PHONE_DIGITS),
                known.get("phone"),
            ),
            (
                SQL(
                    """split_part(regexp_replace(lower(website),
                                  '^(https?://)?(www[.])?', ''), '/', 1)"""
                ),
                hosts,
            ),
            (SQL("lower(name)"), names),
            (SQL("id"), references),
        ]
        found = [
            SQL("SELECT id FROM res_partner WHERE %s = ANY(%s)", way, list(values))
            for way, values in ways
            if values
        ]
        if not found:
            return {}
        self.env["res.partner"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, name, city, email_normalized, phone, website
                   FROM res_partner c
                   WHERE active AND (company_id IS NULL OR company_id = %(company)s)
                   AND id IN (%(found)s)
                   AND NOT EXISTS (SELECT FROM res_users u
                                   WHERE u.partner_id = c.id AND NOT u.share)
                   AND NOT EXISTS (SELECT FROM res_company o WHERE o.partner_id = c.id)
                   ORDER BY id LIMIT %(most)s""",
                company=company.id,
                found=SQL(" UNION ").join(found),
                most=MOST_CANDIDATES,
            )
        )
        return {
            partner: Contact(
                name=name or "",
                city=city or "",
                email=email or "",
                phone=phone(number),
                website=site(website),
                references=frozenset(references.get(partner, ())),
            )
            for partner, name, city, email, number, website in rows
        }

    @api.model
    def _contacts_by_reference(self, references):
        """Whose the orders, tickets and so on are that people name by their numbers.

        :param references: set of str
        :return: dict: id of the contact → set of those of the references that are the
            contact's
        """
        return {}

    def _keep_suggestions(self, persons, contacts):
        """
        :param persons: profile → :class:`Person`
        :param contacts: id of a res.partner → :class:`Contact`
        """
        identities = self.env["social.identity"].sudo().with_context(**QUIET)
        mine = identities.search([("profile_id", "in", self.ids)])
        decided = {
            (i.profile_id.id, i.partner_id.id) for i in mine if i.state != "suggested"
        }
        mine.filtered(lambda i: i.state == "suggested").unlink()
        values = []
        fitting = _fitting(contacts)
        for profile, person in persons.items():
            near = {key: contacts[key] for key in fitting(person)}
            rivals = shared(person, near.values())
            for partner, found in _best(person, near, rivals):
                if (profile.id, partner) not in decided:
                    values.append(_suggestion(profile, partner, found))
        identities.create(values)


def _fitting(contacts):
    """A function that gives the contacts worth comparing a person with, so that not
    everybody is compared with everybody.
    """
    index = {}
    for key, contact in contacts.items():
        for value in (contact.email, contact.phone, contact.website):
            index.setdefault(value, set()).add(key)
        for value in (*contact.references, frozenset(contact.name.lower().split())):
            index.setdefault(value, set()).add(key)
    index.pop("", None)

    def fitting(person):
        values = [trace.value for trace in person.traces]
        values.append(frozenset(person.name.lower().split()))
        return sorted(set().union(*(index.get(value, ()) for value in values)))

    return fitting


def _best(person, contacts, rivals):
    """(id of the contact, evidence) of those worth suggesting, the surest first."""
    found = {key: match(person, each, rivals) for key, each in contacts.items()}
    sure = {key: confidence(e.strength for e in each) for key, each in found.items()}
    worth = [key for key in found if sure[key] >= WORTH_SUGGESTING]
    worth.sort(key=lambda key: -sure[key])
    return [(key, found[key]) for key in worth[:MOST_SUGGESTED]]


def _suggestion(profile, partner_id, evidence):
    return {
        "profile_id": profile.id,
        "partner_id": partner_id,
        "confidence": confidence(each.strength for each in evidence),
        "evidence_ids": [
            fields.Command.create(
                {
                    "kind": each.kind,
                    "value": each.value,
                    "origin": each.origin,
                    "message_id": each.source,
                    "strength": each.strength,
                }
            )
            for each in evidence
        ],
    }


class SocialMessage(models.Model):
    _inherit = "social.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Authors who may have said something of themselves are looked for again."""
        messages = super().create(vals_list)
        told = messages.filtered(
            lambda m: (
                m.direction == "inbound"
                and traces(m.body, countries=phone_countries(m.company_id))
                and m.profile_id
            )
        )
        due = told.profile_id.filtered(lambda p: not p.identity_due)
        due.filtered(lambda p: not p.partner_id).sudo().identity_due = True
        return messages
