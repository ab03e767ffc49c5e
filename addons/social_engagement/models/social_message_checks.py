from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import LazyTranslate

from ..analysis.language import detect
from ..answers import personal_data, promises, questionable_links
from ..networks.plaintext import clean
from .languages import SURE, language_name
from .social_channel_answer import phone_countries

_lt = LazyTranslate(__name__)

MANAGER = "social_engagement.group_social_manager"
SOON = 2 * 3600  # seconds before the window closes from which on it is said

PERSONAL = {
    "iban": _lt("a bank account"),
    "card": _lt("a card number"),
    "email": _lt("an e-mail address"),
    "phone": _lt("a phone number"),
    "order": _lt("an order or customer number"),
}
NEVER_PUBLIC = {"iban", "card"}
LINKS = {
    "shortener": _lt("It hides where it leads. Write the whole address."),
    "insecure": _lt("It is not encrypted. Write https:// if it can."),
    "unreadable": _lt("It can be mistaken for another address. Check it."),
    "foreign": _lt("It does not lead to the company's own website. Check it."),
}
VISIBILITY = {
    "public": _lt("Everyone can read this reply."),
    "unlisted": _lt("Everyone can read this reply, but it is not promoted."),
    "followers": _lt("Followers can read this reply."),
    "direct": _lt("Only the people mentioned can read this reply."),
}


