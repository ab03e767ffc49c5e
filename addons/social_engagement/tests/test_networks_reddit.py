"""What is special to Reddit. The payloads are excerpts of responses that PRAW recorded
(https://github.com/praw-dev/praw), with other names and texts.
"""

import copy
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from ..networks import get
from ..networks.base import (
    Account,
    BadPayload,
    Known,
    NetworkError,
    Outgoing,
    Reason,
)
from .network_case import NOW, NetworkCase, answer, recorded
from .network_contract import SECRET, Contract, WithReplies, WithSignIn

Reddit = get("reddit")


def fresh(listing):
    """A recorded listing as if it were of today: a first fetch looks back a week."""
    listing = copy.deepcopy(listing)
    for number, thing in enumerate(listing["data"]["children"]):
        thing["data"]["created_utc"] = float(int(time.time()) - 60 * number)
    return listing


DATA = recorded("reddit.json")
INBOX = fresh(DATA["inbox"])
SEARCH = fresh(DATA["search"])
REPLY, MESSAGE, MENTION = INBOX["data"]["children"]
DELETED, EDITED = DATA["info"]["data"]["children"]


def listing(*things, after=None):
    return answer({"kind": "Listing", "data": {"children": things, "after": after}})


def comment(number, **values):
    thing = copy.deepcopy(REPLY)
    written = float(int(time.time()) - 1000 + number)
    thing["data"] |= {"name": f"t1_{number}", "created_utc": written} | values
    return thing


def refused(code, words=""):
    return answer({"json": {"errors": [[code, words, None]]}})


def account(**values):
    session = {"access_token": SECRET, "refresh_token": "r-1"}
    known = {"handle": "u/brand", "client_id": "app", "client_secret": "hush-77"}
    return Account("https://oauth.reddit.com", session=session, **known | values)


