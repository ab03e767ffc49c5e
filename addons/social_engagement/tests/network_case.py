"""What the tests of the networks stand on: a place to answer in a network's stead."""

import io
import json
from datetime import datetime, timezone
from pathlib import Path

import requests
import urllib3
from requests.adapters import HTTPAdapter

from odoo.tests import BaseCase, freeze_time

DATA = Path(__file__).parent / "data"
# When these tests run, on whatever day: the payloads in DATA were written shortly
# before, and networks are read a few days back only. The clock goes on from there.
NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)


def recorded(name):
    """What a real server delivered (see tests/live/record.py)."""
    content = (DATA / name).read_bytes()
    return json.loads(content) if name.endswith(".json") else content


def answer(body=b"", status=200, headers=None):
    """A server's answer, as :meth:`NetworkCase.answers` takes it.

    :param body: bytes as they go over the wire, or what is sent as JSON
    """
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return status, {"Content-Type": kind} | (headers or {}), body


class NetworkCase(BaseCase):
    """``self.answers``: what the network says to one call after the other; an exception
    is raised instead. ``self.calls``: the requests it got. The clock starts at
    :data:`NOW`.
    """

    answers: list = []
    calls: list = []

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time(NOW, tick=True))

    def setUp(self):
        super().setUp()
        type(self).answers = []
        type(self).calls = []

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        cls.calls.append(request)
        given = cls.answers.pop(0)
        if isinstance(given, Exception):
            raise given
        status, headers, body = given
        raw = urllib3.HTTPResponse(
            io.BytesIO(body), headers, status, preload_content=False
        )
        return HTTPAdapter().build_response(request, raw)

    def sent(self, number=-1):
        """The JSON that went out with a call."""
        return json.loads(self.calls[number].body)


# What a connection can do to a call, as requests says it: with the whole address.
_ADDRESS = "https://social.example/?token=s3cret-of-the-company"
RESET = requests.ConnectionError(ConnectionResetError(104, f"reset: {_ADDRESS}"))
CUT = requests.exceptions.ChunkedEncodingError(f"IncompleteRead: {_ADDRESS}")
TIMEOUT = requests.ReadTimeout(f"Read timed out: {_ADDRESS}")
UNREACHABLE = requests.ConnectTimeout(f"Connection timed out: {_ADDRESS}")
