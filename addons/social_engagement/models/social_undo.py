from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

SECONDS = 10  # so long Undo is offered
LATEST = timedelta(minutes=5)  # a slow connection may bring it later than that
RECORDING = "social_undo"  # in a transaction's data, while an action is recorded
TEXTS = {"char", "html", "json", "text"}
UNPLAIN = {  # types no action of the desk changes
    "binary",
    "many2one_reference",
    "properties",
    "properties_definition",
    "reference",
}
NEVER = {*models.MAGIC_COLUMNS, "message_main_attachment_id"}


class SocialUndo(models.Model):
    """What an action of the desk changed, kept for a moment to take it back.

    ``changes`` is a list of [model, id, {field: [before, after]}], ``created`` and
    ``deleted`` lists of [model, id, {field: value}], of replies without values. Values
    are as `_plain` makes them.
    """

    _name = "social.undo"
    _description = "Undo"

    token = fields.Char(required=True, index=True)
    done_at = fields.Datetime(required=True, default=lambda self: fields.Datetime.now())
    conversation_ids = fields.Json()
    changes = fields.Json()
    created = fields.Json()
    deleted = fields.Json()
    replies = fields.Json()

    @api.autovacuum
    def _gc_undo(self):
        """What can't be undone any more is kept no longer."""
        old = fields.Datetime.now() - LATEST
        self.search([("done_at", "<", old)]).unlink()

    # ------------------------------------------------------------------
    # Recorded
    # ------------------------------------------------------------------

    @api.model
    def _record(self, conversations, posts, do):
        """Does something and keeps what it changed.

        :param posts: those it is about, beside each author's last
        :param do: function
        :return: token (str), "" where nothing changed
        """
        with self._recording():
            before = conversations._undo_snapshot(posts)
            last = self._last_message_id()
            do()
            self.env.flush_all()
            after = conversations._undo_snapshot(posts)
        replies = self.env["social.message"].sudo()
        replies = replies.search(
            [
                ("conversation_id", "in", conversations.ids),
                ("direction", "=", "outbound"),
                ("id", ">", last),
            ]
        )
        values = {"replies": replies.ids, **_difference(before, after)}
        values["created"] = [self._without_texts(*new) for new in values["created"]]
        if not any(values.values()):
            return ""
        token = uuid4().hex
        self.sudo().create(
            {"token": token, "conversation_ids": conversations.ids, **values}
        )
        return token

    @contextmanager
    def _recording(self):
        """One action may do others: they are taken back together."""
        data = self.env.cr.precommit.data
        data[RECORDING] = True
        try:
            yield
        finally:
            data.pop(RECORDING, None)

    def _is_recording(self):
        return self.env.cr.precommit.data.get(RECORDING, False)

    def _without_texts(self, model, id_, values):
        """What was made is only compared before it is deleted again: no need to keep
        what customers wrote in it.
        """
        known = self.env[model]._fields
        kept = {n: v for n, v in values.items() if known[n].type not in TEXTS}
        return [model, id_, kept]

    def _last_message_id(self):
        messages = self.env["social.message"].sudo()
        return messages.search([], order="id desc", limit=1).id or 0

    # ------------------------------------------------------------------
    # Taken back
    # ------------------------------------------------------------------

    def _take_back(self):
        """Everything is again as it was before, or nothing when somebody has changed
        the same meanwhile.

        :raises UserError: saying why it can't be
        """
        self._check_unchanged()
        replies = self.env["social.message"].browse(self.replies or []).exists()
        replies.with_user(self.create_uid)._take_back_replies()
        drifted = self._restore()
        self._forget_tracking()
        for model in self._models():
            if hasattr(self.env[model], "_undone"):
                self._touched(model)._undone(drifted.get(model, set()))
        self._touched("social.conversation")._announce()
        self.unlink()

    def _models(self):
        return dict.fromkeys(model for model, _id, _values in self._told())

    def _touched(self, name):
        ids = [id_ for model, id_, _values in self._told() if model == name]
        return self.env[name].browse(ids).exists()

    def _told(self, *names):
        """Entries of these fields; without names, of all."""
        names = names or ("changes", "created", "deleted")
        return [entry for name in names for entry in self[name] or ()]

    def _check_unchanged(self):
        for model, id_, values in self._told("changes"):
            told = {name: after for name, (_before, after) in values.items()}
            self._check_record(model, id_, told)
        for model, id_, values in self._told("created"):
            self._check_record(model, id_, values)

    def _check_record(self, model, id_, told):
        record = self.env[model].browse(id_).exists()
        drifts = getattr(record, "_undo_drifts", ())
        if not record or any(
            _plain(record, name) != value
            for name, value in told.items()
            if name in record._fields and name not in drifts
        ):
            raise UserError(
                self.env._("Something changed meanwhile: it can't be undone any more.")
            )

    def _restore(self):
        """Writes what was before, past what else a change does.

        :return: model name → names of fields that had changed again
        """
        drifted = {}
        for model, id_, _values in self._told("created"):
            record = self.env[model].browse(id_)
            getattr(record, "_undo_creation", record.unlink)()
        for model, id_, values in self._told("changes"):
            record = self.env[model].browse(id_).exists()
            values = {n: v for n, v in values.items() if n in record._fields}
            for name, (_before, after) in values.items():
                if _plain(record, name) != after:
                    drifted.setdefault(model, set()).add(name)
            before = {n: _writable(record, n, b) for n, (b, _after) in values.items()}
            if hasattr(record, "_undo_change"):
                record._undo_change(before)
            else:
                _write_plainly(record, before)
        for model, _id, values in self._told("deleted"):
            self.env[model].create(values)
        return drifted

    def _forget_tracking(self):
        """What was taken back counts in no statistics of stages."""
        for model, ids in self._changed_ids().items():
            tracked = self.env["mail.tracking.value"].search(
                [
                    ("mail_message_id.model", "=", model),
                    ("mail_message_id.res_id", "in", ids),
                    ("mail_message_id.create_date", ">=", self.create_date),
                    ("mail_message_id.create_uid", "=", self.create_uid.id),
                    ("field_id.name", "in", self._changed_names(model)),
                ]
            )
            messages = tracked.mail_message_id
            if messages:
                gone = {"message_ids": messages.ids}
                self.create_uid._bus_send("mail.message/delete", gone)
                messages.unlink()

    def _changed_ids(self):
        ids = {}
        for model, id_, _values in self._told("changes"):
            ids.setdefault(model, []).append(id_)
        return ids

    def _changed_names(self, model):
        return list({n for m, _id, v in self._told("changes") if m == model for n in v})


