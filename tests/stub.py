"""A small HTTP server that answers as it is told, for what no real server would say."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


class Stub:
    """``with Stub({"/path": answer}) as url``; an answer is JSON, (type, bytes), or a
    function that gives one.
    """

    def __init__(self, answers):
        self.answers = answers

    def __enter__(self):
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                answer = answers.get(urlsplit(self.path).path)
                if callable(answer):
                    answer = answer()
                if answer is None:
                    self.send_error(404)
                    return
                if not isinstance(answer, tuple):
                    answer = ("application/json", json.dumps(answer).encode())
                content_type, body = answer
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
