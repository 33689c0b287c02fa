"""Templates on disk: written whole or not at all, and compared with what is there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from stratopause.rendering.errors import CannotWrite

StrPath = str | os.PathLike[str]

SUFFIXES = (".json", ".yaml")


def write(templates: Mapping[str, bytes], directory: StrPath) -> None:
    """Make `directory` hold exactly these templates.

    What changes is written beside it first and then renamed into it, so that a full disk or an interruption
    leaves the old files whole. Templates that are there already, and files that aren't templates, stay untouched.

    Raises:
        CannotWrite: the directory can't be made or written.
    """
    try:
        os.makedirs(directory, exist_ok=True)
        changed = {name: body for name, body in templates.items() if _content(os.path.join(directory, name)) != body}
        with _staged(changed, directory) as staging:
            for name in changed:
                os.replace(os.path.join(staging, name), os.path.join(directory, name))
        for stale in _names(directory) - set(templates):
            os.unlink(os.path.join(directory, stale))
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotWrite(
            f"can't write templates to {directory}: {reason}", "choose a writable one with --out"
        ) from None


def differences(templates: Mapping[str, bytes], directory: StrPath) -> Iterator[str]:
    """The lines of a unified diff from what `directory` holds to `templates`; none if they are the same."""
    for name in sorted(set(templates) | _names(directory)):
        path = os.path.join(directory, name)
        old, new = _content(path), templates.get(name, b"")
        if old != new:
            yield from _diff(path, old, new)


def _diff(path: str, old: bytes, new: bytes) -> Iterator[str]:
    from difflib import unified_diff

    before, after = (body.decode(errors="replace").splitlines() for body in (old, new))
    yield from unified_diff(before, after, f"{path} (on disk)", f"{path} (rendered)", lineterm="")


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise CannotWrite(f"can't read {path}: {error.strerror}") from None


def _names(directory: StrPath) -> set[str]:
    if not os.path.isdir(directory):
        return set()
    return {name for name in os.listdir(directory) if name.endswith(SUFFIXES)}


@contextmanager
def _staged(templates: Mapping[str, bytes], directory: StrPath) -> Iterator[str]:
    """A directory beside the target, on the same file system, with the templates in it."""
    parent, name = os.path.split(os.path.abspath(directory))
    staging = os.path.join(parent, f".{name}-{os.getpid()}")
    os.mkdir(staging)
    try:
        for name, body in templates.items():
            with open(os.path.join(staging, name), "wb") as file:
                file.write(body)
        yield staging
    finally:
        for left in os.listdir(staging):
            os.unlink(os.path.join(staging, left))
        os.rmdir(staging)