class SocialConversation(models.Model):
    """What is done at the desk can be undone."""

    _inherit = "social.conversation"

    # What posts and jobs change by themselves is no reason to refuse an undo.
    _undo_drifts = {
        "due_at",
        "influence",
        "last_message_at",
        "language",
        "message_count",
        "mood_course",
        "needs_answer",
        "priority_score",
        "rating_ask_at",
        "sentiment",
        "sentiment_change",
        "sentiment_first",
        "sentiment_label",
        "topic_ids",
        "turns_scored",
    }

    def _undoable(self, words, do, posts=None):
        """Does something that its user can take back.

        :param words: what was done, like "Solved"
        :param do: function
        :param posts: those it is about, beside each author's last
        :return: action that offers the undo; False where nothing changed, or where it
            is part of something else or not done by a person
        """
        undo = self.env["social.undo"]
        if undo._is_recording() or not self or self.env.uid == SUPERUSER_ID:
            do()
            return False
        posts = posts or self.env["social.message"]
        token = undo._record(self, posts, do)
        return token and {
            "type": "ir.actions.client",
            "tag": "social_engagement.undo",
            "params": {
                "token": token,
                "seconds": SECONDS,
                "text": self._undo_text(words),
            },
        }

    def _undo_text(self, words):
        if len(self) == 1:
            profile = self.profile_id
            who = profile.name or profile.handle or profile.external_id
            return self.env._("%(what)s: %(who)s", what=words, who=who)
        return self.env._(
            "%(what)s: %(count)s conversations", what=words, count=len(self)
        )

    @api.model
    def undo(self, token):
        """Takes an action of the current user back: states, agents, tickets with their
        clocks, and what the analysis learnt from it.

        :param token: as the action told it
        :raises UserError: when it is too late, or somebody changed the same meanwhile
        :raises AccessError: when the user may not change the conversations any more
        """
        undo = self.env["social.undo"].sudo()
        undo = undo.search([("token", "=", str(token))], limit=1)
        if undo and undo.create_uid != self.env.user:
            raise AccessError(self.env._("Only who did it can undo it."))
        since = fields.Datetime.now() - LATEST
        if not undo or undo.done_at < since or not undo.try_lock_for_update():
            raise UserError(self.env._("It is too late to undo this."))
        self.browse(undo.conversation_ids).exists().check_access("write")
        undo._take_back()

    # ------------------------------------------------------------------
    # What may change
    # ------------------------------------------------------------------

    def _undo_snapshot(self, posts):
        """All that an action on these conversations may change.

        :return: {(model, id): {field: plain value}}
        """
        snapshot = {}
        for records in self.sudo()._undo_scope(posts.sudo()):
            names = _columns(records)
            for record in records:
                key = (record._name, record.id)
                snapshot[key] = {name: _plain(record, name) for name in names}
        return snapshot

    def _undo_scope(self, posts):
        """What an action on these conversations may change: themselves, posts and what
        the analysis learnt of them.

        :return: list of recordsets, in the order in which they are written back
        """
        posts |= posts.concat(*self._last_posts().values())
        labels = self.env["social.label"].search([("message_id", "in", posts.ids)])
        wishes = self.env["social.action"].search(
            [("message_id", "in", posts.ids), ("kind", "=", "hide")]
        )
        return [labels, wishes, posts, self]

    def _undone(self, drifted):
        """After an undo: what posts said meanwhile counts.

        :param drifted: names of fields that had changed again
        """
        if drifted:
            self._sum_up()


