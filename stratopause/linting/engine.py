"""Linting a directory: what hasn't changed isn't looked at again.

- Everything as it was: what was found then.
- Else our rules look at the whole tree, and cfn-lint at each template that it hasn't seen so: its text, and of each
  template that it nests the parameters and the outputs. All at once, each in a process that loads what it needs.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from stratopause.linting.cache import Cache, key
from stratopause.linting.errors import LintError
from stratopause.linting.files import LARGEST, SUFFIXES, Read
from stratopause.linting.findings import CRASHED, Finding, Found, Result, RuleFacts

if TYPE_CHECKING:
    from stratopause.linting.tasks import EachTemplate, WholeTree
    from stratopause.linting.workers import Pool
    from stratopause.tree.decoding import Template
    from stratopause.tree.loading import Forest

_CODE: Final = ("linting", "rules", "tree")
_NAMES_TEMPLATES: Final = frozenset({"TemplateURL", "Location"})
"""Of nested stacks, and of SAM's applications."""
_OURS: Final = frozenset({b"stratopause/linting/plugin", b"stratopause.linting.adapter"})
_TOGETHER: Final = 40
"""Templates whose trees are judged in one task."""
_UNREADABLE: Final = "E0000"
_READABLE: Final = RuleFacts("A template can be read", "")


class Linter:
    """Lints one directory after the other, and holds on to the processes that do it until it is left."""

    def __init__(self, configuration: str | None = None, cache: str | None = None) -> None:
        """`configuration` is a file in the format of `.cfnlintrc`; without `cache`, a directory, nothing is remembered.

        Raises LintError.
        """
        configured = _configured(configuration)
        self._configuration = configuration
        self._remembered = Cache(None if _names_more_rules(configured) else cache)
        # cfn-lint knows which runtimes are over by today's date.
        self._base = key(_code(), configured, _region_of_caller(), _newer_schemas(), time.strftime("%Y-%m-%d"))
        self._pool: Pool | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.close()

    def lint(self, read: Read, regions: Callable[[], tuple[str, ...]] = tuple, scope: str = "") -> Result:
        """`regions` default to the templates' own, and are asked for only where something must be linted.

        `scope` is a hash of all that the regions follow from. Raises LintError.
        """
        contents = (part for file in sorted(read.contents) for part in (file, read.contents[file]))
        whole = key(self._base, scope, *contents)
        found = None if read.unreadable else self._remembered.get(whole)
        if found is None:
            found = self._found(read, regions(), whole)
        return Result(read.files, tuple(sorted(set(found[0]))), found[1])

    def _found(self, read: Read, regions: tuple[str, ...], whole: str) -> Found:
        from stratopause.tree.loading import decoded

        states = _states(read)
        forest = decoded(read.contents)
        seen = {file: _seen_of_others(file, read, forest) for file in read.contents.keys() - forest.excessive}
        names = {file: key(self._base, *regions, file, read.contents[file], seen[file].key) for file in seen}
        remembered = {file: found for file, name in names.items() if (found := self._remembered.get(name))}
        tasks = self._tasks(read, forest, regions, names.keys() - remembered.keys())
        answers = list(self._workers().run(tasks))
        every = [_unread(read, forest), *remembered.values(), *(found for _, found in answers)]
        findings = [finding for one, _ in every for finding in one]
        rules = {id_: facts for _, some in every for id_, facts in some.items()}
        # cfn-lint has read the files once more; who has changed one meanwhile gets no answer that stays.
        if _states(read) == states and _is_as_read(read):
            for file, found in answers:
                if file in names:
                    self._remember(names[file], found)
            if not read.unreadable and not any(one.is_outside for one in seen.values()):
                self._remember(whole, (findings, rules))
        return findings, rules

    def _tasks(
        self, read: Read, forest: Forest, regions: tuple[str, ...], files: Iterable[str]
    ) -> list[WholeTree | EachTemplate]:
        """The longest first."""
        from stratopause.linting.tasks import EachTemplate, Setup, WholeTree

        setup = Setup(regions, self._configuration)
        largest = sorted(files, key=lambda file: (-len(read.contents[file]), file))
        parts = 1 + len(forest.templates) // _TOGETHER
        return [
            *(WholeTree(setup, read.directory, forest, (part, parts)) for part in range(parts)),
            *(EachTemplate(setup, read.directory, file) for file in largest),
        ]

    def _workers(self) -> Pool:
        from stratopause.linting.workers import Pool

        if self._pool is None:
            self._pool = Pool()
        return self._pool

    def _remember(self, name: str, found: Found) -> None:
        """But not what may go well the next time."""
        if CRASHED not in found[1]:
            self._remembered.put(name, *found)


def _unread(read: Read, forest: Forest) -> Found:
    reasons = {file: f"Template can't be read: {forest.undecodable[file]}" for file in forest.excessive}
    reasons |= read.unreadable
    findings = [Finding(file, 1, _UNREADABLE, 1, why, "error") for file, why in reasons.items()]
    return findings, {_UNREADABLE: _READABLE} if findings else {}


