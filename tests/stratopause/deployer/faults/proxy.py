"""A proxy between a client and the emulator: it numbers the calls, and has something happen at one of them."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import urlsplit

HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "content-length", "host", "expect")
ACTION = re.compile(rb"(?:^|&)Action=(\w+)")


@dataclass(frozen=True)
class Call:
    """A request: its number, from 1, and its operation, such as `ExecuteChangeSet` or `PUT /bucket/key`."""

    number: int
    operation: str


@dataclass
class Happening:
    """What happens at the call `at`, before it reaches the emulator, or (`after`) once it took effect there."""

    at: int
    happens: Callable[[Call], None]
    after: bool = False


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that is killed resets its connections."""


@dataclass
class Proxy:
    """Listens on a port of its own while it is entered; `upstream` is a URL."""

    upstream: str
    happening: Happening | None = None
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = Server(("127.0.0.1", 0), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def begin(self, happening: Happening | None = None) -> None:
        """Numbers from 1 again."""
        with self._lock:
            self.calls.clear()
            self.happening = happening

    def number(self, operation: str) -> Call:
        with self._lock:
            call = Call(len(self.calls) + 1, operation)
            self.calls.append(call)
            return call

    def happen(self, call: Call, after: bool) -> None:
        happening = self.happening
        if happening is not None and (happening.at, happening.after) == (call.number, after):
            happening.happens(call)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy, address = self, urlsplit(self.upstream)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            upstream: http.client.HTTPConnection | None = None

            def relay(self) -> None:
                if self.headers.get("Expect", "").lower() == "100-continue":
                    self.handle_expect_100()
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                call = proxy.number(operation(self.command, self.path, dict(self.headers), body))
                try:
                    proxy.happen(call, after=False)
                    status, headers, answer = self.ask(body)
                    proxy.happen(call, after=True)
                    self.send_response_only(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    if self.command != "HEAD":
                        self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:  # the client or the emulator is gone
                    self.close_connection = True

            def ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
                upstream = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
                try:
                    given = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
                    upstream.request(self.command, self.path, body, {**given, "Host": address.netloc})
                    answer = upstream.getresponse()
                    content = answer.read()
                finally:
                    upstream.close()
                # The answer to HEAD tells the length of what it leaves out.
                left_out = HOP_BY_HOP if self.command != "HEAD" else HOP_BY_HOP[:3]
                kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in left_out]
                return answer.status, kept, content

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = relay  # noqa: N815 http.server's names

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def operation(method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """What a request asks for, whatever protocol it is in."""
    target = next((value for name, value in headers.items() if name.lower() == "x-amz-target"), "")
    action = ACTION.search(body)
    if target:
        return target.rpartition(".")[2]
    return action[1].decode() if action else f"{method} {path.partition('?')[0]}"
