from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError, ValidationError

from .languages import language_name
from .social_message_analysis import SENTIMENTS

TASKS = [
    ("sentiment", "Sentiment"),
    ("needs_answer", "Needs an answer"),
    ("topic", "Topics"),
    ("language", "Language"),
]
YES, NO = "1", "0"
MOST_TOPICS = 200  # that can be chosen from


class SocialLabel(models.Model):
    """What a message is, said by people: an agent's correction, or what agents did with
    it. Company models are trained on these.
    """

    _name = "social.label"
    _description = "Correction of the Analysis"
    _order = "id desc"

    message_id = fields.Many2one(
        "social.message", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="message_id.company_id", store=True, index=True
    )
    task = fields.Selection(TASKS, "What", required=True, readonly=True)
    value = fields.Char(
        readonly=True,
        help="A mood, 1 or 0, a language, or ids of topics, comma separated.",
    )
    value_text = fields.Char("Right", compute="_compute_value_text")
    before = fields.Char(readonly=True, help="What the analysis had said.")
    before_text = fields.Char("Said before", compute="_compute_value_text")
    source = fields.Selection(
        [("agent", "An agent's word"), ("behaviour", "What an agent did")],
        required=True,
        readonly=True,
        help="What an agent did with a post is a weaker sign than what an agent says "
        "of it.",
    )
    user_id = fields.Many2one("res.users", "Who", readonly=True, ondelete="set null")
    labelled_at = fields.Datetime("When", required=True, readonly=True)

    _one_each = models.UniqueIndex("(message_id, task)")

    @api.depends("task", "value", "before")
    @api.depends_context("lang")
    def _compute_value_text(self):
        messages = self.env["social.message"]
        for label in self:
            label.value_text = messages._label_text(label.task, label.value or "")
            label.before_text = messages._label_text(label.task, label.before or "")

    @api.model
    def _record(self, messages, task, value, source):
        """Keeps one label for each message. An agent's word stands above what agents
        did; the latest of a kind counts.

        :param value: str, or None for what the analysis says now: a confirmation
        """
        messages = messages._processed()
        known = {
            label.message_id: label
            for label in self.search(
                [("message_id", "in", messages.ids), ("task", "=", task)]
            )
        }
        new = []
        for message in messages:
            now = message._label_value(task)
            values = {
                "value": now if value is None else value,
                "source": source,
                "user_id": self.env.uid,
                "labelled_at": fields.Datetime.now(),
            }
            label = known.get(message)
            if not label:
                own = {"message_id": message.id, "task": task, "before": now}
                new.append({**values, **own})
            elif source == "agent" or label.source == "behaviour":
                label.write(values)
        self.create(new)


