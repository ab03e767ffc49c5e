"""What calls of the browser's routes bring along may be of any type."""

import logging

from odoo.tests import tagged

from .test_outbox import AnswerRouteCase

ROUTE = "/social_engagement/"
NO_TEXT = (None, 5, True, ["a"], {"a": 1})
NO_NAME = (*NO_TEXT, "", "a\0b", "a" * 201)
NO_NUMBER = (None, "7", "abc", "", True, 1.5, -1, 2**31, 10**30, [7], {"id": 7})


@tagged("post_install", "-at_install")
class TestParameters(AnswerRouteCase):
    def setUp(self):
        super().setUp()
        self.authenticate("social_agent", "social_agent")
        self.tracebacks = []
        handler = logging.Handler(logging.ERROR)
        handler.emit = self.tracebacks.append
        logger = logging.getLogger("odoo.http")
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)
        self.patch(logger, "propagate", False)

    def ask(self, path, params):
        call = {"jsonrpc": "2.0", "params": params}
        return self.url_open(ROUTE + path, json=call).json()

    def check_each(self, path, right, wrong):
        """Each wrong value alone among right ones, and each value missing."""
        here = {
            "thread_model": "social.conversation",
            "thread_id": self.conversation.id,
        }
        right = here | right
        self.assertIn("result", self.ask(path, right), right)
        calls = [right | {n: value} for n, values in wrong.items() for value in values]
        needed = [name for name in right if None in wrong[name]]
        calls += [{k: v for k, v in right.items() if k != name} for name in needed]
        given = len(self.answers())
        for call in calls:
            with self.subTest(path=path, call=call):
                error = self.ask(path, call).get("error", {}).get("data", {})
                self.assertEqual(
                    error.get("name"), "odoo.exceptions.ValidationError", error
                )
                self.assertIn("make sense of", error["message"])
        self.assertFalse(self.tracebacks)
        self.assertEqual(len(self.answers()), given)

    def test_an_answer(self):
        self.check_each(
            "answer",
            {"body": "Hello", "key": "once", "attachment_ids": [], "seen_id": 0}
            | {"anyway": True},
            {
                "thread_model": NO_NAME,
                "thread_id": NO_NUMBER,
                "body": NO_TEXT,
                "key": NO_NAME,
                "attachment_ids": [7, "7", {"id": 7}, ["7"], [[7]], [None], [2**31]],
                "send_at": ["soon", "2026-99-99 99:99:99", 5, [], {}, True],
                "seen_id": [n for n in NO_NUMBER if n is not None],
                "split": ["no", [1], {}, 7],
                "invite": ["no"],
                "anyway": ["no"],
            },
        )

    def test_checks(self):
        self.check_each(
            "answer/checks",
            {"body": "Hello"},
            {
                "thread_model": NO_NAME,
                "thread_id": NO_NUMBER,
                "body": NO_TEXT,
                "split": ["no", [1], {}],
            },
        )

    def test_suggestions(self):
        self.check_each(
            "answer/suggestions",
            {},
            {"thread_model": NO_NAME, "thread_id": NO_NUMBER},
        )

    def test_presence(self):
        here = {
            "thread_model": "social.conversation",
            "thread_id": self.conversation.id,
            "state": "reading",
            "tab": "t",
        }
        self.assertNotIn("error", self.ask("presence", here))
        for name in here:
            values = [v for v in NO_TEXT if name != "tab"]
            calls = [here | {name: value} for value in values]
            if name != "tab":
                calls.append({k: v for k, v in here.items() if k != name})
            for call in calls:
                with self.subTest(call=call):
                    error = self.ask("presence", call).get("error", {})
                    if call.get("thread_id") not in (5, True):
                        self.assertIn("NotFound", error["data"]["name"])
        self.assertNotIn("error", self.ask("presence", here | {"tab": ["t"]}))
        self.assertFalse(self.tracebacks)
