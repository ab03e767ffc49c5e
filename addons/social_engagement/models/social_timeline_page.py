from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

PAGE = 20
#: Entries looked at for one page at most, where many may not be shown to the reader or
#: do not have the words looked for; the page then says from where to go on.
LONGEST_SCAN = 2000
WIDEST = 500  # entries read at once
MOOD_POINTS = 60  # of the curve, at most about


class ResPartner(models.Model):
    """A contact's timeline as its reader may see it. Entries say where things are;
    what they say is read from there as the current user, never otherwise.
    """

    _inherit = "res.partner"

    @api.readonly
    def social_timeline(self, wanted=None, cursor=None):
        """A page of the timeline, newest first.

        :param wanted: dict: ``kind``, ``channel`` (each one technical value), ``since``
            (inclusive), ``until`` (exclusive; both text, naive UTC), ``text`` (words to
            look for), ``company`` (bool: of everybody in the contact's company)
        :param cursor: what the page before gave
        :return: dict: ``entries`` (list of dict, see :meth:`_timeline_shown`),
            ``cursor`` (None: there is nothing more), ``store`` (the messages, for the
            web client's store). A page may be short and still have a cursor.
        :raises AccessError: for who may not read the contact, or does not work here
        """
        self._check_timeline()
        wanted = wanted or {}
        partners = self._timeline_partners(wanted.get("company"))
        entries = self.env["social.timeline.entry"]
        shown, scanned, size = [], 0, PAGE + 1
        while len(shown) < PAGE and scanned < LONGEST_SCAN:
            rows = entries._read_rows(partners.ids, wanted, cursor, size)
            readable = entries._readable(rows, wanted.get("text"))
            for row in rows:
                cursor = [fields.Datetime.to_string(row["date"]), row["id"]]
                if row["id"] in readable:
                    shown.append(row | readable[row["id"]])
                    if len(shown) == PAGE:
                        break
            if len(rows) < size and (not rows or row is rows[-1]):
                cursor = None
                break
            scanned += len(rows)
            size = WIDEST
        return self._timeline_shown(shown) | {"cursor": cursor}

    @api.readonly
    def social_timeline_options(self):
        """What the timeline can be narrowed to.

        :return: dict: ``kinds``, ``channels`` (lists of value and label), ``company``
            (name of the company if others belong to it too, or "")
        """
        self._check_timeline()
        entries = self.env["social.timeline.entry"]
        kinds = entries._fields["kind"]._description_selection(self.env)
        company = self.commercial_partner_id
        several = len(self._timeline_partners(True)) > 1
        return {
            "kinds": kinds,
            "channels": self._timeline_channels(),
            "company": company.display_name if several else "",
        }

    @api.readonly
    def social_timeline_mood(self, wanted=None):
        """How the mood of the posts went that the reader may read.

        :param wanted: as of :meth:`social_timeline`, of which ``since``, ``until`` and
            ``company`` count
        :return: list of dict ``at``, ``mood`` −1…1, ``count`` of posts, oldest first
        """
        self._check_timeline()
        posts, wanted = self.env["social.message"], wanted or {}
        if not posts.has_access("read"):
            return []
        partners = self._timeline_partners(wanted.get("company"))
        said = [
            ("profile_id.partner_id", "in", partners.ids),
            ("direction", "=", "inbound"),
            ("sentiment_label", "!=", False),
            ("gone_at", "=", False),
        ]
        if since := wanted.get("since"):
            said.append(("posted_at", ">=", since))
        if until := wanted.get("until"):
            said.append(("posted_at", "<", until))
        [[first, last]] = posts._read_group(
            said, [], ["posted_at:min", "posted_at:max"]
        )
        if not first:
            return []
        days = (last - first).days
        span = "day" if days < MOOD_POINTS else "week" if days < 400 else "month"
        found = posts._read_group(
            said, [f"posted_at:{span}"], ["sentiment:avg", "__count"]
        )
        return [
            {
                "at": fields.Datetime.to_string(at),
                "mood": round(mood or 0, 2),
                "count": count,
            }
            for at, mood, count in found
        ]

    def action_view_timeline(self):
        """The timeline on a page of its own."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "social_engagement.social_timeline_action"
        )
        name = self.env._("Timeline of %(contact)s", contact=self.display_name)
        return action | {"display_name": name, "context": {"active_id": self.id}}

    def _check_timeline(self):
        self.ensure_one()
        self.check_access("read")
        if not self.env.user._is_internal():
            raise AccessError(self.env._("This is for those who work here."))

    def _timeline_partners(self, company):
        """Whose entries are shown: those the reader may read."""
        if not company:
            return self
        everybody = self.with_context(active_test=False)
        return everybody.search([("id", "child_of", self.commercial_partner_id.id)])

    def _timeline_channels(self):
        channels = [
            ("email", self.env._("E-mail")),
            ("phone", self.env._("Phone")),
            ("web", self.env._("Website")),
        ]
        listened = self.env["social.channel"]
        if listened.has_access("read"):
            networks = listened._read_group([], ["network"])
            labels = dict(listened._selection_network())
            channels += [(n, labels.get(n, n)) for [n] in networks]
        return channels

    def _timeline_shown(self, rows):
        """What the client shows of entries.

        :return: dict: ``entries``: dicts of ``id``, ``kind``, ``channel``, ``date``,
            ``model``, ``res_id`` (where to jump to; False where the reader may not),
            ``name`` (of that record), ``message`` (id of a mail.message to show, or
            False), ``card`` (what to show else, see ``_timeline_card``); ``store``
        """
        messages = self.env["mail.message"].browse(
            row["message"] for row in rows if row["message"]
        )
        cards = self._timeline_records([r for r in rows if not r["message"]])
        places = {entry: record._timeline_place() for entry, record in cards.items()}
        of_message = {m.id: (m.model, m.res_id) for m in messages}
        places |= {r["id"]: of_message[r["message"]] for r in rows if r["message"]}
        names = {message.id: message.record_name for message in messages}
        open_to_reader = self._timeline_open(places.values())
        entries = []
        for row in rows:
            place = places[row["id"]]
            jump = place in open_to_reader
            model, res_id = place if jump else (False, False)
            card = cards.get(row["id"])
            entries.append(
                {
                    "id": row["id"],
                    "kind": row["kind"],
                    "channel": row["channel"] or "",
                    "date": fields.Datetime.to_string(row["date"]),
                    "model": model,
                    "res_id": res_id,
                    "name": jump and names.get(row["message"]) or "",
                    "message": row["message"],
                    "card": card._timeline_card() if card else False,
                }
            )
        store = Store().add(messages).get_result() if messages else {}
        return {"entries": entries, "store": store}

    def _timeline_records(self, rows):
        """Id of each entry → its record; those of a model are read together."""
        by_model = {}
        for row in rows:
            by_model.setdefault(row["model"], []).append(row["res_id"])
        found = {
            (model, record.id): record
            for model, ids in by_model.items()
            for record in self.env[model].browse(ids)
        }
        return {row["id"]: found[row["model"], row["res_id"]] for row in rows}

    def _timeline_open(self, places):
        """Those of the records, as (model, id), that the reader may open."""
        by_model = {}
        for model, res_id in places:
            if model and res_id and model in self.env:
                by_model.setdefault(model, set()).add(res_id)
        return {
            (model, record.id)
            for model, ids in by_model.items()
            for record in self.env[model].browse(ids).exists()._filtered_access("read")
        }


class SocialTimelineEntry(models.Model):
    _inherit = "social.timeline.entry"

    @api.model
    def _read_rows(self, partner_ids, wanted, cursor, limit):
        """The next entries of contacts, newest first, whoever may read them.

        :return: list of dict: ``id``, ``date``, ``kind``, ``channel``, ``model``,
            ``res_id``; a record that concerns several of the contacts is there once
        """
        conditions = [SQL("e.partner_id = p.id")]
        for name in ("kind", "channel"):
            if value := wanted.get(name):
                conditions.append(SQL("e.%s = %s", SQL.identifier(name), value))
        if since := fields.Datetime.to_datetime(wanted.get("since")):
            conditions.append(SQL("e.date >= %s", since))
        if until := fields.Datetime.to_datetime(wanted.get("until")):
            conditions.append(SQL("e.date < %s", until))
        if cursor:
            date, last = cursor
            date = fields.Datetime.to_datetime(date)
            conditions.append(SQL("(e.date, e.id) < (%s, %s)", date, int(last)))
        if len(partner_ids) > 1:
            conditions.append(
                SQL(
                    """NOT EXISTS (
                           SELECT FROM social_timeline_entry o
                           WHERE o.model = e.model AND o.res_id = e.res_id
                           AND o.partner_id = ANY(%s) AND o.id > e.id)""",
                    partner_ids,
                )
            )
        return self.env.execute_query_dict(
            SQL(
                """SELECT found.* FROM unnest(%(partners)s) AS p (id)
                   CROSS JOIN LATERAL (
                       SELECT e.id, e.date, e.kind, e.channel, e.model, e.res_id
                       FROM social_timeline_entry e WHERE %(conditions)s
                       ORDER BY e.date DESC, e.id DESC LIMIT %(limit)s
                   ) AS found
                   ORDER BY date DESC, id DESC LIMIT %(limit)s""",
                partners=partner_ids,
                conditions=SQL(" AND ").join(conditions),
                limit=limit,
            )
        )

    @api.model
    def _readable(self, rows, text=None):
        """Those entries whose contents the current user may read, and that have the
        words looked for.

        :return: dict: id of the entry → dict ``message``: id of the mail.message that
            shows it, or False
        """
        ids = {}
        for row in rows:
            ids.setdefault(row["model"], set()).add(row["res_id"])
        in_chatter = self._in_chatter(ids.get("social.message", ()))
        ids["mail.message"] = ids.get("mail.message", set()) | set(in_chatter.values())
        allowed = {}
        for model, wanted in ids.items():
            words = text if model != "mail.message" else None
            allowed[model] = self._allowed(model, wanted, words)
        found = allowed["mail.message"]
        if text:
            found = self._allowed("mail.message", found, text)
        readable = {}
        for row in rows:
            model, res_id = row["model"], row["res_id"]
            if model == "mail.message":
                if res_id in found:
                    readable[row["id"]] = {"message": res_id}
            elif res_id in allowed[model]:
                message = in_chatter.get(res_id) if model == "social.message" else None
                shown = message in allowed["mail.message"] and message
                readable[row["id"]] = {"message": shown}
            elif model == "social.message" and in_chatter.get(res_id) in found:
                if not self.env[model].has_access("read"):
                    readable[row["id"]] = {"message": in_chatter[res_id]}
        return readable

    def _in_chatter(self, post_ids):
        """Posts that are in a chatter → the mail.message there."""
        if not post_ids:
            return {}
        self.env["social.message"].flush_model(["mail_message_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT id, mail_message_id FROM social_message
                       WHERE id = ANY(%s) AND mail_message_id IS NOT NULL""",
                    list(post_ids),
                )
            )
        )

    def _allowed(self, model, ids, text):
        """The ids of those records the current user may read, with these words."""
        records = self.env.get(model)
        if records is None or not ids or not records.has_access("read"):
            return set()
        domain = Domain("id", "in", list(ids))
        if text:
            domain &= records._timeline_domain(text)
        return set(records.with_context(active_test=False).search(domain).ids)
