import re

from odoo import models

from ..answers import rank

MOST = 8
LOOKED_AT = 200  # canned responses, and past answers, that are compared
#: What compose() puts in front of an answer: it was for somebody else.
_NAMES_IN_FRONT = re.compile(r"^(?:@[\w.@-]+\s+)+")


class SocialMessage(models.Model):
    """What could be answered."""

    _inherit = "social.message"

    def _suggested_answers(self):
        """Answers that could fit this post, best first: canned responses, and what was
        answered to similar posts. Only what the current user may read.

        :return: list of at most ``MOST`` dicts: ``kind`` ("canned" or "past"),
            ``title``, ``text``; ``note`` where there is something to say about it
        """
        if not self:
            return []
        about = " ".join([self._analysed_text(), *self.topic_ids.mapped("name")])
        canned = self.env["mail.canned.response"].search([], limit=LOOKED_AT)
        past = self._past_answers()
        found = [
            ({"kind": "canned", "title": c.source, "text": c.substitution}, c.source)
            for c in canned
        ] + [
            (
                {
                    "kind": "past",
                    "title": answer.conversation_id.name,
                    "text": _NAMES_IN_FRONT.sub("", answer.body),
                },
                answer.conversation_id.name,
            )
            for answer in past
        ]
        scores = rank(about, [f"{title} {each['text']}" for each, title in found])
        ranked = sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0])
        suggestions = {}
        for score, (each, _title) in ranked:
            # canned responses are offered whatever they say: there is a list of them
            if score or each["kind"] == "canned":
                suggestions.setdefault(each["text"].strip(), each)
        return list(suggestions.values())[:MOST]

    def _past_answers(self):
        """Public answers to copies of this post and to posts on its topics, newest
        first.
        """
        original = self.copy_of_id or self
        copies = self.search(
            [
                ("id", "!=", self.id),
                "|",
                ("copy_of_id", "=", original.id),
                ("id", "=", original.id),
            ],
            limit=LOOKED_AT,
        )
        return self.search(
            [
                ("direction", "=", "outbound"),
                ("delivery_state", "=", "sent"),
                ("key", "!=", False),  # given here
                ("first_part_id", "=", False),
                ("visibility", "!=", "direct"),
                ("language", "in", (self.language, False)),
                ("company_id", "=", self.company_id.id),
                ("conversation_id", "!=", self.conversation_id.id),
                "|",
                ("conversation_id", "in", copies.conversation_id.ids),
                ("conversation_id.topic_ids", "in", self.topic_ids.ids),
            ],
            limit=LOOKED_AT,
        )
