from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .languages import language_name
from .searching import bearing, folded_index, literal

PAGE = 40  # rows
MOST = 100  # what is counted; more is "100+"
SNIPPET = 140  # characters of the last post in a row
TO_DO = ("new", "open")
BY_TIME = "last_message_at"
SIDE = "social_engagement.social_conversation_view_form_side"
ADMINISTRATOR = "social_engagement.group_social_administrator"
EARLIER = 10  # conversations shown beside one
FEW = 3  # letters; an index of trigrams can't find fewer
LATEST = 5_000  # posts, and conversations, in which fewer letters are looked for


class SocialConversation(models.Model):
    """The list agents work from: what waits, most urgent first."""

    _inherit = "social.conversation"

    # Whoever knows better what comes first names another stored figure, with an index
    # like this one.
    _waiting_rank = "needs_answer"

    _waits_by_need = models.Index(
        "(needs_answer DESC, id) WHERE state IN ('new', 'open')"
    )
    _by_name = models.Index(folded_index("name"))
    _by_time = models.Index("(state, last_message_at DESC, id)")

    partner_id = fields.Many2one(index="btree_not_null")
    partner_email = fields.Char(related="partner_id.email", string="E-mail")
    partner_phone = fields.Char(related="partner_id.phone")
    influence_bars = fields.Json(related="profile_id.influence_bars")
    influence_confidence = fields.Float(related="profile_id.influence_confidence")
    earlier_ids = fields.Many2many(
        "social.conversation", compute="_compute_earlier_ids"
    )

    @api.depends("profile_id", "partner_id")
    def _compute_earlier_ids(self):
        """The latest other conversations of the same author, on any network once the
        author's contact is known.
        """
        for conversation in self:
            same = Domain("profile_id", "=", conversation.profile_id.id)
            if conversation.partner_id:
                same |= Domain("partner_id", "=", conversation.partner_id.id)
            others = same & Domain("id", "!=", conversation.id)
            conversation.earlier_ids = self.search(others, limit=EARLIER)

    # ------------------------------------------------------------------
    # What is asked for
    # ------------------------------------------------------------------

    @api.model
    def _waiting_boxes(self):
        """What the list can be of: name → domain."""
        now = fields.Datetime.now()
        snoozed = Domain("snoozed_until", ">", now)
        todo = Domain("state", "in", TO_DO) & ~snoozed
        return {
            "todo": todo,
            "mine": todo & Domain("user_id", "=", self.env.uid),
            "unassigned": todo & Domain("user_id", "=", False),
            "waiting": Domain("state", "=", "waiting") & ~snoozed,
            "snoozed": snoozed,
            "done": Domain("state", "in", ("solved", "no_action")),
        }

    @api.model
    def _waiting_domain(self, box="todo", **filters):
        """What a list shows.

        :param box: a key of :meth:`_waiting_boxes`
        :param filters: ``channel_id`` (int), ``language`` (ISO 639-1), ``direct``
            (bool: direct messages only), ``text`` (str); each may be missing or empty
        :raises KeyError: for a box there is none of
        """
        domain = self._waiting_boxes()[box]
        if channel := filters.get("channel_id"):
            domain &= Domain("channel_id", "=", int(channel))
        if language := filters.get("language"):
            domain &= Domain("language", "=", str(language))
        if filters.get("direct"):
            domain &= Domain("is_private", "=", True)
        if text := str(filters.get("text") or "").strip():
            domain &= self._bearing(text)
        return domain

    @api.model
    def _bearing(self, text):
        """Conversations that bear some words. One list of ids, so that rare words are
        found by their indexes alone.
        """
        found = SQL(" UNION ").join(self._ways_to_bear(text))
        if len(text) < FEW:
            # Never more than `LATEST` and some: as an array they are looked up one by
            # one, where PostgreSQL would rather read all conversations.
            found = SQL("SELECT unnest(ARRAY(%s))", found)
        return Domain("id", "in", SQL("(%s)", found))

    @api.model
    def _ways_to_bear(self, text):
        """Where words are looked for, each as a query of ids: in posts, the subject,
        the author's name and handle, the contact's name.
        """
        if len(text) < FEW:
            return self._ways_to_bear_few(text)
        posts = self.env["social.message"]._search(bearing(["body"], text))
        authors = self.env["social.profile"]._search([("display_name", "ilike", text)])
        contacts = self.env["res.partner"]._search(bearing(["name"], text))
        return [
            posts.subselect("conversation_id"),
            self._search(bearing(["name"], text)).subselect(),
            self._search([("profile_id", "in", authors)]).subselect(),
            self._search([("partner_id", "in", contacts)]).subselect(),
        ]

    @api.model
    def _ways_to_bear_few(self, text):
        """Like :meth:`_ways_to_bear`, for one or two letters, which no index finds:
        in the latest posts and subjects, and where names begin with them.
        """
        begins = literal(text) + "%"
        posts, profiles = self.env["social.message"], self.env["social.profile"]
        authors = profiles._search(
            [
                "|",
                ("name", "=ilike", begins),
                ("handle", "=ilike", begins.removeprefix("@")),
            ]
        )
        contacts = self.env["res.partner"]._search([("name", "=ilike", begins)])
        latest_posts = Domain(_latest(posts)) & bearing(["body"], text)
        latest = Domain(_latest(self)) & bearing(["name"], text)
        return [
            posts._search(latest_posts).subselect("conversation_id"),
            self._search(latest).subselect(),
            self._search([("profile_id", "in", authors)]).subselect(),
            self._search([("partner_id", "in", contacts)]).subselect(),
        ]

    @api.model
    def _waiting_order(self, box):
        """The field a list is ordered by, falling; then by id, rising."""
        return self._waiting_rank if box in ("todo", "mine", "unassigned") else BY_TIME

    # ------------------------------------------------------------------
    # What is told: always as many queries, however long the list
    # ------------------------------------------------------------------

    @api.model
    def waiting_page(self, filters=None, after=None, limit=PAGE):
        """A page of the list.

        :param filters: see :meth:`_waiting_domain`
        :param after: ``next`` of the page before; None: the first
        :return: dict: ``rows``, see :meth:`_waiting_row`; ``next`` (None: that is all)
        """
        filters = filters or {}
        order = self._waiting_order(filters.get("box", "todo"))
        domain = self._waiting_domain(**filters)
        if after:
            domain &= _behind(order, *after)
        limit = max(1, min(int(limit), PAGE))  # 0 would be no limit
        found = self.search(domain, order=f"{order} desc, id", limit=limit + 1)
        rows = found[:limit]._waiting_rows(order)
        more = len(found) > limit
        return {
            "rows": rows,
            "next": [rows[-1]["rank"], rows[-1]["id"]] if more else None,
        }

    @api.model
    def waiting_rows(self, ids, filters=None):
        """Those of some conversations that belong into a list now.

        :param ids: at most as many as came in together
        :return: list of rows
        """
        filters = filters or {}
        order = self._waiting_order(filters.get("box", "todo"))
        domain = self._waiting_domain(**filters) & Domain("id", "in", ids)
        return self.search(domain, order=f"{order} desc, id")._waiting_rows(order)

    @api.model
    def waiting_counts(self):
        """How many there are in each box: int, one more than ``MOST`` when there are
        more.
        """
        return {
            box: self.search_count(domain, limit=MOST + 1)
            for box, domain in self._waiting_boxes().items()
            if box != "done"
        }

    @api.model
    def waiting_choices(self):
        """What the list can be narrowed to, and what its user can do next."""
        user = self.env.user
        languages = self.env["res.config.settings"]._social_languages()
        channels = self.env["social.channel"].search([], limit=MOST)
        return {
            "channels": [[channel.id, channel.name] for channel in channels],
            "languages": [[code, language_name(self.env, code)] for code in languages],
            "is_connected": "connected" in channels.mapped("state"),
            "may_connect": user.has_group(ADMINISTRATOR),
            "side_view": self.env.ref(SIDE).id,
        }

    def waiting_open(self):
        """The posts come into the chatter, where they can be read and answered.

        :return: the conversation's row, whatever list it is in
        """
        self.ensure_one()
        self.check_access("read")
        if not self.in_chatter:
            self._bring_to_desk()
        return self._waiting_rows(self._waiting_rank)[0]

    def _waiting_rows(self, order):
        posts = self._last_posts()
        desks = self._readable_desks()
        states = dict(self._fields["state"]._description_selection(self.env))
        nothing = self.env["social.message"]
        return [
            {
                **conversation._waiting_row(
                    posts.get(conversation.id, nothing), desks[conversation]
                ),
                "rank": _plain(conversation[order]),
                "state_label": states[conversation.state],
            }
            for conversation in self
        ]

    def _waiting_row(self, post, desk):
        """One line of the list: plain JSON. Moments are in UTC, "" for none.

        :param post: the author's last, that is still there
        :param desk: the record whose chatter it is worked on in, where the user may
            read that
        """
        profile, user = self.profile_id, self.user_id
        moment = fields.Datetime.to_string
        return {
            "id": self.id,
            "author": profile.name or profile.handle or profile.external_id,
            "text": " ".join((post.body or self.name).split())[:SNIPPET],
            "network": self.network,
            "channel": self.channel_id.name,
            "at": moment(self.last_message_at) or "",
            "due": "",
            "state": self.state,
            "mood": self.sentiment_label or "",
            "influence": self.influence,
            "language": self.language or "",
            "user": {"id": user.id, "name": user.name} if user else None,
            "is_private": self.is_private,
            "snoozed_until": moment(self.snoozed_until) or "",
            "in_chatter": self.in_chatter,
            "thread": {"model": desk._name, "id": desk.id} if desk else None,
        }

    def _last_posts(self):
        """The author's last post of each conversation, as far as the user may read it:
        conversation id → social.message.
        """
        posts = self.env["social.message"]
        query = posts._search(
            [
                ("conversation_id", "in", self.ids),
                ("direction", "=", "inbound"),
                ("gone_at", "=", False),
            ]
        )
        key = "social_message.conversation_id"
        query.order = f"{key}, social_message.posted_at DESC"
        rows = self.env.execute_query(
            query.select(
                f"DISTINCT ON ({key}) {key}",
                "social_message.id",
            )
        )
        found = posts.browse(post for _conversation, post in rows)  # read together
        return dict(zip((key for key, _post in rows), found, strict=True))

    def _readable_desks(self):
        """Where each is worked on, nothing where the user may not read that."""
        desks = {conversation: conversation._desk_thread() for conversation in self}
        readable = set()
        for model in {desk._name for desk in desks.values()}:
            ids = [desk.id for desk in desks.values() if desk._name == model]
            readable.update(self.env[model].browse(ids)._filtered_access("read"))
        return {c: desk in readable and desk or None for c, desk in desks.items()}

    # ------------------------------------------------------------------
    # What is done
    # ------------------------------------------------------------------

    def action_assign(self, user_id=None):
        """Gives conversations to somebody.

        :param user_id: id of the agent; None: the current user; False: nobody
        :return: action that offers to undo it
        """
        user = self.env["res.users"].browse(
            self.env.uid if user_id is None else user_id
        )
        words = (
            self.env._("Assigned to %(user)s", user=user.name)
            if user
            else self.env._("Unassigned")
        )
        return self._undoable(words, lambda: self._assign(user))

    def _assign(self, user):
        """Hook: these are for an agent, or for nobody."""
        self.user_id = user

    def _take(self, user):
        """Who replies takes what nobody has.

        :return: whether the user got it
        """
        takes = not self.user_id and user.active and not user.share
        if takes:
            self.user_id = user
        return takes


def _behind(order, rank, last_id):
    """What comes after a row: the first condition lets the index begin there."""
    rank = fields.Datetime.to_datetime(rank) if order == BY_TIME else float(rank)
    return Domain(order, "<=", rank) & (
        Domain(order, "<", rank) | Domain("id", ">", int(last_id))
    )


def _plain(value):
    return value if isinstance(value, float) else fields.Datetime.to_string(value)


def _latest(model):
    """A domain for the latest records."""
    newest = model.search([], order="id desc", limit=1).id or 0
    return [("id", ">", newest - LATEST)]
