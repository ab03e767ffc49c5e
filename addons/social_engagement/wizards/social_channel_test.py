from odoo import api, fields, models

from ..models import failure
from ..models.social_channel_connect import PATIENCE
from ..models.transaction import end_before_call
from ..networks.base import Finding, NetworkError, Reason
from ..networks.deadline import within


class SocialChannelTest(models.TransientModel):
    """What a connection test found, in words."""

    _name = "social.channel.test"
    _description = "Connection Test of a Social Channel"

    channel_id = fields.Many2one("social.channel", required=True, ondelete="cascade")
    line_ids = fields.One2many("social.channel.test.line", "test_id", readonly=True)

    @api.model
    def _of(self, channel):
        """Tests a channel: who the account is, then what it may do.

        :return: the test, with one line for each thing tried
        """
        adapter = channel._adapter()
        end_before_call(self.env)
        try:
            with within(PATIENCE):
                identity = adapter.verify()
                who = identity.handle or identity.name
                found = [Finding("account", True, detail=who), *adapter.diagnose()]
        except NetworkError as error:
            found = [Finding("account", False, error.reason, error.detail)]
            if error.reason == Reason.AUTHORISATION:
                channel.sudo()._lose_authorisation()
        return self.create(
            {
                "channel_id": channel.id,
                "line_ids": [(0, 0, self._line(finding)) for finding in found],
            }
        )

    def _line(self, finding):
        verdicts = {True: "yes", False: "no", None: "unknown"}
        return {
            "ability": finding.ability,
            "verdict": verdicts[finding.ok],
            "reason": finding.reason and finding.reason.value,
            "detail": failure.storable(finding.detail),
        }


class SocialChannelTestLine(models.TransientModel):
    _name = "social.channel.test.line"
    _description = "Line of a Connection Test"

    test_id = fields.Many2one(
        "social.channel.test", required=True, ondelete="cascade", index=True
    )
    ability = fields.Selection(
        [
            ("account", "Sign in"),
            ("mentions", "Read mentions"),
            ("direct", "Read direct messages"),
            ("comments", "Read comments"),
            ("search", "Search"),
            ("feed", "Read the feed"),
            ("answer", "Answer"),
            ("like", "Like posts"),
            ("hide", "Hide comments"),
            ("follow", "Follow authors"),
            ("withdraw", "Withdraw answers"),
            ("webhook", "Live delivery"),
        ],
        "What",
    )
    verdict = fields.Selection(
        [("yes", "Works"), ("no", "Does not work"), ("unknown", "Shows when tried")],
        "Result",
    )
    reason = fields.Selection(failure.SELECTION)
    detail = fields.Char("The network says")
    advice = fields.Char("What to do", compute="_compute_advice")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_advice(self):
        for line in self:
            line.advice = failure.explain(self.env, line.reason)
