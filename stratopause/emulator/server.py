"""ministack's application with its corrections, on 127.0.0.1 and a port of the system's choice.

Everything is held in memory. No container is started, even where a Docker daemon runs: a database or a
cache is a record that its service describes, and nothing listens behind its endpoint.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from stratopause.emulator import application, files
from stratopause.emulator.files import Running

HOST = "127.0.0.1"
ACCOUNT = "000000000000"
ENDING = (signal.SIGTERM, signal.SIGINT)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def serve(directory: Path, region: str) -> None:
    """Serves until SIGTERM or SIGINT; writes who runs into `directory` once it can answer."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind((HOST, 0))
    port = listener.getsockname()[1]
    configure(port, region)
    running = Running(f"http://{HOST}:{port}", os.getpid(), secrets.token_hex(16))
    answering = _answering(running.token, application.corrected())
    try:
        asyncio.run(_serve(answering, listener, lambda: files.write(directory, running)))
    finally:
        files.forget(directory, running)


def configure(port: int, region: str) -> None:
    """Sets ministack's switches, read when it is imported: they must be set before."""
    os.environ |= {
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LOG_LEVEL": "WARNING",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    # An entry of None makes `import docker` fail, which ministack takes for a machine without Docker.
    sys.modules["docker"] = None  # type: ignore[assignment]


async def _serve(app: Application, listener: socket.socket, ready: Callable[[], None]) -> None:
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config

    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in ENDING:
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(told.set))
    config = Config()
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.loglevel = "WARNING"
    listener.listen()  # a request that comes before hypercorn is ready waits
    config.bind = [f"fd://{listener.detach()}"]
    ready()
    try:
        await hypercorn_serve(app, config, shutdown_trigger=told.wait)  # type: ignore[arg-type]
    finally:
        for number in ENDING:  # a second one would find the loop closed
            signal.signal(number, signal.SIG_IGN)


def _answering(token: str, app: Application) -> Application:
    """The application, which also tells the token of this start."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/_stratopause/token":
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": token.encode()})

    return answer