class SocialMessage(models.Model):
    """What is checked before an answer is sent, each rule in words. What is blocked
    here is refused by :meth:`_answer` as well; of the rest the agent decides.
    """

    _inherit = "social.message"

    override_reason = fields.Char(
        "Sent Although Blocked",
        readonly=True,
        copy=False,
        help="Why a manager sent this reply although a check blocked it.",
    )

    def _checks(self, text, split=False):
        """All rules for an answer to this post.

        :param text: what the agent has typed so far
        :param split: whether it may go out in several posts
        :return: list of dicts: ``rule`` (technical), ``label``, ``level`` (ok, warn or
            block), ``text`` (a sentence), ``way_out`` (what to do instead, or ""),
            ``may_override`` (bool: the user may send it all the same, with a reason)
        """
        if obstacle := self.conversation_id._answer_obstacle(self):
            return [self._told("possible", self.env._("Reply"), "block", obstacle)]
        text = clean(text or "").strip()
        rules = (
            ("length", self.env._("Length"), self._check_of_length(text, split)),
            ("window", self.env._("Time"), self._check_of_window()),
            ("visibility", self.env._("Readers"), self._check_of_visibility(text)),
            ("cost", self.env._("Cost"), self._check_of_cost(text, split)),
            ("personal", self.env._("Personal data"), self._check_of_personal(text)),
            ("promise", self.env._("Promises"), self._check_of_promises(text)),
            ("link", self.env._("Links"), self._check_of_links(text)),
            ("language", self.env._("Language"), self._check_of_language(text)),
        )
        return [self._told(rule, label, *told) for rule, label, told in rules]

    def _told(self, rule, label, level, text, way_out=""):
        may = level == "block" and rule == "personal" and self._may_override()
        return {
            "rule": rule,
            "label": label,
            "level": level,
            "text": text,
            "way_out": way_out,
            "may_override": may,
        }

    def _check_rules(self, text, override=""):
        """Refuses an answer that a rule blocks, beside those the network itself sets.

        :param override: why it is sent all the same, in the user's words
        :return: what was overridden, a sentence; "" where nothing is blocked
        :raises UserError: saying why, and the way out
        :raises AccessError: when the user may not override it
        """
        level, said, *way_out = self._check_of_personal(text)
        if level != "block":
            return ""
        if not override:
            raise UserError(" ".join([said, *way_out]))
        if not self._may_override():
            raise AccessError(
                self.env._("Only managers can send a reply that a check blocks.")
            )
        return said

    def _may_override(self):
        return self.env.user.has_group(MANAGER)

    def _log_override(self, said, reason):
        """Notes in the chatter, for colleagues only, that this reply was sent although
        a check blocked it.

        :param said: what the check said
        """
        self.sudo().override_reason = reason
        thread = self.conversation_id.sudo()._desk_thread()
        thread.message_post(
            body=self.env._(
                "%(user)s sent the reply although a check blocked it. %(said)s "
                "Reason: %(reason)s",
                user=self.env.user.name,
                said=said,
                reason=reason,
            ),
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            author_id=self.env.user.partner_id.id,
        )

    def _drafted(self, text, split=False):
        """The posts an answer will stand as, as far as it can be sent; the whole text
        otherwise.
        """
        text = clean(text or "").strip()
        if not text or self.conversation_id._answer_obstacle(self):
            return []
        try:
            return self._posts(self._signed(text), split)
        except ValidationError:
            return [self._composed(self._signed(text))]

    # ------------------------------------------------------------------
    # The rules: (level, sentence[, way out])
    # ------------------------------------------------------------------

    def _check_of_length(self, text, split):
        limit = self._length_limit()
        if not limit:
            return "ok", self.env._("This network has no limit.")
        signed = self._signed(text) if text else ""
        try:
            posts = self._posts(signed, split)
        except ValidationError as error:
            several = self.channel_id._network().threads and not split
            return (
                "block",
                str(error),
                self.env._("Shorten it, or send it as several posts.")
                if several
                else self.env._("Shorten it."),
            )
        if len(posts) > 1:
            return "ok", self.env._("Goes out as %(count)s posts.", count=len(posts))
        length = self.channel_id._length(posts[0])
        return "ok", self.env._(
            "%(length)s of %(limit)s characters.", length=length, limit=limit
        )

    def _check_of_window(self):
        ends = self.conversation_id._window_ends(self.kind)
        if not ends:
            return "ok", self.env._("No time limit on this network.")
        left = (ends - fields.Datetime.now()).total_seconds()
        hours, minutes = divmod(int(left // 60), 60)
        said = self.env._(
            "The network takes an answer for another %(hours)s h %(minutes)s min.",
            hours=hours,
            minutes=minutes,
        )
        if left < SOON:
            return (
                "warn",
                said,
                self.env._("Reply now, or ask for another way to reach them."),
            )
        return "ok", said

    def _check_of_visibility(self, text):
        said = self.env._(VISIBILITY.get(self.visibility, VISIBILITY["public"]))
        others = self._others_named(text) if self.visibility == "direct" else ""
        if others:
            return (
                "warn",
                self.env._(
                    "%(names)s can read this private answer too: mentioned people do.",
                    names=others,
                ),
                self.env._("Remove the mention."),
            )
        return "ok", said

    def _others_named(self, text):
        """Who is mentioned beside the author, where the network knows mentions."""
        if not self.channel_id._network().mentions:
            return ""
        author = (self.profile_id.handle or "").lstrip("@").lower()
        names = [word.rstrip(".,;:!?") for word in text.split() if word[0] == "@"]
        others = [n for n in names if len(n) > 1 and n.lstrip("@").lower() != author]
        return ", ".join(dict.fromkeys(others))

    def _check_of_cost(self, text, split):
        channel = self.channel_id.sudo()
        adapter = channel._network()
        private = self.kind == "direct"
        cost = sum(adapter.price(post, private) for post in self._drafted(text, split))
        cost = cost or adapter.price("", private)
        if not cost:
            return "ok", self.env._("Replies are free on this network.")
        price = f"{cost:g} {adapter.cost_unit}"
        if not channel.budget:
            return "ok", self.env._("Costs %(price)s.", price=price)
        said = self.env._(
            "Costs %(price)s; %(left)s of %(budget)s are left.",
            price=price,
            left=f"{channel.budget_left:g}",
            budget=f"{channel.budget:g} {adapter.cost_unit}",
        )
        if cost <= channel.budget_left:
            return "ok", said
        return (
            "warn",
            said,
            self.env._("It is sent all the same; reading pauses till the next period."),
        )

    def _check_of_personal(self, text):
        found = personal_data(
            text,
            self.channel_id._own_contacts(),
            phone_countries(self.company_id),
        )
        if not found:
            return "ok", self.env._("None found.")
        named = ", ".join(
            f"{self.env._(PERSONAL[each.kind])} (“{each.text}”)" for each in found
        )
        if self.visibility == "direct":
            return "ok", self.env._("It stays private: %(found)s.", found=named)
        said = self.env._("Everyone could read %(found)s.", found=named)
        way_out = self.env._(
            "Take it out, or invite the customer to a private message."
        )
        blocked = NEVER_PUBLIC & {each.kind for each in found}
        return "block" if blocked else "warn", said, way_out

    def _check_of_promises(self, text):
        if self.visibility == "direct":
            return "ok", self.env._("It stays private.")
        language, sure = detect(text)
        words = promises(text, language if sure >= SURE else None)
        if not words:
            return "ok", self.env._("None found.")
        return (
            "warn",
            self.env._(
                "The company will be held to this in public: %(words)s.",
                words=", ".join(f"“{word}”" for word in words),
            ),
            self.env._("Make sure that it may be promised, or say it in private."),
        )

    def _check_of_links(self, text):
        found = questionable_links(text, self.channel_id._own_hosts())
        if not found:
            return "ok", self.env._("No issues found.")
        return "warn", " ".join(
            f"“{link}”: {self.env._(LINKS[what])}" for link, what in found
        )

    def _check_of_language(self, text):
        theirs = (self.language or "").split("-")[0]
        ours, sure = detect(text)
        if not theirs or not ours or sure < SURE or ours == theirs:
            return "ok", self.env._("No issues found.")
        return (
            "warn",
            self.env._(
                "The customer writes %(theirs)s, the answer is %(ours)s.",
                theirs=language_name(self.env, theirs),
                ours=language_name(self.env, ours),
            ),
            self.env._("Reply in the customer's language if you can."),
        )