class SocialMessage(models.Model):
    _inherit = "social.message"

    _undo_drifts = {"delivery_state", "mail_message_id"}

    def _undone(self, drifted):
        for message in self:
            message._show_facts(message.env.user)

    def _take_back_replies(self):
        """Replies sent along with something that is undone."""
        for message in self.filtered(lambda m: not m.first_part_id):
            message.action_undo()


class SocialAction(models.Model):
    """What a network was told already it is told again, the other way round."""

    _inherit = "social.action"

    _undo_drifts = {
        "attempts",
        "failure_detail",
        "failure_reason",
        "state",
        "try_at",
        "user_id",
        "wanted",
    }

    def _undo_creation(self):
        if self.state == "waiting" and not self.attempts:
            self.unlink()
        else:
            self._want(self.message_id, self.kind, False)

    def _undo_change(self, before):
        """:param before: field → what it was"""
        if before.get("wanted", self.wanted) != self.wanted:
            self._want(self.message_id, self.kind, before["wanted"])


def _columns(records):
    """The names of the fields of some records that are stored."""
    return [
        name
        for name, field in records._fields.items()
        if field.store
        and name not in NEVER
        and name not in getattr(records, "_undo_never", ())
        and (field.column_type or field.type == "many2many")
        and field.type not in UNPLAIN
    ]


def _plain(record, name):
    """A field's value as JSON takes it."""
    field, value = record._fields[name], record[name]
    if field.type == "many2many":
        return sorted(value.ids)
    if field.type == "many2one":
        return value.id
    if field.type in ("date", "datetime"):
        return value and field.to_string(value)
    return str(value) if field.type == "html" and value else value


def _writable(record, name, value):
    if record._fields[name].type == "many2many":
        return [Command.set(value)]
    return value


def _difference(before, after):
    """What became of records between two snapshots."""
    changes, created = [], []
    for key, now in after.items():
        if key not in before:
            created.append([*key, now])
            continue
        was = before[key]
        changed = {n: [was[n], now[n]] for n in now if was[n] != now[n]}
        if changed:
            changes.append([*key, changed])
    deleted = [[*key, was] for key, was in before.items() if key not in after]
    return {"changes": changes, "created": created, "deleted": deleted}


def _write_plainly(record, values):
    """Writes values and nothing that follows from them: neither overrides of write()
    nor fields of the record that are computed.
    """
    computed = [f for f in record._fields.values() if f.compute and f.store]
    with record.env.protecting(computed, record):
        models.BaseModel.write(record, values)
