"""microburst, a fault proxy that others wrote, in front of the emulator: errors in AWS's own envelopes, cut answers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen


class Microburst:
    """Its control API: https://pypi.org/project/microburst/."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def rules(self, *rules: dict[str, Any]) -> None:
        """These, and no others; what has fired is forgotten."""
        self._call("POST", "rules", list(rules))
        self._call("DELETE", "fired")

    def add(self, rule: dict[str, Any]) -> None:
        self._call("PATCH", "rules", [rule])

    def fired(self) -> list[Any]:
        """What has been injected, call by call."""
        return list(self._call("GET", "fired?limit=1000"))

    def is_ready(self) -> bool:
        try:
            self._call("GET", "health")
        except URLError:
            return False
        return True

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(
            f"{self.endpoint}/_microburst/{path}", data, {"Content-Type": "application/json"}, method=method
        )
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def microburst(upstream: str) -> Iterator[Microburst]:
    """Runs while the block does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "microburst", "--upstream", upstream, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen([*command, "--no-resign"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        proxy = Microburst(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + 30
        while not proxy.is_ready():
            assert process.poll() is None, "microburst ended at once"
            assert time.monotonic() < deadline, "microburst doesn't answer"
            time.sleep(0.05)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=10)
