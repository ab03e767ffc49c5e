import hashlib
import json
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import LazyTranslate

from .placeholders import speakable
from .social_conversation_snooze import MOMENTS

_lt = LazyTranslate(__name__)

VARIABLE = re.compile(r"\{(\w*)\}")
VARIABLES = {
    "customer": _lt("name of the customer"),
    "handle": _lt("name of the customer on the network"),
    "agent": _lt("your name"),
    "company": _lt("name of the company"),
    "channel": _lt("name of the channel"),
    "network": _lt("name of the network"),
}
KEY = re.compile(r"[0-9a-z]")
TAKEN = "acmqru"  # with Alt and Shift, by Odoo and by the answer itself
CLOSED = ("solved", "no_action")


class SocialMacro(models.Model):
    """What an agent does again and again, done at once: all of it, or nothing."""

    _name = "social.macro"
    _description = "Social Macro"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    channel_ids = fields.Many2many(
        "social.channel", string="Channels", help="Empty: for all."
    )
    hotkey = fields.Char(
        "Key", size=1, help="A letter or a number: pressed with Alt and Shift."
    )
    answer = fields.Text(
        translate=True, help="Sent as an answer, after the usual checks and approval."
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("waiting", "Waiting on Customer"),
            ("solved", "Resolved"),
            ("no_action", "Dismissed"),
        ],
        "Set the state",
    )
    assign = fields.Selection(
        [("me", "To who uses it"), ("user", "To somebody"), ("nobody", "To nobody")],
    )
    user_id = fields.Many2one(
        "res.users", "Agent", domain="[('share', '=', False)]", ondelete="cascade"
    )
    topic_ids = fields.Many2many("social.topic", string="Set the topics")
    snooze = fields.Selection(MOMENTS)
    variables = fields.Char(compute="_compute_variables")

    @api.depends_context("lang")
    def _compute_variables(self):
        self.variables = ", ".join(
            f"{{{name}}}: {self.env._(label)}" for name, label in VARIABLES.items()
        )

    @api.constrains("answer")
    def _check_answer(self):
        for macro in self:
            unknown = set(VARIABLE.findall(macro.answer or "")) - set(VARIABLES)
            if unknown:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” stands for nothing. There is %(known)s.",
                        name=f"{{{min(unknown)}}}",
                        known=", ".join(f"{{{name}}}" for name in VARIABLES),
                    )
                )

    @api.constrains("hotkey")
    def _check_hotkey(self):
        for key in filter(None, self.mapped("hotkey")):
            if not KEY.fullmatch(key.lower()) or key.lower() in TAKEN:
                raise ValidationError(
                    self.env._(
                        "“%(key)s” can't be the key: choose a letter or a number, but "
                        "none of %(taken)s.",
                        key=key,
                        taken=", ".join(TAKEN.upper()),
                    )
                )

    # ------------------------------------------------------------------
    # At the desk
    # ------------------------------------------------------------------

    @api.model
    def _offered(self, conversation):
        """The macros for a conversation."""
        return self.search(self._offered_domain(conversation))

    @api.model
    def _offered_domain(self, conversation):
        return [
            ("company_id", "in", [conversation.company_id.id, False]),
            "|",
            ("channel_ids", "=", False),
            ("channel_ids", "in", conversation.channel_id.ids),
        ]

    def preview_on(self, thread_model, thread_id):
        """What this would do to the conversation worked on in a record's chatter.

        :return: dict: ``steps`` (list of sentences), ``answer`` (str), ``obstacle``
            (why it can't be done, or ""), ``token`` (names what was shown)
        """
        return self._preview(self._conversation(thread_model, thread_id))

    def apply_on(self, thread_model, thread_id, token, key):
        """Does all of it, or nothing.

        :param token: of the preview that the user agreed to
        :param key: names the answer: applying twice with one key sends once
        :return: action that offers to undo it
        :raises UserError: when something changed meanwhile, or a step can't be done
        """
        conversation = self._conversation(thread_model, thread_id)
        if self._preview(conversation)["token"] != token:
            raise UserError(
                self.env._("Something changed meanwhile. Look again at what it does.")
            )
        effects = self._effects(conversation, key)

        def apply():
            for _sentence, do in effects:
                do()

        return conversation._undoable(self.name, apply)

    def _conversation(self, thread_model, thread_id):
        self.ensure_one()
        self.check_access("read")
        records = self.env.get(thread_model)
        conversation = hasattr(records, "_social_conversation") and (
            records.browse(int(thread_id)).exists()._social_conversation()
        )
        if not conversation or self not in self._offered(conversation):
            raise UserError(self.env._("This macro is not for this conversation."))
        conversation.check_access("write")
        return conversation

    def _preview(self, conversation):
        target = conversation._answer_target()
        shown = {
            "steps": [sentence for sentence, _do in self._effects(conversation)],
            "answer": self._text(conversation),
            "obstacle": self.answer and conversation._answer_obstacle(target) or "",
        }
        last = target.search(
            [("conversation_id", "=", conversation.id)], order="id desc", limit=1
        )
        content = json.dumps([shown, last.id])
        return shown | {"token": hashlib.sha256(content.encode()).hexdigest()}

    def _effects(self, conversation, key=None):
        """What it does, in order: list of (sentence, function that does it)."""
        effects = []
        if self.answer:
            effects.append(self._effect_answer(conversation, key))
        if self.topic_ids:
            topics = ",".join(map(str, self.topic_ids.ids))
            effects.append(
                (
                    self.env._(
                        "Set the topics to %(topics)s",
                        topics=", ".join(self.topic_ids.mapped("name")),
                    ),
                    lambda: conversation.action_correct("topic", topics),
                )
            )
        if self.assign:
            effects.append(self._effect_assign(conversation))
        if self.state:
            states = self._fields["state"]._description_selection(self.env)
            effects.append(
                (
                    self.env._(
                        "Set the state to “%(state)s”", state=dict(states)[self.state]
                    ),
                    lambda: self._set_state(conversation),
                )
            )
        if self.snooze:
            moments = self._fields["snooze"]._description_selection(self.env)
            effects.append(
                (
                    self.env._("Snooze: %(moment)s", moment=dict(moments)[self.snooze]),
                    lambda: conversation.action_snooze_for(self.snooze),
                )
            )
        return effects

    def _set_state(self, conversation):
        """As the buttons do it, which close what it is worked on in as well."""
        if self.state == "solved":
            conversation._solve()
        elif self.state == "no_action":
            conversation._need_no_action()
        elif self.state == "open" and conversation.state in CLOSED:
            conversation._open()
        else:
            conversation.state = self.state

    def _effect_answer(self, conversation, key):
        target, text = conversation._answer_target(), self._text(conversation)
        words = {
            "who": conversation.profile_id.display_name,
            "network": conversation.channel_id.network_label,
        }
        if target._approval_cause():
            sentence = self.env._(
                "Ask for approval of this answer to %(who)s on %(network)s", **words
            )
        else:
            sentence = self.env._("Answer %(who)s on %(network)s", **words)
        return sentence, lambda: target._answer(text, key=key)

    def _effect_assign(self, conversation):
        user = {"me": self.env.user, "user": self.user_id}.get(self.assign)
        user = user or self.env["res.users"]
        sentence = (
            self.env._("Assign it to %(user)s", user=user.name)
            if user
            else self.env._("Take it from whoever has it")
        )

        def do():
            conversation.user_id = user

        return sentence, do

    def _text(self, conversation):
        """The answer with its variables filled in."""
        values = self._values(conversation)
        return VARIABLE.sub(lambda m: values.get(m[1], m[0]), self.answer or "")

    def _values(self, conversation):
        profile, channel = conversation.profile_id, conversation.channel_id
        return {
            "customer": speakable(profile.name or profile.handle),
            "handle": speakable(profile.handle or profile.name),
            "agent": self.env.user.name,
            "company": channel.company_id.sudo().name,
            "channel": channel.name,
            "network": channel.network_label,
        }


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    def _composer_facts(self):
        offered = self.env["social.macro"]._offered(self)
        return super()._composer_facts() | {
            "macros": [
                {"id": m.id, "name": m.name, "hotkey": (m.hotkey or "").lower()}
                for m in offered
            ]
        }
