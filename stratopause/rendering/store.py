"""Templates on disk: written whole or not at all, and compared with what is there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stratopause.rendering.errors import CannotWrite

SUFFIXES = (".json", ".yaml")


def write(templates: Mapping[str, bytes], directory: Path) -> None:
    """Make `directory` hold exactly these templates.

    All are written beside it first and then renamed into it, so that a full disk or an interruption leaves
    the old files whole. Files that aren't templates stay.

    Raises:
        CannotWrite: the directory can't be made or written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _staged(templates, directory) as staging:
            for name in templates:
                (staging / name).replace(directory / name)
        for stale in _names(directory) - set(templates):
            (directory / stale).unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotWrite(
            f"can't write templates to {directory}: {reason}", "choose a writable one with --out"
        ) from None


def differences(templates: Mapping[str, bytes], directory: Path) -> Iterator[str]:
    """The lines of a unified diff from what `directory` holds to `templates`; none if they are the same."""
    for name in sorted(set(templates) | _names(directory)):
        old, new = _content(directory / name), templates.get(name, b"")
        if old != new:
            yield from _diff(f"{directory}/{name}", old, new)


def _diff(path: str, old: bytes, new: bytes) -> Iterator[str]:
    from difflib import unified_diff

    before, after = (body.decode(errors="replace").splitlines() for body in (old, new))
    yield from unified_diff(before, after, f"{path} (on disk)", f"{path} (rendered)", lineterm="")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise CannotWrite(f"can't read {path}: {error.strerror}") from None


def _names(directory: Path) -> set[str]:
    if not directory.is_dir():
        return set()
    return {path.name for path in directory.iterdir() if path.suffix in SUFFIXES}


@contextmanager
def _staged(templates: Mapping[str, bytes], directory: Path) -> Iterator[Path]:
    """A directory beside the target, on the same file system, with the templates in it."""
    staging = directory.with_name(f".{directory.name}-{os.getpid()}")
    staging.mkdir()
    try:
        for name, body in templates.items():
            (staging / name).write_bytes(body)
        yield staging
    finally:
        for left in staging.iterdir():
            left.unlink()
        staging.rmdir()
