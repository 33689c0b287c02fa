"""What was found before, by all that it depends on.

An entry's name is a hash of what it depends on, and its first line a hash of the rest: what is damaged, or was left by
something else, is not there. Entries are written beside and moved, so that two runs never see half of one, and the
oldest go when there are too many.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any, Final

from stratopause.linting.findings import Finding, Found, RuleFacts

MOST: Final = 2_000
LARGEST: Final = 4_000_000
_SUFFIX: Final = ".lint"


def key(*parts: bytes | str) -> str:
    """A hash of parts, each told from the next."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


class Cache:
    """In a directory, which is made when something is to be remembered; `None` remembers nothing."""

    def __init__(self, directory: str | None) -> None:
        self.directory = directory

    def get(self, name: str) -> Found | None:
        if self.directory is None:
            return None
        try:
            with open(self._path(name), "rb", buffering=0, opener=_without_waiting) as file:
                content = file.read(LARGEST)
            check, _, body = content.partition(b"\n")
            return _decoded(json.loads(body)) if check.decode() == _check(name, body) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def put(self, name: str, findings: Iterable[Finding], rules: dict[str, RuleFacts]) -> None:
        """A place that can't be written costs the next run its shortcut, nothing else."""
        if self.directory is None:
            return
        body = json.dumps({"findings": list(findings), "rules": rules}, separators=(",", ":")).encode()
        if len(body) > LARGEST:
            return
        staged = self._path(f".{name}-{os.urandom(6).hex()}")
        try:
            _make(self.directory)
            with open(staged, "wb") as file:
                file.write(_check(name, body).encode() + b"\n" + body)
            os.replace(staged, self._path(name))
            self._forget_oldest(self.directory)
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(staged)

    def _path(self, name: str) -> str:
        return os.path.join(self.directory or "", name + _SUFFIX)

    def _forget_oldest(self, directory: str) -> None:
        with os.scandir(directory) as entries:
            found = [entry for entry in entries if entry.name.endswith(_SUFFIX)]
        if len(found) <= MOST:
            return
        aged = []
        for entry in found:
            try:
                aged.append((entry.stat().st_mtime, entry.path))
            except OSError:  # another run was faster
                continue
        for _, path in sorted(aged)[: len(aged) - MOST * 3 // 4]:
            try:
                os.unlink(path)
            except OSError:
                continue


def _make(directory: str) -> None:
    """As other tools keep theirs: whose project it is need not tell git to leave it out."""
    if not os.path.isdir(directory):
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, ".gitignore"), "w", encoding="utf-8") as ignored:
            ignored.write("*\n")


def _without_waiting(path: str, flags: int) -> int:
    """A pipe that somebody left there would wait for ever."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _check(name: str, body: bytes) -> str:
    return key("lint", name, body)


def _decoded(entry: Any) -> Found:
    findings = [Finding(*fields) for fields in entry["findings"]]
    for finding in findings:
        if not all(isinstance(finding[at], kind) for at, kind in enumerate(_KINDS)):
            raise TypeError(finding)
    return findings, {name: RuleFacts(*facts) for name, facts in entry["rules"].items()}


_KINDS: Final = (str, int, str, int, str, str, str, str)
