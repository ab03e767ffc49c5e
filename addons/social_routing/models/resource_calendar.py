from datetime import datetime, time, timedelta, timezone

from odoo import models

from ..engine import BeyondHorizon, Worktime

AROUND = timedelta(days=60)  # doubled when a target lies behind it
FARTHEST = timedelta(days=730)


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _worktime(self, company, now, since=None, ahead=AROUND):
        """The working time around a moment, with the company's days off.

        Without calendar, or with a flexible one (its hours can't be told), the clock
        never stands still. Kept until the transaction ends.

        :param now: datetime, UTC without time zone
        :param since: an earlier moment it must reach back to
        :return: :class:`Worktime`
        """
        today = datetime.combine(now, time.min)
        start, end = min(since or now, today - AROUND), today + ahead
        start = datetime.combine(start, time.min)
        key = ("social_routing.worktime", self.id, company.id, start, end)
        cache = self.env.cr.cache
        if key not in cache:
            intervals = self._worked_intervals(company, start, end)
            cache[key] = Worktime(intervals, start, end)
        return cache[key]

    def _worked_intervals(self, company, start, end):
        if not self or self.flexible_hours:
            return [(start, end)]
        self.ensure_one()
        found = self.sudo()._work_intervals_batch(
            start.replace(tzinfo=timezone.utc),
            end.replace(tzinfo=timezone.utc),
            domain=[
                ("time_type", "=", "leave"),
                ("company_id", "in", [False, company.id]),
            ],
        )[False]
        return [(_utc(opens), _utc(closes)) for opens, closes, _meta in found]

    def _worktime_reaching(self, company, now, seconds, since=None):
        """The working time around a moment that reaches so many seconds ahead.

        :return: :class:`Worktime`, or None when nobody works that long within two years
        """
        ahead = AROUND
        while ahead <= FARTHEST:
            worktime = self._worktime(company, now, since, ahead)
            try:
                worktime.due(now, seconds)
                return worktime
            except BeyondHorizon:
                ahead *= 2
        return None


def _utc(moment):
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