def _states(read: Read) -> dict[str, tuple[int, ...] | None]:
    """By which a file is told from what was there before, and from itself moved away and back."""
    found: dict[str, tuple[int, ...] | None] = {}
    for file in read.contents:
        try:
            status = os.stat(os.path.join(read.directory, file))
        except OSError:
            found[file] = None
        else:
            found[file] = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def _is_as_read(read: Read) -> bool:
    try:
        for file, content in read.contents.items():
            with open(os.path.join(read.directory, file), "rb", buffering=0) as now:
                if now.read() != content:
                    return False
    except OSError:
        return False
    return True


class _Seen(NamedTuple):
    """What cfn-lint looks at of other files than the one that it is given."""

    key: str
    is_outside: bool
    """Whether one of them isn't among those that are linted."""


def _seen_of_others(file: str, read: Read, forest: Forest) -> _Seen:
    """E3043 and E1010 look at the templates that one nests: at their parameters, and at the names of their outputs.

    All of one counts that has a transform, which could make others, or that can't be decoded.
    """
    seen: dict[str, object] = {}
    is_outside = False
    for other in sorted(_named_by(forest.templates.get(file))):
        path = os.path.normpath(os.path.join(os.path.dirname(file), other)).replace(os.sep, "/")
        template = forest.templates.get(path)
        if template is not None and "Transform" not in template:
            outputs = template.get("Outputs")
            seen[path] = [template.get("Parameters"), sorted(outputs) if isinstance(outputs, dict) else outputs]
        elif path in read.contents:
            seen[path] = key(read.contents[path])
        elif (content := _content_if_there(os.path.join(read.directory, path))) is not None:
            is_outside = True
            seen[path] = key(content)
    return _Seen(json.dumps(seen, sort_keys=True, default=str), is_outside)


def _named_by(template: Template | None) -> set[str]:
    """Every text at or below what may name another template, in whatever function it stands."""
    found: set[str] = set()
    todo: list[tuple[object, bool]] = [(template, False)]
    while todo:
        value, names = todo.pop()
        if isinstance(value, dict):
            todo += [(part, names or name in _NAMES_TEMPLATES) for name, part in value.items()]
        elif isinstance(value, list):
            todo += [(part, names) for part in value]
        elif names and isinstance(value, str) and value.endswith(SUFFIXES) and "://" not in value:
            found.add(value)
    return found


def _content_if_there(path: str) -> bytes | None:
    try:
        if os.path.isfile(path):
            with open(path, "rb") as content:
                return content.read(LARGEST)
    except (OSError, ValueError):
        pass
    return None


def _names_more_rules(configuration: bytes) -> bool:
    """Whether it names rules or facts that aren't ours or cfn-lint's: what those say, nobody here knows."""
    if any(word in configuration for word in (b"custom_rules", b"override_spec", b"registry_schemas")):
        return True
    first, *rest = configuration.partition(b"append_rules")[2].splitlines() or [b":"]
    items = itertools.takewhile(lambda line: line.startswith(b"-"), map(bytes.strip, rest))
    return first.strip() != b":" or any(item.removeprefix(b"-").strip() not in _OURS for item in items)


def _configured(configuration: str | None) -> bytes:
    if configuration is None:
        return b""
    if os.path.exists(configuration) and not os.path.isfile(configuration):
        raise LintError(f"{configuration}: it is no file", "it configures cfn-lint; name a file")
    try:
        with open(configuration, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise LintError(f"{configuration}: {error.strerror}", "it configures cfn-lint; restore it") from error


def _region_of_caller() -> str:
    """What cfn-lint takes where nobody names a region; an empty variable is one that isn't set."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


def _newer_schemas() -> bytes:
    """What `cfn-lint --update-specs` has fetched, which cfn-lint prefers to its own."""
    caches = (os.environ.get("XDG_CACHE_HOME") or os.path.join("~", ".cache"), os.path.join("~", "Library", "Caches"))
    versions = (os.path.join(os.path.expanduser(one), "aws", "cfn-lint", "schemas", "version.json") for one in caches)
    return b"".join(_content_if_there(version) or b"" for version in versions)


@cache
def _code() -> str:
    """A hash of our rules and of which libraries there are, in which versions."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parts: list[bytes | str] = [sys.version]
    for place in sys.path:
        if place.endswith(("site-packages", "dist-packages")) and os.path.isdir(place):
            parts += sorted(name for name in os.listdir(place) if name.endswith(".dist-info"))
    for directory in _CODE:
        for file in _sources(os.path.join(package, directory)):
            parts.append(os.path.relpath(file, package))
            with open(file, "rb", buffering=0) as source:
                parts.append(source.read())
    return key(*parts)


def _sources(directory: str) -> Sequence[str]:
    found = []
    for parent, directories, names in os.walk(directory):
        directories.sort()
        found += [os.path.join(parent, name) for name in sorted(names) if name.endswith(".py")]
    return found
