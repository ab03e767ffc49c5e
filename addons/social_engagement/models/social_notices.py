"""What Odoo tells browsers (``bus.bus``) it keeps for a day: with texts and names."""

import json

from odoo import api, models

#: Notices in whose own words nobody's can be.
WORDLESS = ("bus.bus/im_status_updated",)
BATCH = 5000


class BusBus(models.Model):
    _inherit = "bus.bus"

    @api.model
    def _forget_notices(self, erased):
        """Deletes whatever notice may tell of somebody. One stays only where it can be
        seen that it tells of other records: every text in it belongs to a record it
        names, which is still there and none of the erased ones. One that names nothing
        (a pop-up with a sentence) may say anything, and goes.

        :param erased: recordsets
        """
        about = {(records._name, id_) for records in erased for id_ in records.ids}
        last = 0
        while notices := self.search([("id", ">", last)], order="id", limit=BATCH):
            last = notices[-1].id
            told = {notice: self._told(notice.message) for notice in notices}
            named = set().union(*filter(None, told.values()))
            gone = named & about | self._not_there(named)
            self.browse(
                notice.id
                for notice, records in told.items()
                if records is None or records & gone
            ).unlink()
            notices.invalidate_recordset()

    @api.model
    def _not_there(self, named):
        """Those of (model, id) that are gone: whose they were nobody can tell."""
        by_model = {}
        for model, id_ in named:
            by_model.setdefault(model, []).append(id_)
        there = {
            (model, id_)
            for model, ids in by_model.items()
            for id_ in self.env[model].browse(ids).exists().ids
        }
        return named - there

    @api.model
    def _told(self, message):
        """The records a notice names.

        :param message: JSON; records stand in it below the name of their model, as
            mail's ``Store`` writes them, or say which model they are of
        :return: set of (model, id); None: it has texts of its own, or is no notice
        """
        named = set()
        try:
            kind, payload = map(json.loads(message).get, ("type", "payload"))
        except (AttributeError, TypeError, ValueError):
            return None
        known = kind in WORDLESS or self._walk(payload, None, named)
        return named if known else None

    def _walk(self, value, model, named):
        """Adds the records that a value names.

        :param model: below what it stands: the name of its model, or anything
        :return: whether every text in it is of a record
        """
        if isinstance(value, list):
            return all([self._walk(one, model, named) for one in value])
        if not isinstance(value, dict):
            return not isinstance(value, str)
        if not self._is_stored(model):
            model = value.get("model")
        record = (model, value.get("id"))
        is_record = self._is_stored(model) and type(record[1]) is int
        if is_record:
            named.add(record)
        # What a record says of others it refers to counts too.
        texts = [self._walk(inner, key, named) for key, inner in value.items()]
        return is_record or all(texts)

    def _is_stored(self, model):
        return (
            isinstance(model, str)
            and model in self.env
            and not self.env[model]._abstract
        )
