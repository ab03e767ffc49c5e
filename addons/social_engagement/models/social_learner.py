import logging
import time

from odoo import Command, api, fields, models
from odoo.tools.lru import LRU

from ..analysis import analyse
from ..analysis.learning import MAX_EXAMPLES, Model, row_of, train
from .forgery import check_writable
from .social_label import TASKS, YES
from .social_message_analysis import values_of

_logger = logging.getLogger(__name__)

WEIGHTS = {"agent": 1.0, "behaviour": 0.3}
#: A topic is given from this probability on.
TOPIC_FROM = 0.35
NO_TOPIC = "none"

_models = LRU(64)  # of this process: (database, learner, moment of training) → Model


class SocialLearner(models.Model):
    """What a company's labels have taught about one task, and whether it is used."""

    _name = "social.learner"
    _description = "Company Model of the Analysis"
    _order = "company_id, task"
    _rec_name = "task"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    task = fields.Selection(TASKS, "What", required=True, readonly=True)
    enabled = fields.Boolean("Use", default=True)
    examples = fields.Integer("Labels", readonly=True, aggregator="sum")
    rules_score = fields.Float(
        "Rules",
        readonly=True,
        aggregator="avg",
        help="Macro-F1 of the rules that ship, on labels the model has not seen.",
    )
    model_score = fields.Float(
        "Own model",
        readonly=True,
        aggregator="avg",
        help="Macro-F1 of the company's own model, on labels it has not seen.",
    )
    state = fields.Selection(
        [
            ("few", "Too few labels yet"),
            ("rules", "The rules are as good"),
            ("better", "Better than the rules"),
        ],
        required=True,
        readonly=True,
        default="few",
    )
    in_use = fields.Boolean("In use", compute="_compute_in_use", store=True)
    trained_at = fields.Datetime("Trained", readonly=True)
    seconds = fields.Float(
        "Seconds of training", readonly=True, aggregator="sum", digits=(8, 1)
    )
    data = fields.Text(readonly=True, prefetch=False, groups="base.group_system")

    comparison = fields.Json(compute="_compute_comparison")

    _task_unique = models.UniqueIndex("(company_id, task)")

    @api.depends("enabled", "state")
    def _compute_in_use(self):
        for learner in self:
            learner.in_use = learner.enabled and learner.state == "better"

    @api.depends("rules_score", "model_score", "state")
    @api.depends_context("lang")
    def _compute_comparison(self):
        for learner in self:
            known = learner.state != "few"
            learner.comparison = [
                {
                    "name": name,
                    "label": learner._fields[name]._description_string(self.env),
                    "value": learner[name] if known else None,
                }
                for name in ("rules_score", "model_score")
            ]

    @api.depends("task", "company_id.name")
    def _compute_display_name(self):
        names = dict(self._fields["task"]._description_selection(self.env))
        for learner in self:
            learner.display_name = f"{names[learner.task]}: {learner.company_id.name}"

    def write(self, vals):
        check_writable(self, vals)
        return super().write(vals)

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------

    @api.model
    def _cron_train(self):
        """Job: trains the models there are new labels for, each in a transaction of its
        own.
        """
        due = self._due()
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for learner in due:
            learner._train()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _due(self):
        """The learners with labels newer than their training, or whose stored model
        cannot be used, as one of an earlier version; made where missing.
        """
        groups = self.env["social.label"]._read_group(
            [], ["company_id", "task"], ["labelled_at:max"]
        )
        known = {(each.company_id, each.task): each for each in self.search([])}
        due = self.browse()
        for company, task, newest in groups:
            learner = known.get((company, task)) or self.create(
                {"company_id": company.id, "task": task}
            )
            fresh = learner.trained_at and learner.trained_at >= newest
            if not fresh or learner._is_mute():
                due += learner
        return due

    def _is_mute(self):
        return self.in_use and not Model.from_json(self.data).beats_rules

    def action_train(self):
        """Trains at once."""
        self.check_access("write")
        for learner in self.sudo():
            learner._train()

    def _train(self):
        started = time.monotonic()
        now = fields.Datetime.now()
        model = train(self._examples(), rules=self._rules())
        seconds = time.monotonic() - started
        state = "few" if model.model_score is None else "rules"
        self.write(
            {
                "examples": model.examples,
                "model_score": model.model_score,
                "rules_score": model.rules_score,
                "state": "better" if model.beats_rules else state,
                "trained_at": now,
                "seconds": seconds,
                "data": model.to_json() if model.beats_rules else False,
            }
        )
        _logger.info("Trained %s in %.1f s", self.display_name, seconds)

    def _examples(self):
        """(text, language, label, weight) of the company's labels, oldest first."""
        labels = self.env["social.label"].search(
            [("company_id", "=", self.company_id.id), ("task", "=", self.task)],
            order="labelled_at desc, id desc",
            limit=MAX_EXAMPLES,
        )
        return [
            (message._analysed_text(), self._language(message), value, weight)
            for message, label in zip(labels.message_id, labels, strict=True)
            for weight in [WEIGHTS[label.source]]
            for value in self._values_learnt(label)
        ][::-1]

    def _language(self, message):
        """Of a language nothing may be taken for granted while it is the question."""
        return None if self.task == "language" else message.language or None

    def _values_learnt(self, label):
        if self.task == "topic":
            return label.value.split(",") if label.value else [NO_TOPIC]
        return [label.value] if label.value else []

    def _rules(self):
        """What the model has to beat; None leaves it to the values of the labels."""
        if self.task != "topic":
            return None
        matcher = self.env["social.topic"]._matcher(self.company_id.id)

        def best(text, language):
            found = matcher.match(text, language)
            return str(found[0][0]) if found else NO_TOPIC

        return best

    # ------------------------------------------------------------------
    # Using what was learnt
    # ------------------------------------------------------------------

    @api.model
    def _in_use(self, company):
        """Task → `Model` of a company's models that are used: one query a batch; a
        model is read once in a process, and again after it was trained again.
        """
        found = {}
        for learner in self.sudo().search_fetch(
            [("company_id", "=", company.id), ("in_use", "=", True)],
            ["task", "trained_at"],
        ):
            key = (self.env.cr.dbname, learner.id, learner.trained_at)
            if key not in _models:
                _models[key] = Model.from_json(learner.data)
            found[learner.task] = _models[key]
        return found

    @api.model
    def _apply(self, company, texts, values, languages):
        """Puts what the company's models say in place of what the rules said.

        :param texts: what the posts say
        :param values: their values of social.message, which are changed
        :param languages: the languages expected
        """
        learnt = self._in_use(company)
        if not learnt:
            return
        topics = self.env["social.topic"]._matcher(company.id).topics
        for text, understood in zip(texts, values, strict=True):
            if model := learnt.get("language"):
                code = model.predict(text)
                if code in languages and code != understood["language"]:
                    understood |= values_of(analyse(text, code, (code,)))
            row = row_of(text, understood["language"])
            for task, model in learnt.items():
                understood |= _said_by(model, task, row, understood, topics)


def _said_by(model, task, row, understood, topics):
    """The values of social.message a model gives a post.

    :param topics: ids of the topics there still are
    """
    shares = model.shares(row)
    if not shares:  # of an earlier version, or damaged
        return {}
    if task == "sentiment":
        return {
            "sentiment": shares.get("positive", 0.0) - shares.get("negative", 0.0),
            "sentiment_label": max(shares, key=shares.get),
            "sentiment_words": None,
        }
    if task == "needs_answer":
        return {
            "needs_answer": shares.get(YES, 0.0),
            "reasons": ["learned", *understood["reasons"]],
        }
    if task == "topic":
        labels = [label for label, share in shares.items() if share >= TOPIC_FROM]
        ids = {int(label) for label in labels if label != NO_TOPIC}
        return {"topic_ids": [Command.link(topic) for topic in sorted(ids & topics)]}
    return {}  # the language was decided before the rest
