from odoo import api, fields, models
from odoo.tools import SQL

BATCH = 5000
TOUCHED = "social.timeline"


class SocialTimelineEntry(models.Model):
    """A narrow table that says which records make up the timeline of a contact, so that
    a page of it is one range of an index however many years it goes back. It holds no
    word of what was said.
    """

    _name = "social.timeline.entry"
    _description = "Entry of a Contact's Timeline"
    _order = "date desc, id desc"
    _log_access = False
    _rec_name = "kind"

    partner_id = fields.Many2one(
        "res.partner", "Contact", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection(
        [
            ("email", "E-mail"),
            ("message", "Other message"),
            ("note", "Note"),
            ("call", "Call"),
            ("meeting", "Meeting"),
            ("post", "Post"),
            ("direct", "Direct message"),
        ],
        required=True,
        readonly=True,
    )
    channel = fields.Char(
        readonly=True, help="email, phone, web, or the technical name of a network."
    )
    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="model", required=True, readonly=True
    )

    _stream_index = models.Index("(partner_id, date DESC, id DESC)")
    _record_unique = models.UniqueIndex("(model, res_id, partner_id)")

    # ------------------------------------------------------------------
    # Kept up to date
    # ------------------------------------------------------------------

    @api.model
    def _sources(self):
        """The models whose records timelines show."""
        found = self.env.registry.descendants(["social.timeline.source"], "_inherit")
        return [name for name in found if not self.env[name]._abstract]

    @api.model
    def _touch(self, records):
        """Records of sources are new or different: their entries follow once, before
        the transaction ends.
        """
        if not records.ids:
            return
        precommit = self.env.cr.precommit
        touched = precommit.data.setdefault(TOUCHED, {})
        if not touched:
            precommit.add(self.sudo()._settle)
        touched.setdefault(records._name, set()).update(records.ids)

    @api.model
    def _settle(self):
        """Makes the entries of all that was touched in this transaction."""
        touched = self.env.cr.precommit.data.pop(TOUCHED, {})
        self.env.flush_all()
        messages = touched.setdefault("mail.message", set())
        for model, ids in touched.items():
            if self.env[model]._timeline_owner():
                messages |= self._messages_on(model, ids)
        for model, ids in touched.items():
            self._renew(model, list(ids))

    def _messages_on(self, model, ids):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM mail_message WHERE model = %s AND res_id = ANY(%s)",
                model,
                list(ids),
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _renew(self, model, ids):
        """Makes the entries of records anew, in two statements for all of them. Those
        who work here have no timeline.
        """
        rows = ids and self.env[model].browse(ids)._timeline_rows()
        if not rows:
            return
        self._drop(model, ids)
        self.env.cr.execute(
            SQL(
                """INSERT INTO social_timeline_entry
                       (partner_id, date, kind, channel, model, res_id)
                   SELECT DISTINCT ON (partner_id, id) partner_id,
                          date_trunc('second', date), kind, channel, %(model)s, id
                   FROM (%(rows)s) AS row
                   WHERE date IS NOT NULL AND EXISTS (
                       SELECT FROM res_partner WHERE id = row.partner_id
                   ) AND NOT EXISTS (
                       SELECT FROM res_users u
                       WHERE u.partner_id = row.partner_id AND NOT u.share
                   )
                   ON CONFLICT DO NOTHING""",
                model=model,
                rows=rows,
            )
        )

    @api.model
    def _drop(self, model, ids):
        self.env.cr.execute(
            SQL(
                """DELETE FROM social_timeline_entry
                   WHERE model = %s AND res_id = ANY(%s)""",
                model,
                list(ids),
            )
        )

    @api.model
    def _forget(self, partners):
        """These contacts have no timeline any more."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM social_timeline_entry WHERE partner_id = ANY(%s)",
                partners.ids,
            )
        )

    @api.model
    def _merge(self, sources, target):
        """The timelines of contacts become that of another: what is in several of them
        is in it once.
        """
        self.env.cr.execute(
            SQL(
                """DELETE FROM social_timeline_entry e USING social_timeline_entry o
                   WHERE e.partner_id = ANY(%(sources)s) AND o.partner_id = ANY(%(all)s)
                   AND o.model = e.model AND o.res_id = e.res_id
                   AND (o.partner_id = %(target)s OR o.partner_id < e.partner_id)""",
                sources=sources.ids,
                target=target.id,
                all=(sources | target).ids,
            )
        )


class SocialTimelineBackfill(models.Model):
    """How far the history from before the timeline has been taken into it."""

    _name = "social.timeline.backfill"
    _description = "History Taken into Timelines"
    _log_access = False
    _rec_name = "model"

    model = fields.Char(required=True, readonly=True)
    next_id = fields.Integer(
        readonly=True, help="Records up to this ID are still to be taken in; 0: done."
    )

    _model_unique = models.UniqueIndex("(model)")

    @api.model
    def _cron_backfill(self):
        """Job: takes in what was there before, the newest first, in batches. Sources
        that other add-ons bring later are noticed.
        """
        self._begin()
        progress = self.env["ir.cron"]._commit_progress
        to_do = [("next_id", ">", 0)]
        progress(remaining=sum(self.search(to_do).mapped("next_id")))
        while waiting := self.search(to_do, order="id", limit=1):
            before = waiting.next_id
            waiting._take_in()
            if not progress(before - waiting.next_id):
                break

    @api.model
    def _begin(self):
        sources = self.env["social.timeline.entry"]._sources()
        self.search([("model", "not in", sources)]).unlink()  # add-ons that are gone
        known = self.search([("model", "in", sources)]).mapped("model")
        for name in sources:
            if name not in known:
                table = SQL.identifier(self.env[name]._table)
                last = SQL("SELECT coalesce(max(id), 0) FROM %s", table)
                [[last_id]] = self.env.execute_query(last)
                self.create({"model": name, "next_id": last_id})

    def _take_in(self):
        """The next batch of one source."""
        self.ensure_one()
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id <= %s ORDER BY id DESC LIMIT %s",
                SQL.identifier(self.env[self.model]._table),
                self.next_id,
                BATCH,
            )
        )
        ids = [row[0] for row in rows]
        self.env["social.timeline.entry"]._renew(self.model, ids)
        self.next_id = min(ids) - 1 if ids else 0
