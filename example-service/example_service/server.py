"""HTTPS with two answers: `/healthz` (the process serves) and `/readyz` (so do database and cache).

The load balancer asks `/healthz`, which asks nobody else: ECS replaces the tasks that fail it, and a failover
of the database must not replace them all.
"""

from __future__ import annotations

import json
import re
import ssl
import sys
import time
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from example_service.certificate import server_context
from example_service.logs import log
from example_service.readiness import Readiness

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
TRACE = re.compile(r"Root=(1-[0-9a-f]{8}-[0-9a-f]{24})")


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server_version = "service"
    sys_version = ""
    timeout = 10
    error_content_type = "application/json"
    error_message_format = '{"error":%(code)d}\n'
    server: Server
    started: float | None = None

    def do_GET(self) -> None:
        """Answer by route; a query is never read, nor a body, after which the connection can't be used again."""
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        match self.route():
            case "/healthz":
                self.answer(HTTPStatus.OK, {"status": "ok"})
            case "/readyz":
                available = self.server.readiness.ask()
                status = HTTPStatus.OK if all(available.values()) else HTTPStatus.SERVICE_UNAVAILABLE
                self.answer(status, {name: "ok" if ok else "unavailable" for name, ok in available.items()})
            case _:
                self.answer(HTTPStatus.NOT_FOUND, {"error": HTTPStatus.NOT_FOUND.phrase})

    def route(self) -> str | None:
        """The route asked for, or none: what a client made up is neither answered nor logged."""
        path = getattr(self, "path", "").partition("?")[0]
        return path if path in ("/healthz", "/readyz") else None

    def answer(self, status: HTTPStatus, body: Mapping[str, str]) -> None:
        """Send `body` as JSON."""
        content = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def parse_request(self) -> bool:
        """Start the clock; everything else is the base's."""
        self.started = time.perf_counter()
        return super().parse_request()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """One line per request, of nothing that could name a patient: no path, query, address or header."""
        trace = TRACE.search(self.headers.get("X-Amzn-Trace-Id", "")) if hasattr(self, "headers") else None
        log(
            "request",
            method="GET" if self.command == "GET" else "other",
            route=self.route() or "unknown",
            status=int(code),
            milliseconds=round((time.perf_counter() - self.started) * 1000, 1) if self.started else None,
            trace=trace[1] if trace else None,
        )

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
        """Say nothing: what the base would log quotes the request."""


class Server(ThreadingHTTPServer):
    """Serves HTTPS; port 0 takes a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], readiness: Readiness) -> None:
        super().__init__(address, Handler)
        self.readiness = readiness
        # Each connection shakes hands in its own thread: a client that never does keeps nobody else waiting.
        self.socket = server_context().wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke is one line, not a traceback."""
        error = sys.exception()
        if not isinstance(error, ssl.SSLError | OSError):
            log("error", error=type(error).__name__)
