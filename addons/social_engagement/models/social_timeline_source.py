from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .searching import literal


class SocialTimelineSource(models.AbstractModel):
    """What contacts' timelines show. A model becomes a source by inheriting this; an
    entry of the timeline says only whose, when and what: contents stay where they are,
    and are read with the rights of whoever looks.
    """

    _name = "social.timeline.source"
    _description = "Source of Contacts' Timelines"

    _timeline_kind = ""  # of the entries; "": the records themselves are not shown
    _timeline_date = "create_date"  # the field that says when
    _timeline_moves = {"partner_id"}  # fields that decide whose, when and what

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env["social.timeline.entry"]._touch(records)
        return records

    def write(self, vals):
        res = super().write(vals)
        if not {*self._timeline_moves, self._timeline_date}.isdisjoint(vals):
            self.env["social.timeline.entry"]._touch(self)
        return res

    def unlink(self):
        ids = self.ids
        res = super().unlink()
        self.env["social.timeline.entry"]._drop(self._name, ids)
        return res

    @api.model
    def _timeline_owner(self):
        """A query of ``id`` and ``partner_id`` of all records, by which messages on
        them find their timelines; None where records belong to no contact.
        """
        field = self._fields.get("partner_id")
        if not field or not field.store or field.comodel_name != "res.partner":
            return None
        return SQL("SELECT id, partner_id FROM %s", SQL.identifier(self._table))

    def _timeline_rows(self):
        """Whose timelines these records belong in, as a query of the columns ``id``,
        ``partner_id``, ``date``, ``kind``, ``channel``; None for nobody's.
        """
        if not self._timeline_kind:
            return None
        return SQL(
            """SELECT id, partner_id, %(date)s AS date, %(kind)s AS kind,
                      NULL AS channel
               FROM %(table)s WHERE id = ANY(%(ids)s)""",
            date=SQL.identifier(self._timeline_date),
            kind=self._timeline_kind,
            table=SQL.identifier(self._table),
            ids=self.ids,
        )

    def _timeline_domain(self, text):
        """What records are found by when somebody searches a timeline."""
        return Domain("display_name", "ilike", literal(text))

    def _timeline_card(self):
        """What a timeline shows of this record: dict of ``title`` (str), ``text`` (str)
        and ``facts`` (list of short str, such as a state in words).
        """
        self.ensure_one()
        return {"title": self.display_name, "text": "", "facts": self._timeline_facts()}

    def _timeline_place(self):
        """Where a click on this record leads: (model, id)."""
        return self._name, self.id

    def _timeline_facts(self):
        return []

    def _timeline_words(self, *names):
        """The values of selection fields in words, those that are set."""
        words = []
        for name in names:
            labels = dict(self._fields[name]._description_selection(self.env))
            words.append(labels.get(self[name]))
        return [word for word in words if word]
