import json
from typing import NamedTuple

from odoo import SUPERUSER_ID, api, models

from .social_conversation import QUIET
from .social_erased import ERASED

#: What can hold a person's words or name, of records that are emptied, not deleted.
WORDS = ("char", "text", "html")
#: Of what people did to a record, what names nobody: needed for its figures.
HARMLESS = ("selection", "boolean", "integer", "float", "monetary", "date", "datetime")


class Person(NamedTuple):
    """Whose data it is about.

    `profiles`: social.profile; `partners`: res.partner, those whose own data it is
    about too; both may be empty. `conversations`, `messages`: theirs, and our answers.
    """

    profiles: object
    partners: object
    conversations: object
    messages: object


class Part(NamedTuple):
    """One kind of what is kept of a person: how it is called, the records, and a
    function without arguments that erases them; None where another part's does.
    `theirs`: whether it is the person's own, and exported; else somebody else's that
    only names them.
    """

    name: str
    records: object
    erase: object = None
    theirs: bool = True


class SocialPrivacy(models.AbstractModel):
    """All that is kept of a person, in one list: what is exported, what a preview
    counts, and what is erased. An add-on that keeps more adds to `_parts`.
    """

    _name = "social.privacy"
    _description = "What Is Kept of a Person"

    @api.model
    def _person(self, profiles, partners):
        """
        :param profiles: social.profile
        :param partners: res.partner, whose own data it is about too
        """
        conversations = self.env["social.conversation"].search(
            [("profile_id", "in", profiles.ids)]
        )
        messages = self.env["social.message"].search(
            [
                "|",
                ("profile_id", "in", profiles.ids),
                ("conversation_id", "in", conversations.ids),
            ]
        )
        return Person(profiles, partners, conversations, messages)

    @api.model
    def _threads(self, person):
        """The records whose chatter is about a person: list of recordsets."""
        return [person.conversations, person.partners]

    @api.model
    def _parts(self, person):
        """What is kept of a :class:`Person`: list of :class:`Part`, in the order it is
        erased in.
        """
        threads = self._threads(person)
        chatter = self._chatter(person, threads)
        files = self._files(person, threads, chatter)
        activities = self.env["mail.activity"].search(_of(threads, "res_model"))
        profiles, partners = person.profiles, person.partners
        mails = self.env["mail.mail"].search(
            [
                ("recipient_ids", "in", partners.ids),
                ("mail_message_id", "not in", chatter.ids),
            ]
        )
        graph = self.env["social.interaction"].search(
            ["|", ("source_id", "in", profiles.ids), ("target_id", "in", profiles.ids)]
        )
        suggestions = self._suggestions(person)
        ratings = self._ratings(person)
        timeline = self.env["social.timeline.entry"]
        intakes = self._intakes(person)
        naming = self._intakes_naming(person) - intakes
        return [
            Part(self.env._("Ratings"), ratings, lambda: self._erase_ratings(ratings)),
            Part(self.env._("Files"), files, files.unlink),
            Part(self.env._("Planned activities"), activities, activities.unlink),
            Part(self.env._("E-mails"), mails, mails.unlink),
            Part(self.env._("Chatter"), chatter, lambda: self._erase_chatter(chatter)),
            Part(self.env._("Suggested words"), suggestions, suggestions.unlink),
            Part(self.env._("Delivered payloads"), intakes, intakes.unlink),
            Part(
                self.env._("Payloads of others that name them"),
                naming,
                naming._empty,
                False,
            ),
            Part(
                self.env._("Media"),
                person.messages.media_ids,
                person.messages.media_ids._forget,
            ),
            Part(
                self.env._("Corrections"),
                person.messages.label_ids,
                person.messages.label_ids.unlink,
            ),
            Part(
                self.env._("Posts and answers"), person.messages, person.messages._erase
            ),
            Part(
                self.env._("Conversations"),
                person.conversations,
                person.conversations._erase,
            ),
            Part(self.env._("Interactions"), graph),
            Part(self.env._("Influence over time"), profiles.influence_value_ids),
            Part(self.env._("Profiles"), profiles, profiles._erase),
            # Last: what links them is noted when a link ends, too.
            Part(
                self.env._("Links to contacts"),
                self._identities(person),
                lambda: self._identities(person).unlink(),
            ),
            Part(
                self.env._("Timeline"),
                timeline.search([("partner_id", "in", partners.ids)]),
                lambda: timeline._forget(partners),
            ),
            Part(self.env._("Contacts"), partners, partners._social_erase),
        ]

    def _identities(self, person):
        return self.env["social.identity"].search(
            [
                "|",
                ("profile_id", "in", person.profiles.ids),
                ("partner_id", "in", person.partners.ids),
            ]
        )

    def _ratings(self, person):
        return self.env["rating.rating"].search(
            [
                "|",
                ("social_conversation_id", "in", person.conversations.ids),
                ("partner_id", "in", person.partners.ids),
            ]
        )

    def _chatter(self, person, threads):
        """The mail.message of these records, of posts, and what the contact wrote."""
        return self.env["mail.message"].search(
            [
                "|",
                "|",
                ("id", "in", person.messages.mail_message_id.ids),
                ("author_id", "in", person.partners.ids),
                *_of(threads, "model"),
            ]
        )

    def _files(self, person, threads, chatter):
        """The files of records, posts and chatter; not those of other records."""
        owners = [*threads, chatter, person.messages]
        files = self.env["ir.attachment"].search(_of(owners, "res_model"))
        loose = chatter.attachment_ids | person.messages.attachment_ids
        loose |= person.messages.media_ids.attachment_id
        passing = (False, "mail.compose.message", "mail.message", "social.message")
        return files | loose.filtered(lambda file: file.res_model in passing)

    def _intakes(self, person):
        """What was delivered of a person; also what could not be processed."""
        found = self.env["social.intake"].search(
            [("message_id", "in", person.messages.ids)]
        )
        for channel, messages in person.messages.grouped("channel_id").items():
            found |= found._of_posts(channel, messages.mapped("external_id"))
        for profile, name in self._names(person):
            found |= found.search(
                [
                    ("company_id", "=", profile.company_id.id),
                    ("channel_id.network", "=", profile.network),
                    ("kind", "in", ("item", "call")),
                    ("payload", "ilike", json.dumps(name).strip('"')),
                    ("state", "=", "failed"),
                ]
            )
        return found

    def _intakes_naming(self, person):
        """What others wrote and that names a person, as delivered: it was processed."""
        found = self.env["social.intake"]
        for profile, name in self._names(person):
            found |= found._archived_naming(profile, name)
        return found

    def _names(self, person):
        """What a person is called on the networks: (social.profile, text)."""
        for profile in person.profiles:
            for name in {profile.external_id, profile.handle, profile.url} - {False}:
                yield profile, name

    def _suggestions(self, person):
        """Words suggested for topics that the person used."""
        suggestions = self.env["social.topic.suggestion"].search(
            [
                ("company_id", "in", person.profiles.company_id.ids),
                ("state", "!=", "accepted"),
            ]
        )
        said = "\n".join(
            f"{m.title or ''} {m.body or ''}"
            for m in person.messages
            if m.direction == "inbound"
        ).lower()
        return suggestions.filtered(lambda s: s.term.lower() in said)

    # ------------------------------------------------------------------
    # Erasing
    # ------------------------------------------------------------------

    @api.model
    def _erase(self, profiles, partners, reason):
        """Erases a person everywhere. What is left are figures, and a trace that keeps
        what they had written before from coming back.

        :param reason: a key of ``social.privacy.log.reason``
        :return: the social.privacy.log that says how much it was
        """
        # As a job: nothing is to be learnt from what this changes.
        robot = self.with_user(SUPERUSER_ID).with_context(**QUIET, active_test=False)
        parts = robot._parts(
            robot._person(profiles.with_env(robot.env), partners.with_env(robot.env))
        )
        counts = [(part.name, len(part.records)) for part in parts if part.records]
        for part in parts:
            if part.erase and part.records:
                part.erase()
        robot.env["bus.bus"]._forget_notices(part.records for part in parts)
        # Odoo deletes files some time after their records: soon, please.
        robot.env.ref("base.autovacuum_job")._trigger()
        return (
            self.env["social.privacy.log"]
            .sudo()
            ._note(
                profiles.company_id[:1] or self.env.company,
                ERASED,
                counts,
                reason=reason,
            )
        )

    def _erase_ratings(self, ratings):
        """What somebody said goes, how good it was remains."""
        ratings.write({"feedback": False, "partner_id": False, "message_id": False})

    def _erase_chatter(self, messages):
        """Deletes messages; of those that tell of a change of state, which figures are
        made of, that remains.
        """
        telling = messages.filtered("tracking_value_ids")
        (messages - telling).unlink()
        telling.tracking_value_ids.filtered(_names_somebody).unlink()
        telling.notification_ids.unlink()
        telling.message_link_preview_ids.unlink()
        self.env["mail.mail"].search([("mail_message_id", "in", telling.ids)]).unlink()
        telling.write(
            {
                "body": False,
                "subject": False,
                "partner_ids": False,
                "attachment_ids": False,
                "reply_to": False,
                "incoming_email_to": False,
                "incoming_email_cc": False,
                "outgoing_email_to": False,
            }
        )
        in_our_name = telling.filtered(lambda m: m.author_id.user_ids)
        (telling - in_our_name).write({"author_id": False, "email_from": False})

    @api.model
    def _blank(self, records, erased, keep=()):
        """Empties whatever fields of records can hold somebody's words or name.

        :param erased: what stands in required fields instead
        :param keep: names of fields that are ours
        """
        values = {}
        for name, field in records._fields.items():
            plain = field.store and not field.related and name not in keep
            plain = plain and not (field.compute and field.readonly)
            if plain and field.type in WORDS and not name.startswith("_"):
                values[name] = erased if field.required else False
            elif plain and field.type in ("image", "binary", "properties"):
                values[name] = False
        records.write(values)


def _of(recordsets, model):
    """A domain for what belongs to records.

    :param model: the name of the field that holds their model, beside ``res_id``
    """
    domain = [(0, "=", 1)]
    for records in recordsets:
        one = ["&", (model, "=", records._name), ("res_id", "in", records.ids)]
        domain = ["|", *domain, *one]
    return domain


def _names_somebody(tracked):
    """Whether a tracked value can hold somebody's words or name."""
    field = tracked.field_id
    if field.ttype == "many2one":
        return field.relation in (
            "res.partner",
            "social.profile",
            "social.conversation",
        )
    return field.ttype not in HARMLESS
