"""What is kept of the tokens that networks give."""

import time

from odoo.tests import BaseCase

from ..networks.base import NetworkError, Reason
from ..networks.oauth import LONGEST, tokens


class TestTokens(BaseCase):
    def test_when_they_end(self):
        for told, seconds in (
            (3600, 3600),
            ("3600", 3600),
            (3600.7, 3600),
            ("3600.0", 3600),
            (" 3600 ", 3600),
            (10**30, LONGEST),
            ("9" * 30, LONGEST),
        ):
            ends = tokens({"access_token": "a", "expires_in": told})["expires_at"]
            self.assertIsInstance(ends, int)
            self.assertAlmostEqual(ends, time.time() + seconds, delta=5, msg=told)

    def test_when_nobody_tells_that(self):
        for told in (None, 0, "0", -1, "-1", True, "soon", "", "nan", "inf", [], {}):
            kept = tokens({"access_token": "a", "expires_in": told})
            self.assertNotIn("expires_at", kept, told)

    def test_no_token(self):
        for answer in ({}, {"access_token": ""}, {"access_token": 7}):
            with self.assertRaises(NetworkError) as caught:
                tokens(answer)
            self.assertEqual(caught.exception.reason, Reason.AUTHORISATION)