class SocialMessage(models.Model):
    """Corrections: one call, one click."""

    _inherit = "social.message"

    label_ids = fields.One2many("social.label", "message_id", "Corrections")
    corrections = fields.Json("Right?", compute="_compute_corrections")

    @api.depends(
        "language", "sentiment_label", "needs_answer", "topic_ids", "label_ids.source"
    )
    @api.depends_context("lang")
    def _compute_corrections(self):
        """What the correction widget shows, one entry a task: ``task``, ``label``,
        ``value``, ``text``, ``corrected`` (bool), ``choices`` as [[value, text], …]; of
        topics several may be chosen.
        """
        tasks = self.env["social.label"]._fields["task"]
        names = dict(tasks._description_selection(self.env))
        choices = {task: self._label_choices(task) for task in names}
        for message in self:
            said = message.label_ids.filtered(lambda label: label.source == "agent")
            corrected = set(said.mapped("task"))
            message.corrections = message.direction == "inbound" and [
                {
                    "task": task,
                    "label": name,
                    "value": message._label_value(task),
                    "text": self._label_text(task, message._label_value(task)),
                    "corrected": task in corrected,
                    "choices": choices[task],
                }
                for task, name in names.items()
            ]

    def _label_choices(self, task):
        """What can be said in a task, [[value, text], …]."""
        if task == "language":
            values = self.env["res.config.settings"]._social_languages()
        elif task == "topic":
            values = map(
                str, self.env["social.topic"].search([], limit=MOST_TOPICS).ids
            )
        else:
            values = [YES, NO] if task == "needs_answer" else dict(SENTIMENTS)
        return [[value, self._label_text(task, value)] for value in values]

    def _label_text(self, task, value):
        """A label's value in words."""
        if task == "language":
            return language_name(self.env, value)
        if task == "topic":
            ids = [int(number) for number in value.split(",") if number]
            topics = self.env["social.topic"].with_context(active_test=False)
            return ", ".join(topics.search([("id", "in", ids)]).mapped("name"))
        if task == "needs_answer":
            return {YES: self.env._("Yes"), NO: self.env._("No")}.get(value, "")
        moods = self._fields["sentiment_label"]._description_selection(self.env)
        return dict(moods).get(value, "")

    def _label_value(self, task):
        """What the analysis says of a message, as a label's value."""
        if task == "topic":
            return ",".join(map(str, sorted(self.topic_ids.ids)))
        if task == "needs_answer":
            return YES if self.needs_answer >= 0.5 else NO
        return self[{"sentiment": "sentiment_label"}.get(task, task)] or ""

    def action_correct(self, task, value):
        """An agent says what received messages are; the conversation follows, and the
        company's model learns from it. Saying what is there already confirms it.

        :param task: "sentiment", "needs_answer", "topic" or "language"
        :param value: "negative", "neutral" or "positive"; "1" or "0"; ids of topics,
            comma separated, "" for none; an ISO 639-1 code
        :return: action that offers to undo it
        :raises AccessError: when the user may not work on the conversation
        :raises ValidationError: for a value the task does not know
        """
        if not self.env.user.has_group("social_engagement.group_social_user"):
            raise AccessError(self.env._("Corrections need the right “Agent”."))
        self.check_access("read")
        self.conversation_id.check_access("write")
        value = self._checked(task, value)
        words = self.env._("Corrected")
        return self.conversation_id._undoable(
            words, lambda: self._correct(task, value), self
        )

    def _correct(self, task, value):
        messages = self.sudo()._processed()
        messages = messages.filtered(lambda m: m.direction == "inbound")
        if task == "needs_answer" and value == YES:
            for message in messages.filtered(lambda m: m._is_marked_spam()):
                message.spam = message._need_as_analysed()["spam"]
        self.env["social.label"].sudo()._record(messages, task, value, "agent")
        for message in messages:
            message._take_over(task, value)
        messages.conversation_id._sum_up()
        if task == "needs_answer" and value == YES:
            conversations = messages.conversation_id
            conversations.filtered(lambda c: c.state == "no_action").state = "open"

    def _checked(self, task, value):
        value = str(value or "").strip()
        if task == "topic":
            ids = {number.strip() for number in value.split(",")} - {""}
            value = ",".join(sorted(ids, key=lambda number: (len(number), number)))
            known = {choice for choice, _text in self._label_choices(task)}
            if ids <= known:
                return value
        elif task == "language":
            known = self.env["social.topic.words"]._fields["language"]
            if value in dict(known._description_selection(self.env)):
                return value
        elif task in dict(TASKS) and value in dict(self._label_choices(task)):
            return value
        raise ValidationError(
            self.env._("“%(value)s” can't be said of a post here.", value=value)
        )

    def _take_over(self, task, value):
        """Writes what an agent says of this message."""
        if task == "topic":
            ids = [int(number) for number in value.split(",") if number]
            self.topic_ids = [Command.set(ids)]
        elif task == "needs_answer":
            self.needs_answer = float(value)
            self.reasons = ["corrected"]
        elif task == "sentiment":
            self.sentiment = _mood_of(value, self.sentiment)
            self.sentiment_label = value
        else:
            self._understand_again(value)

    def _keep_corrections(self):
        """Puts what agents said of this message above what was found anew."""
        said = self.label_ids.filtered(lambda label: label.source == "agent")
        of_language = said.filtered(lambda label: label.task == "language")
        for label in of_language or said:  # the language brings the others along
            self._take_over(label.task, label.value or "")

    def _understand_again(self, language):
        """The analysis once more, in the language that an agent named; what agents said
        of the message stays.
        """
        said = self.label_ids.filtered(lambda label: label.source == "agent")
        self.write(self._values_in(language))
        for label in said - said.filtered(lambda label: label.task == "language"):
            self._take_over(label.task, label.value or "")

    # ------------------------------------------------------------------
    # What agents do says something too
    # ------------------------------------------------------------------

    def _answer(self, text, key=None, **options):
        outbound = super()._answer(text, key, **options)
        labels = self.env["social.label"].sudo()
        labels._record(self.sudo(), "needs_answer", YES, "behaviour")
        # Who has read and answered it would have seen a wrong mood.
        if self.sudo().sentiment_label:
            labels._record(self.sudo(), "sentiment", None, "behaviour")
        return outbound


class SocialConversation(models.Model):
    _inherit = "social.conversation"

    corrections = fields.Json("Right?", compute="_compute_corrections")

    @api.depends_context("lang")
    @api.depends("social_message_ids.corrections")
    def _compute_corrections(self):
        for conversation in self:
            conversation.corrections = conversation._answer_target().corrections

    def action_correct(self, task, value):
        """`action_correct` of the author's last post."""
        self.check_access("write")
        posts = self.env["social.message"]
        for conversation in self:
            posts += conversation._answer_target()
        return posts.action_correct(task, value)

    def write(self, vals):
        result = super().write(vals)
        if vals.get("state") in ("no_action", "solved") and self._by_a_person():
            self.sudo()._learn_from_closing()
        return result

    def _by_a_person(self):
        return self.env.uid != SUPERUSER_ID

    def _learn_from_closing(self):
        """Who closes a conversation that nobody answered says it needed no answer."""
        messages = self.social_message_ids
        answers = messages.filtered(lambda m: m.direction == "outbound")
        last = self.env["social.message"]
        for conversation in self - answers.conversation_id:
            last += conversation._answer_target()
        self.env["social.label"]._record(last, "needs_answer", NO, "behaviour")


def _mood_of(label, current):
    """A mood −1…1 that fits a label: the current one where it does."""
    if label == "neutral":
        return 0.0
    sign = 1 if label == "positive" else -1
    return current if current * sign > 0 else 0.5 * sign
