from odoo import fields, models
from odoo.tools.mail import email_normalize, email_normalize_all

from odoo.addons.social_engagement.models.collision import NEVER_SAID
from odoo.addons.social_engagement.models.social_conversation_waiting import TO_DO

from .mail_thread import AUTOMATIC

WRITTEN = ("email", "comment")
UNSAID = (*NEVER_SAID, "to_approve", "failed")


class HelpdeskTicket(models.Model):
    """Which mails and comments are words of the customer, and which are replies: only
    what reached the customer is one. What a machine sent by itself is neither.
    """

    _inherit = "helpdesk.ticket"

    before_reply = fields.Json(
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="What undoing the last reply on a network brings back.",
    )
    # Not the message's date: it may be sent long after it was written.
    first_mailed_at = fields.Datetime(
        "First reply by e-mail", readonly=True, copy=False, groups="base.group_user"
    )

    def _message_post_after_hook(self, message, msg_values):
        res = super()._message_post_after_hook(message, msg_values)
        if self._is_written(message) and self._is_from_customer(message):
            self._customer_is_back()
        return res

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        told = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        later = self._is_notification_scheduled(kwargs.get("scheduled_date"))
        if not later and self._is_written(message) and self._is_reply(message, told):
            self._replied(_agent(message))
        return told

    def _is_written(self, message):
        """Whether a person wrote it."""
        by_person = message.message_type in WRITTEN
        return bool(self) and by_person and not self.env.context.get(AUTOMATIC)

    def _is_from_customer(self, message):
        """Whether somebody outside wrote it, or the colleague whose ticket it is."""
        author = message.author_id
        own = author and author == self.sudo().partner_id
        return not author or author.partner_share or own

    def _is_reply(self, message, told):
        """Whether an agent wrote it and somebody on the customer's side gets it.

        :param told: who is notified, as ``_notify_get_recipients`` has it
        """
        if message.is_internal or message.subtype_id.internal:
            return False
        if not _agent(message) or self._is_from_customer(message):
            return False
        own = self.sudo().partner_id.id
        outside = [r for r in told if r["share"] or own and r["id"] == own]
        mailed = [r for r in outside if r["email_normalized"]]
        addresses = {r["email_normalized"] for r in mailed}
        people = self.env["res.partner"].browse(r["id"] for r in mailed if r["id"])
        for sent in (message.incoming_email_to, message.incoming_email_cc):
            addresses.update(email_normalize_all(sent or ""))
        return self.sudo()._is_customers(addresses, people.sudo())

    def _is_customers(self, addresses, people):
        """Whether one of these is the customer: the contact, its company, the address
        of the ticket, or who else outside has written here. Where nobody is known it is
        anybody outside.

        :param addresses: set of normalized e-mail addresses
        :param people: res.partner
        """
        customers = self.partner_id
        known = {email_normalize(self.partner_email or ""), customers.email_normalized}
        for message in self.message_ids:
            if message.message_type in WRITTEN and self._is_from_customer(message):
                customers |= message.author_id
                known.add(email_normalize(message.email_from or ""))
        known -= {False, None, ""}
        if not (known or customers):
            ours = self.env["res.users"].sudo().search([("share", "=", False)])
            return bool(addresses - set(ours.mapped("email_normalized")))
        family = customers.commercial_partner_id & people.commercial_partner_id
        return bool(known & addresses or family)

    def _first_reply_since(self, moment):
        """When the first reply since a moment reached the customer, on a network or by
        mail; False: none did.
        """
        posts = self.env["social.message"].search(
            [
                ("conversation_id", "in", self.conversation_ids.ids),
                ("direction", "=", "outbound"),
                ("user_id", "!=", False),
                ("posted_at", ">=", moment),
                ("delivery_state", "not in", UNSAID),
            ]
        )
        moments = [post.send_at or post.posted_at for post in posts]
        if self.first_mailed_at and self.first_mailed_at >= moment:
            moments.append(self.first_mailed_at)
        return min(moments, default=False)

    def _before_reply(self):
        """What undoing a reply on a network brings back."""
        return {"stage": self.stage_id.id, "clocks": self._clock_snapshot()}

    def _forget_reply(self, since, stage):
        """A reply on a network was undone before it was sent: stage and clocks are what
        they were, unless somebody chose another stage meanwhile.

        :param since: when the reply was given
        :param stage: the ticket's before the reply was undone
        """
        before, self.before_reply = self.before_reply or {}, False
        told = before.get("since") == fields.Datetime.to_string(since)
        if not told or self.closed or before["replied_stage"] != stage.id:
            return
        self._move_silently(stage.browse(before["stage"]).exists() or stage)
        self._restore_clocks(before["clocks"])

    def _replied(self, user):
        """An agent's mail reached the customer, wherever they wrote."""
        for ticket in self.sudo().filtered(lambda t: not t.first_mailed_at):
            ticket.first_mailed_at = fields.Datetime.now()
        self._answered()
        self._take(user)
        asked = self.sudo().conversation_ids.filtered(lambda c: c.state in TO_DO)
        asked.state = "waiting"
        self._follow_stage(waits=True)


def _agent(message):
    """The internal user who wrote a message; none for people outside and for machines
    of ours.
    """
    return message.author_id.sudo().user_ids.filtered(
        lambda u: not (u.share or u._is_superuser())
    )[:1]
