from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from example_service.readiness import Readiness
from example_service.server import Server
from test_settings import GIVEN

SERVICE = Path(__file__).parents[1]
TRACE = "1-67891233-abcdef012345678912345678"


def trusting() -> ssl.SSLContext:
    """As a load balancer: encrypted, whatever the certificate."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def refuse() -> None:
    raise ConnectionRefusedError


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def started(**checks: Callable[[], None]) -> Server:
        server = Server(("127.0.0.1", 0), Readiness(checks))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return server

    yield started
    for server in servers:
        server.shutdown()
        server.server_close()


def get(server: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
    connection = HTTPSConnection("127.0.0.1", server.server_port, context=trusting(), timeout=5)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body)


def test_healthz_answers_over_tls(start: Callable[..., Server]) -> None:
    assert get(start(), "/healthz") == (200, {"status": "ok"})


def test_healthz_answers_while_the_database_is_away(start: Callable[..., Server]) -> None:
    assert get(start(database=refuse), "/healthz") == (200, {"status": "ok"})


def test_readyz_is_503_while_the_database_is_away(start: Callable[..., Server]) -> None:
    server = start(database=refuse, cache=lambda: None)

    assert get(server, "/readyz") == (503, {"database": "unavailable", "cache": "ok"})


def test_readyz_is_200_when_all_is_there(start: Callable[..., Server]) -> None:
    assert get(start(database=lambda: None), "/readyz") == (200, {"database": "ok"})


def test_the_access_log_names_no_patient(start: Callable[..., Server], capsys: pytest.CaptureFixture[str]) -> None:
    server = start()

    assert get(server, "/patients/Jane-Doe", Cookie="Jane")[0] == 404
    assert get(server, "/healthz?patient=Jane", X_Amzn_Trace_Id=f"Root={TRACE};Jane=1")[0] == 200
    assert get(server, "/healthz", method="JANE")[0] == 501

    written = capsys.readouterr()
    lines = [json.loads(line) for line in written.out.splitlines()]
    assert [(line["method"], line["route"], line["status"], line["trace"]) for line in lines] == [
        ("GET", "unknown", 404, None),
        ("GET", "/healthz", 200, TRACE),
        ("other", "/healthz", 501, None),
    ]
    assert "Jane" not in written.out
    assert written.err == ""


def test_a_body_is_not_taken_for_the_next_request(start: Callable[..., Server]) -> None:
    hidden = b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(hidden)

    assert exchange(start(), request + hidden).count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("request_line", [b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"GET /" + b"a" * 70000 + b"\r\n\r\n"])
def test_nonsense_is_one_line_and_no_traceback(
    start: Callable[..., Server], capsys: pytest.CaptureFixture[str], request_line: bytes
) -> None:
    server = start()

    assert b'{"error":4' in exchange(server, request_line)
    assert get(server, "/healthz")[0] == 200
    assert capsys.readouterr().err == ""


def test_a_client_that_never_shakes_hands_keeps_nobody_waiting(start: Callable[..., Server]) -> None:
    server = start()

    with socket.create_connection(("127.0.0.1", server.server_port)):
        assert get(server, "/healthz")[0] == 200


def test_an_old_tls_is_refused(start: Callable[..., Server], capsys: pytest.CaptureFixture[str]) -> None:
    server = start()
    old = trusting()
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1

    with (
        socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        old.wrap_socket(plain)
    assert capsys.readouterr().err == ""


def exchange(server: Server, request: bytes) -> bytes:
    """Send bytes and read until the server hangs up."""
    with (
        socket.create_connection(("127.0.0.1", server.server_port), timeout=5) as plain,
        trusting().wrap_socket(plain) as connection,
    ):
        connection.sendall(request)
        answer = b""
        while part := connection.recv(4096):
            answer += part
        return answer


def run(module: str, **environ: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, *module.split()]
    return subprocess.Popen(
        arguments, cwd=SERVICE, env=os.environ | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_process_serves_until_it_is_told_to_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = run("-m example_service", **GIVEN | {"PORT": str(port)})
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "serving"
        connection = HTTPSConnection("127.0.0.1", port, context=trusting(), timeout=5)
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
        connection.close()
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=10)

    assert json.loads(out.splitlines()[-1])["event"] == "stopped"
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize("module", ["-m example_service", "migrate.py"])
def test_wrong_settings_are_one_line(module: str) -> None:
    process = run(module, **GIVEN | {"DATABASE_PORT": "many"})
    out, err = process.communicate(timeout=20)

    assert json.loads(out)["error"] == "the environment variable DATABASE_PORT must be a port, 1 to 65535"
    assert (process.returncode, err) == (2, "")
