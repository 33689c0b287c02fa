"""ministack, checked for its version and corrected."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from stratopause.emulator.errors import EmulatorMissing

VERSION = "1.5.33"


def corrected() -> Any:
    """Ministack's ASGI application with every correction; `EmulatorMissing` if it is another version."""
    check_version()
    import ministack.app

    from stratopause.emulator import buckets, cloudformation, resources

    # ministack runs what it finds in /docker-entrypoint-initaws.d and /etc/localstack: not on somebody's machine.
    ministack.app._collect_scripts = lambda *_directories: []
    resources.register_all()
    cloudformation.correct()
    buckets.correct()
    return ministack.app.app


def check_version() -> None:
    """Refuses a ministack that these corrections weren't made for: they reach into its inside."""
    try:
        found = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        found = "none"
    if found != VERSION:
        message = f"the emulator corrects ministack {VERSION}; installed is {found}"
        raise EmulatorMissing(message, f"pip install ministack=={VERSION}, or run make venv")
