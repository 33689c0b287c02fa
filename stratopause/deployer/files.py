"""Files that nobody else is to read, each written whole or not at all; and those that come from anywhere."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

from stratopause.deployer.errors import CannotWrite


def write(file: Path, body: bytes, next_step: str) -> None:
    """Write `body`, readable by its owner alone; its directories are made.

    Raises:
        CannotWrite
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, staged = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(body)
            Path(staged).replace(file)
        finally:
            Path(staged).unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise CannotWrite(f"can't write {file}: {reason(error)}", next_step) from None


def require_writable(file: Path, next_step: str) -> None:
    """Before the work is done that would be lost.

    Raises:
        CannotWrite
    """
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except (OSError, ValueError) as error:
        raise CannotWrite(f"can't write {file}: {reason(error)}", next_step) from None


def remove(file: Path, next_step: str) -> None:
    """Remove a file, if there is one.

    Raises:
        CannotWrite
    """
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"can't remove {file}: {reason(error)}", next_step) from None


def read(file: Path, largest: int) -> bytes:
    """The file's bytes, but no more than one beyond `largest`.

    Raises:
        OSError, ValueError: it can't be read, or is no file: a pipe or a device would wait, or never end.
    """
    if not stat.S_ISREG(file.stat().st_mode):
        raise ValueError("it's no file")
    with file.open("rb") as stream:
        return stream.read(largest + 1)


def reason(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)
