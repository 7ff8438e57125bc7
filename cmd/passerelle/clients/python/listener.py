"""Our own little server: where end users come back to, and where webhooks arrive."""

import base64
import gzip
import hashlib
import hmac
import json
import queue
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Listener:
    """callbacks holds queries of end users who came back; events holds verified webhooks, bad those that were not."""

    def __init__(self):
        self.callbacks = queue.Queue()
        self.events = queue.Queue()
        self.bad = []
        self.secret = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                parts = urllib.parse.urlsplit(self.path)
                if parts.path == "/callback":
                    outer.callbacks.put(dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True)))
                self.answer(200 if parts.path == "/callback" else 404, b"<!doctype html><title>Back at the shop</title><p>Thank you.")

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                payload = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
                if not outer.verified(self.path, self.headers, payload):
                    outer.bad.append(self.path)
                    self.answer(401, b"")
                    return
                self.answer(200, b"")
                outer.events.put((self.path.removeprefix("/hooks/"), json.loads(payload)))

            def answer(self, status, body):
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def verified(self, path, headers, payload):
        """BI-Signature is the base64 of an HMAC-SHA256 over METHOD.endpoint.date.payload."""
        date, signature = headers.get("BI-Signature-Date"), headers.get("BI-Signature")
        if not (date and signature and self.secret):
            return False
        message = f"POST.{path}.{date}.".encode() + payload
        want = base64.b64encode(hmac.new(self.secret.encode(), message, hashlib.sha256).digest()).decode()
        return hmac.compare_digest(want, signature)

    def callback(self, seconds=120):
        return self.callbacks.get(timeout=seconds)

    def event(self, name, accept=lambda payload: True, seconds=60):
        """Waits for an event; others that come before it are passed over."""
        while True:
            got, payload = self.events.get(timeout=seconds)
            if got == name and accept(payload):
                return payload
