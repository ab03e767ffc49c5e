from odoo import api, fields, models
from odoo.exceptions import AccessError


class HelpdeskTicketTeam(models.Model):
    """What a team leader sees at a glance: who waits, and who works on how much."""

    _inherit = "helpdesk.ticket.team"

    @api.model
    @api.readonly
    def social_dashboard(self):
        """The state of the teams right now, within what the user may read.

        :return: list of dicts, one a team with open tickets and one for tickets without
            team: ``id`` (False: no team), ``name``, ``waiting`` (nobody works on them),
            ``open``, ``at_risk``, ``missed``, ``oldest`` (id, name and hours of the one
            that waits longest, or None), ``agents`` (list of ``id``, ``name``,
            ``open``, ``missed``, most first)
        :raises AccessError: for those who work on no tickets
        """
        if not self.env.user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
            raise AccessError(self.env._("This is for those who work on tickets."))
        tickets = self.env["helpdesk.ticket"]
        still_open = [("closed", "=", False)]
        counts = tickets._read_group(
            still_open,
            ["team_id", "user_id", "first_response_state", "resolution_state"],
            ["__count"],
        )
        teams = {}
        for team, user, *states, count in counts:
            found = teams.setdefault(team, _nothing(team, self.env._("No team")))
            _add(found, user, states, count)
        for team, found in teams.items():
            of_team = [*still_open, ("team_id", "=", team.id)]
            found["oldest"] = tickets._longest_waiting(of_team)
            found["agents"] = sorted(
                found["agents"].values(), key=lambda agent: -agent["open"]
            )
        return sorted(
            teams.values(), key=lambda team: (-team["missed"], -team["at_risk"])
        )


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    def _longest_waiting(self, domain):
        """Of those nobody has answered yet, the one that waits longest."""
        unanswered = [("first_response_at", "=", False), ("waiting_since", "=", False)]
        ticket = self.search([*domain, *unanswered], order="queued_at, id", limit=1)
        if not ticket:
            return None
        waited = fields.Datetime.now() - (ticket.queued_at or ticket.create_date)
        hours = round(waited.total_seconds() / 3600, 1)
        return {"id": ticket.id, "name": ticket.display_name, "hours": hours}


def _nothing(team, no_team):
    return {
        "id": team.id,
        "name": team.display_name or no_team,
        "waiting": 0,
        "open": 0,
        "at_risk": 0,
        "missed": 0,
        "agents": {},
    }


def _add(found, user, states, count):
    missed = count if "missed" in states else 0
    found["open"] += count
    found["missed"] += missed
    if not missed and "at_risk" in states:
        found["at_risk"] += count
    if not user:
        found["waiting"] += count
        return
    agent = found["agents"].setdefault(
        user, {"id": user.id, "name": user.name, "open": 0, "missed": 0}
    )
    agent["open"] += count
    agent["missed"] += missed
