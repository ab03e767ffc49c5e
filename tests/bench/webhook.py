"""How fast webhook calls are answered, and whether each is there once afterwards.

CALLERS threads of another process make REQUESTS calls, signed as Meta's and X's are
(HMAC of the body), every tenth of them twice, to Odoo's own HTTP stack in this process.
Afterwards everything is processed. Prints one JSON line.

usage: script/test bench webhook
environment: DB, the database with both add-ons; REQUESTS and CALLERS, how many
"""

import hashlib
import hmac
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

REQUESTS = int(os.environ.get("REQUESTS", 2000))
CALLERS = int(os.environ.get("CALLERS", 8))
SECRET = "of the bench"


def body(number):
    return json.dumps(
        {
            "id": f"post-{number}",
            "thread": f"post-{number}",
            "text": f"@brand where is my parcel? Order {number}",
            "url": f"https://bench.example/{number}",
            "created_at": "2026-01-01T12:00:00+00:00",
            "author": {
                "url": f"https://bench.example/ann{number % 500}",
                "handle": f"@ann{number % 500}",
                "name": "Ann",
            },
        }
    ).encode()


def signature(content):
    return hmac.new(SECRET.encode(), content, hashlib.sha256).hexdigest()


# ----------------------------------------------------------------------
# The network: calls
# ----------------------------------------------------------------------


def call_all(url):
    import requests

    local = threading.local()

    def call(number):
        if not hasattr(local, "session"):
            local.session = requests.Session()
        content = body(number)
        headers = {"Content-Type": "application/json", "X-Sign": signature(content)}
        begun = time.perf_counter()
        answer = local.session.post(url, content, headers=headers, timeout=60)
        seconds = time.perf_counter() - begun
        assert answer.status_code == 200, answer.text
        return seconds

    numbers = [n for n in range(REQUESTS) for _time in range(1 + (n % 10 == 0))]
    call(0)  # warm caches, as a running server has them
    with ThreadPoolExecutor(CALLERS) as pool:
        print(json.dumps(list(pool.map(call, numbers))))


# ----------------------------------------------------------------------
# Odoo: answers
# ----------------------------------------------------------------------


def register_network():
    from odoo.addons.social_engagement import networks
    from odoo.addons.social_engagement.networks.base import (
        Adapter,
        Event,
        Item,
        NetworkError,
        Reason,
    )

    @networks.register
    class Bench(Adapter):
        name = label = "bench"
        base_url = "https://bench.example"
        webhook = True
        normalise = networks.get("sandbox").normalise

        def check_signature(self, call):
            given = call.headers.get("x-sign", "")
            if not hmac.compare_digest(given, signature(call.body)):
                raise NetworkError(Reason.REFUSED, "the signature is wrong")

        @classmethod
        def events(cls, body):
            payload = json.loads(body)
            return [Event("item", item=Item(payload["id"], payload))]


def prepare(registry):
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        channel = env["social.channel"].create(
            {"name": "Bench", "network": "bench", "state": "connected"}
        )
        return channel.id, channel.webhook_token


def measure(registry, channel_id):
    from odoo import SUPERUSER_ID, api

    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        of_channel = [("channel_id", "=", channel_id)]
        calls = [*of_channel, ("kind", "=", "call")]
        stored = env["social.intake"].search_count(calls)
        begun = time.perf_counter()
        env["social.intake"]._process_queue()
        seconds = time.perf_counter() - begun
        messages = env["social.message"].search_count(of_channel)
        return stored, messages, seconds


def main():
    from werkzeug.serving import make_server

    from odoo.http import root
    from odoo.modules.registry import Registry
    from odoo.tools import config

    name = os.environ["DB"]
    config.parse_config(["--log-level=error", "--addons-path=addons", "-d", name])
    config["dbfilter"] = f"^{name}$"
    registry = Registry(name)
    register_network()
    channel_id, token = prepare(registry)
    server = make_server("127.0.0.1", 0, root, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/social_engagement/webhook/{token}"
    done = subprocess.run(
        [sys.executable, __file__, url], stdout=subprocess.PIPE, check=True
    )
    times = json.loads(done.stdout)
    server.shutdown()
    stored, messages, seconds = measure(registry, channel_id)
    if (stored, messages) != (REQUESTS, REQUESTS):
        raise SystemExit(f"{stored} calls stored and {messages} posts of {REQUESTS}")
    cuts = statistics.quantiles(times, n=20)
    print(
        json.dumps(
            {
                "bench": "webhook",
                "requests": len(times),
                "callers": CALLERS,
                "p50_ms": round(1000 * statistics.median(times), 1),
                "p95_ms": round(1000 * cuts[-1], 1),
                "stored": stored,
                "lost": REQUESTS - messages,
                "ms_to_process": round(1000 * seconds / REQUESTS, 2),
            }
        )
    )


if __name__ == "__main__":
    call_all(sys.argv[1]) if sys.argv[1:] else main()
