import logging
import math

from odoo import api, fields, models
from odoo.tools import html2plaintext

from odoo.addons.social_engagement.models.social_conversation import NEEDS_ANSWER
from odoo.addons.social_engagement.models.transaction import place

_logger = logging.getLogger(__name__)

WORSE = -0.5  # a mood that fell by so much into the negative asks for a new decision
UNKNOWN = {"language": None, "sentiment": 0.0, "sentiment_label": None, "topic_ids": []}
KIND_OF_SOURCE = {"email": "email", "phone": "call", "portal": "form", "lead": "lead"}


class SocialRoutingCase(models.Model):
    """Where the facts of a case come from."""

    _inherit = "social.routing.case"

    @api.model
    def _message_facts(self, message, last_mood, decided_before):
        """The facts of a post.

        :param last_mood: the sentiment when it was last decided about
        :param decided_before: it was, in the same batch
        """
        profile, conversation = message.profile_id, message.conversation_id
        mood = message.sentiment if message.sentiment_label else 0.0
        known = decided_before or bool(conversation.routing_case_id)
        change = mood - last_mood if known else 0.0
        return {
            "event": self._event(message, known, change),
            "source": "social",
            "network": message.network,
            "channel_id": message.channel_id.id,
            "kind": message.kind,
            "text": message.body or "",
            "language": message.language or False,
            "sentiment": mood,
            "sentiment_label": message.sentiment_label or False,
            "sentiment_change": change,
            "needs_answer": message.needs_answer,
            "influence": profile.influence,
            "amplification": self._amplification(message),
            "copies": (message.copy_of_id or message).copy_count,
            "is_automated": profile.is_bot,
            **self._topic_facts(message.topic_ids),
        }

    def _event(self, message, known, change):
        conversation = message.conversation_id
        ticket = conversation.ticket_id
        if not known:
            return "new"
        closed = (
            conversation.reopened
            or ticket
            and not (ticket.active and not ticket.closed)
        )
        if closed and message.needs_answer >= NEEDS_ANSWER:
            return "reopened"
        fell = change <= WORSE and message.sentiment_label == "negative"
        return "worse" if fell else "reply"

    def _amplification(self, message):
        """0–100: how far a post spreads, by what shows it most: how often it was copied
        (3 times is nothing yet, 300 times the most), how often it was shared, or how
        fast. The reach of its author is none of it: it counts as influence, no more
        than influence may.
        """
        copies = (message.copy_of_id or message).copy_count
        copied = 50 * math.log10(min(300, max(3, copies)) / 3)
        parts = message._amplified().parts
        return max(copied, 100 * parts["shares"], 100 * parts["pace"])

    @api.model
    def _written_facts(self, company, texts, sources, partners):
        """The facts of what people wrote or told us: it was said to us, so it needs an
        answer.

        :param texts: list of HTML or plain text
        :param sources: where each came from
        :param partners: who wrote each, a res.partner that may be empty
        :return: list of facts
        """
        plain = [html2plaintext(text or "").strip() for text in texts]
        return [
            {
                "event": "new",
                "source": source,
                "network": False,
                "channel_id": False,
                "kind": KIND_OF_SOURCE.get(source, False),
                "text": text,
                "language": understood["language"] or False,
                "sentiment": understood["sentiment"],
                "sentiment_label": understood["sentiment_label"] or False,
                "sentiment_change": 0.0,
                "needs_answer": 1.0,
                "influence": partner._social_influence_in(company),
                "amplification": 0.0,
                "copies": 0,
                "is_automated": False,
                **self._topic_facts(
                    self.env["social.topic"].browse(
                        link[1] for link in understood["topic_ids"]
                    )
                ),
            }
            for text, source, partner, understood in zip(
                plain,
                sources,
                partners,
                self._understood(company, plain),
                strict=True,
            )
        ]

    @api.model
    def _understood(self, company, texts):
        messages = self.env["social.message"].sudo()
        languages = self.env["res.config.settings"]._social_languages()
        try:
            return messages._understood(company, texts, [None] * len(texts), languages)
        except Exception as error:  # whatever was written, no ticket is lost for it
            _logger.error("%s texts not understood: %s", len(texts), place(error))
            return [UNKNOWN] * len(texts)

    def _topic_facts(self, topics):
        return {
            "topic_ids": tuple(topics.ids),
            "topic_urgency": max(topics.mapped("urgency"), default=0),
        }

    @api.model
    def _customer_facts(self, company, partners, besides=None):
        """What is known of those who write, and of the moment.

        :param besides: records, of which tickets don't count as open ones
        :return: dict of facts by res.partner, the empty one among them
        """
        now = fields.Datetime.now()
        worktime = company.resource_calendar_id._worktime(company, now)
        moment = {
            "in_working_time": worktime.is_open(now),
            "received_at": fields.Datetime.to_string(now),
        }
        open_tickets = {}
        if partners:
            found = (
                self.env["helpdesk.ticket"]
                .sudo()
                ._read_group(
                    [
                        ("partner_id", "in", partners.ids),
                        ("closed", "=", False),
                        ("id", "not in", besides.ids if besides else []),
                    ],
                    ["partner_id"],
                    ["__count"],
                )
            )
            open_tickets = dict(found)
        return {
            partner: {
                **moment,
                "known_contact": bool(partner),
                "customer_value": partner._routing_value() if partner else 0,
                "partner_category_ids": tuple(partner.category_id.ids),
                "open_tickets": open_tickets.get(partner, 0),
            }
            for partner in (*partners, partners.browse())
        }