class TestReddit(NetworkCase):
    def setUp(self):
        super().setUp()
        self.adapter = Reddit(account())

    def fetch(self, cursor, *answers, kind="mentions", query=""):
        type(self).answers = list(answers)
        return self.adapter.fetch(kind, query, cursor)

    def asked(self, number=-1):
        parts = urlsplit(self.calls[number].url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return parts.path, query

    def failure(self, call, *answers):
        type(self).answers = list(answers)
        with self.assertRaises(NetworkError) as caught:
            call()
        return caught.exception

    def names(self, page):
        return [item.external_id for item in page.items]

    def test_says_who_it_is_as_reddit_wants(self):
        self.fetch({}, listing())
        agent = self.calls[0].headers["User-Agent"]
        self.assertEqual(agent, "odoo:OdooSocialEngagement:19.0 (by /u/brand)")
        self.assertEqual(self.calls[0].headers["Authorization"], f"Bearer {SECRET}")
        self.assertEqual(self.asked()[1]["raw_json"], "1")

    def test_each_feed_takes_its_own(self):
        page = self.fetch({}, answer(INBOX), answer(DATA["users"]))
        self.assertEqual(self.names(page), ["t1_ekftbox", "t1_mynqwvd"])
        self.assertEqual(self.asked(0)[1]["mark"], "false")
        page = self.fetch({}, answer(INBOX), answer({}), kind="direct")
        self.assertEqual(self.names(page), ["t4_22ydkme"])
        page = self.fetch({}, answer(SEARCH), kind="search", query="brand router")
        self.assertEqual(self.names(page), ["t3_3gpbiu"])

    def test_knows_what_it_has_seen(self):
        page = self.fetch({}, listing(comment(2), comment(1)), answer({}))
        self.assertEqual(self.names(page), ["t1_1", "t1_2"])
        things = (comment(3), comment(2), comment(1))
        page = self.fetch(page.cursor, listing(*things), answer({}))
        self.assertEqual(self.names(page), ["t1_3"])

    def test_walks_back_and_loses_nothing(self):
        page = self.fetch({}, listing(comment(1)), answer({}))
        start = page.cursor
        newest = listing(comment(5), comment(4), after="t1_4")
        page = self.fetch(start, newest, answer({}))
        self.assertTrue(page.more)
        page = self.fetch(page.cursor, listing(comment(3), comment(1)), answer({}))
        self.assertEqual(self.asked(-2)[1]["after"], "t1_4")
        self.assertEqual((self.names(page), page.more), (["t1_3"], False))

    def test_begins_anew_where_a_page_began_at_what_is_deleted(self):
        page = self.fetch({}, listing(comment(1)), answer({}))
        newest = listing(comment(5), comment(4), after="t1_4")
        page = self.fetch(page.cursor, newest, answer({}))
        gone = listing(comment(4, author="[deleted]"))
        again = listing(comment(5), comment(3), comment(1))
        page = self.fetch(page.cursor, listing(), gone, again, answer({}))
        self.assertIn("t1_3", self.names(page))
        self.assertFalse(page.more)

    def test_an_empty_last_page_ends_the_walk(self):
        page = self.fetch({}, listing(comment(5), after="t1_5"), answer({}))
        page = self.fetch(page.cursor, listing(), listing(comment(5)))
        self.assertFalse(page.more)

    def test_leaves_out_own_and_deleted_things(self):
        own, gone = comment(2, author="brand"), comment(3, author="[deleted]")
        removed = comment(4, body="[removed]")
        page = self.fetch({}, listing(removed, gone, own, comment(1)), answer({}))
        self.assertEqual(self.names(page), ["t1_1"])

    def test_what_is_broken_is_kept(self):
        page = self.fetch({}, listing("what?", {"kind": "t1"}, {"data": 7}))
        self.assertEqual(len(page.items), 3)
        for item in page.items:
            with self.assertRaises(BadPayload):
                Reddit.normalise(item.payload)

    def test_authors_are_asked_about_together_and_may_stay_unknown(self):
        page = self.fetch({}, answer(INBOX), answer(DATA["users"]))
        self.assertEqual(self.asked()[1]["ids"], "t2_3bbbbbb,t2_3cccccc")
        known = Reddit.normalise(page.items[1].payload).author
        self.assertTrue(known.created_at and known.avatar_url)
        self.assertIsNone(known.followers, "karma is none")
        page = self.fetch({}, answer(INBOX), answer({}, 500))
        self.assertEqual(len(page.items), 2)

    def test_searches(self):
        for query, path, words in (
            ("brand router", "/search", "brand router"),
            ("subreddit:routers brand", "/r/routers/search", "brand"),
            ("brand subreddit:r/ab+c_d x", "/r/ab+c_d/search", "brand x"),
            ("subreddit:routers", "/r/routers/new", None),
            ("subreddit:../me brand", "/search", "subreddit:../me brand"),
        ):
            self.fetch({}, listing(), kind="search", query=query)
            asked, params = self.asked()
            self.assertEqual((asked, params.get("q")), (path, words))
            restricted = path not in ("/search", "/r/routers/new")
            self.assertEqual("restrict_sr" in params, restricted)

    def post(self, thing):
        return Reddit.normalise({"thing": thing, "author": None})

    def test_things(self):
        reply, message = self.post(REPLY), self.post(MESSAGE)
        self.assertEqual((reply.kind, reply.visibility), ("comment", "public"))
        self.assertTrue(reply.text.endswith("see this (https://example.com/a?b=1&c=2)"))
        self.assertEqual(reply.parent_id, "t1_myngt77")
        self.assertEqual((reply.thread_id, reply.title), ("t3_1j7g9uj", ""))
        site = "https://www.reddit.com"
        path = "/r/routers/comments/1j7g9uj/my_router_is_dead/mynqwvd/"
        self.assertEqual(reply.url, site + path)
        self.assertEqual(reply.author.external_id, "u/noor-99")
        self.assertEqual(reply.author.url, f"{site}/user/noor-99")
        self.assertEqual((message.kind, message.visibility), ("direct", "direct"))
        self.assertEqual(message.title, "re: my router")
        self.assertEqual(message.thread_id, "t4_22ydk2c")
        self.assertEqual(message.text, "Thanks, that helped.")
        self.assertIn("📦\n\n- or wait", self.post(MENTION).text)
        found = self.post(SEARCH["data"]["children"][0])
        self.assertEqual((found.kind, found.thread_id), ("post", "t3_3gpbiu"))
        self.assertEqual(found.title, "Is the brand router any good?")
        self.assertTrue(found.url.endswith("/is_the_brand_router_any_good/"))
        self.assertTrue(found.revision)

    def test_a_subreddit_writes(self):
        thing = copy.deepcopy(MESSAGE)
        thing["data"] |= {"author": None, "subreddit": "routers"}
        self.assertEqual(self.post(thing).author.handle, "r/routers")

    def test_a_link_and_a_picture(self):
        thing = copy.deepcopy(SEARCH["data"]["children"][0])
        url = "https://i.redd.it/abc.jpg"
        changes = {"is_self": False, "url": url, "selftext_html": None, "selftext": ""}
        thing["data"] |= changes
        post = self.post(thing)
        self.assertEqual((post.text, post.media[0].url), (url, url))

    def test_locked_and_archived_things_take_no_answer(self):
        for key in ("locked", "archived"):
            post = self.post(comment(1, **{key: True}))
            self.assertFalse(post.answerable)
            self.assertEqual(post.unanswerable_reason, "closed")

    def test_follows_edits_and_deletions(self):
        known = [
            Known(name, "comment", {})
            for name in ("t1_d7ltvl0", "t1_d1616q2", "t4_1", "t1_unheard")
        ]
        type(self).answers = [answer(DATA["info"])]
        found = self.adapter.reread(known)
        self.assertEqual(self.asked(0)[1]["id"], "t1_d7ltvl0,t1_d1616q2,t1_unheard")
        self.assertEqual(found.gone, {"t1_d7ltvl0"})
        [item] = found.items
        self.assertEqual(item.external_id, "t1_d1616q2")
        self.assertEqual(Reddit.normalise(item.payload).revision, item.revision)
        self.assertTrue(item.revision)
        for change in (
            {"body": "[removed]"},
            {"author": "[deleted]"},
            {"removed_by_category": "moderator"},
        ):
            type(self).answers = [listing(comment(1, **change))]
            found = self.adapter.reread([Known("t1_1", "comment", {})])
            self.assertEqual((found.gone, found.items), ({"t1_1"}, ()))
        for change in (
            {"body": "[unavailable]", "author": "[deleted]"},
            {"author": "[unavailable]"},
        ):  # its author has blocked the account
            type(self).answers = [listing(comment(1, **change))]
            found = self.adapter.reread([Known("t1_1", "comment", {})])
            self.assertEqual((found.gone, found.items), (frozenset(), ()))
        self.assertEqual(self.adapter.reread([Known("t4_1", "direct", {})]).gone, set())

    def outgoing(self, thing=REPLY, text="We are on it.", created_at=NOW):
        reference = self.post(thing).reply_ref
        return Outgoing("k", text, reference, "public", created_at)

    def reply(self, text="We are on it."):
        return self.adapter.reply(self.outgoing(text=text))

    def form(self):
        return {k: v[0] for k, v in parse_qs(self.calls[-1].body).items()}

    def test_reply(self):
        type(self).answers = [answer(DATA["sent"])]
        sent = self.reply("Hello,\nsee below.\n\nBye")
        self.assertEqual(sent.external_id, "t1_d1680wu")
        self.assertEqual(sent.url, "https://www.reddit.com/comments/1j7g9uj/_/d1680wu/")
        self.assertEqual(sent.reply_ref["thing"], "t1_d1680wu")
        self.assertEqual(self.form()["thing_id"], "t1_mynqwvd")
        self.assertEqual(self.form()["text"], "Hello,  \nsee below.\n\nBye")
        self.assertEqual(Reddit.length("a\nb"), 5)

    def test_names_what_is_refused_with_status_200(self):
        for code, reason in (
            ("RATELIMIT", Reason.RATE_LIMIT),
            ("THREAD_LOCKED", Reason.REFUSED),
            ("TOO_OLD", Reason.WINDOW_CLOSED),
            ("DELETED_COMMENT", Reason.NOT_FOUND),
            ("TOO_LONG", Reason.TOO_LONG),
            ("USER_REQUIRED", Reason.AUTHORISATION),
            ("USER_BLOCKED", Reason.BLOCKED),
            ("SOMETHING_NEW", Reason.REFUSED),
        ):
            error = self.failure(self.reply, refused(code, f"no {SECRET}"))
            self.assertEqual((error.reason, error.code), (reason, code))
            self.assertIn(code, error.detail)
            self.assertNotIn(SECRET, error.detail)
            self.assertFalse(error.uncertain)
        error = self.failure(self.reply, answer(DATA["errors"]))
        self.assertEqual(error.reason, Reason.AUTHORISATION)
        error = self.failure(self.reply, answer(DATA["too_long"], 400))
        self.assertEqual((error.reason, error.code), (Reason.TOO_LONG, "TOO_LONG"))
        for odd in ([7], ["x"], [[]], [[None]]):
            said = answer({"json": {"errors": odd}})
            self.assertFalse(self.failure(self.reply, said).uncertain)

    def test_waits_as_long_as_the_words_say(self):
        for words, seconds in (
            ("Take a break for 9 minutes before trying again.", 541),
            ("you are doing that too much. try again in 5 seconds.", 6),
            ("Take a break.", None),
        ):
            error = self.failure(self.reply, refused("RATELIMIT", words))
            self.assertEqual(error.retry_after, seconds)

    def find(self, *comments, created_at=NOW, after=None):
        type(self).answers = [answer(DATA["me"]), listing(*comments, after=after)]
        text = "We are\n*on* it."
        return self.adapter.find_sent(self.outgoing(REPLY, text, created_at))

    def test_finds_what_was_sent(self):
        now = time.time()
        own = {"parent_id": "t1_mynqwvd", "body": "We are  \n*on* it."}
        own |= {"author": "brand", "created_utc": now}
        sent = self.find(comment(8, body="Another", created_utc=now), comment(9, **own))
        self.assertEqual(sent.external_id, "t1_9")
        self.assertEqual(self.asked()[0], "/user/brand/comments")
        for other in (
            {"parent_id": "t1_other"},
            {"body": "We are on it, too."},
            {"created_utc": now - 3600},
        ):
            self.assertIsNone(self.find(comment(9, **own | other)))

    def test_does_not_know_when_it_can_not_look_back_far_enough(self):
        pages = [listing(comment(n), after="t1_1") for n in range(10)]
        type(self).answers = [answer(DATA["me"]), *pages]
        outgoing = self.outgoing(created_at=NOW - timedelta(days=1))
        with self.assertRaises(NetworkError) as caught:
            self.adapter.find_sent(outgoing)
        self.assertEqual(caught.exception.reason, Reason.UNKNOWN)
        error = self.failure(lambda: self.adapter.find_sent(self.outgoing(MESSAGE)))
        self.assertEqual(error.reason, Reason.UNKNOWN)

    def test_withdraws(self):
        type(self).answers = [answer({})]
        self.adapter.withdraw("t1_d1680wu")
        self.assertTrue(self.calls[-1].url.endswith("/api/del"))
        self.assertEqual(self.form()["id"], "t1_d1680wu")
        error = self.failure(lambda: self.adapter.withdraw("t4_1"))
        self.assertEqual(error.reason, Reason.REFUSED)

    def test_tells_how_much_is_left(self):
        headers = {"x-ratelimit-remaining": "599.0", "x-ratelimit-reset": "369"}
        body = {"kind": "Listing", "data": {"children": [], "after": None}}
        self.fetch({}, answer(body, 200, headers | {"x-ratelimit-used": "1"}))
        usage = self.adapter.meter.usage
        self.assertEqual((usage.limit, usage.remaining, usage.reset), (600, 599, 369))

    def test_diagnoses(self):
        moved = answer(b"", 302, {"Location": "https://www.reddit.com/login/?dest=x"})
        type(self).answers = [listing(), moved]
        told = {f.ability: f for f in self.adapter.diagnose()}
        self.assertTrue(told["mentions"].ok)
        self.assertEqual(told["direct"].reason, Reason.PERMISSION)
        self.assertIn("chat", told["direct"].detail)
        self.adapter.account.session["scope"] = "identity read privatemessages"
        type(self).answers = [listing(), listing(MESSAGE)]
        told = {f.ability: f for f in self.adapter.diagnose()}
        self.assertEqual((told["direct"].ok, told["answer"].ok), (True, False))
        self.assertEqual(told["answer"].detail, "submit")

    def test_verify(self):
        type(self).answers = [answer(DATA["me"])]
        self.assertEqual(self.adapter.verify().handle, "u/brand")


class TestRedditSubmissions(NetworkCase):
    def post(self, **values):
        thing = copy.deepcopy(SEARCH["data"]["children"][0])
        bare = {"selftext": "", "selftext_html": None, "is_self": True, "title": "Hm"}
        thing["data"] |= bare | values
        return Reddit.normalise({"thing": thing, "author": None})

    def parent(self, **values):
        return {
            "author": "other",
            "title": "Down again",
            "selftext": "No line\nfor days",
            "url": "https://www.reddit.com/gallery/1",
            "gallery_data": {"items": [{"media_id": "b"}, {"media_id": "a"}]},
            "media_metadata": {
                "a": {"s": {"u": "https://preview.redd.it/a.jpg"}},
                "b": {"s": {"u": "https://preview.redd.it/b.jpg"}},
            },
        } | values

    def test_crossposts(self):
        url = "https://www.reddit.com/r/x/comments/1/down/"
        values = {"is_self": False, "url": url}
        post = self.post(crosspost_parent_list=[self.parent()], **values)
        quote = "> u/other: Down again\n> No line\n> for days"
        self.assertEqual(post.text, f"{url}\n\n{quote}")
        pictures = [media.url for media in post.media]
        self.assertEqual(
            pictures,
            ["https://preview.redd.it/b.jpg", "https://preview.redd.it/a.jpg"],
        )
        own = self.parent(author=self.post().author.name)
        post = self.post(crosspost_parent_list=[own], **values)
        self.assertEqual(post.text, f"{url}\n\nDown again\nNo line\nfor days")
        gone = self.parent(selftext="[removed]")
        self.assertEqual(self.post(crosspost_parent_list=[gone], **values).text, url)
        for odd in (None, [], [7], {}):
            self.assertEqual(self.post(crosspost_parent_list=odd, **values).text, url)

    def test_polls_and_pictures(self):
        poll = {"options": [{"text": "Yes"}, {"text": "No"}]}
        self.assertEqual(self.post(poll_data=poll).text, "[Poll]\n- Yes\n- No")
        still = {"images": [{"source": {"url": "https://preview.redd.it/v.png"}}]}
        post = self.post(is_video=True, preview=still)
        self.assertEqual(post.media[0].url, "https://preview.redd.it/v.png")
        link = '<p><a href="/r/x/wiki">the wiki</a></p>'
        self.assertEqual(
            self.post(selftext_html=link).text,
            "the wiki (https://www.reddit.com/r/x/wiki)",
        )


class TestRedditContract(WithReplies, WithSignIn, NetworkCase):
    network = "reddit"
    delivery = answer(INBOX)
    written = answer(DATA["sent"])
    token_answers = (answer(DATA["token"]),)

    def account(self):
        return account()

    def after_delivery(self):
        return (answer(DATA["users"]),)

    def payloads(self):
        return [{"thing": thing, "author": None} for thing in (MENTION, REPLY)]

    def test_signs_in_with_the_app_in_the_header(self):
        self.test_turns_a_code_into_tokens()
        self.assertTrue(self.calls[0].url.startswith("https://www.reddit.com/api/v1/"))
        self.assertTrue(self.calls[0].headers["Authorization"].startswith("Basic "))
        self.assertNotIn("hush-77", str(self.calls[0].body))
        url, _pending = self.adapter().sign_in_page(self.redirect_uri, "s")
        self.assertIn("duration=permanent", url)


class TestRedditOtherThings(Contract, NetworkCase):
    network = "reddit"

    def account(self):
        return account()

    def payloads(self):
        things = [MESSAGE, *SEARCH["data"]["children"], EDITED]
        author = next(iter(DATA["users"].values()))
        return [{"thing": thing, "author": author} for thing in things]
