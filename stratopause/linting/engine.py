"""Linting a directory: what hasn't changed isn't looked at again.

- Everything as it was: what was found then.
- Else our rules look at the whole tree, and cfn-lint at each template that it hasn't seen so: its text, and of each
  template that it nests the parameters and the outputs. All at once, each in a process that loads what it needs.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, Self

from stratopause.linting.cache import Cache, key
from stratopause.linting.errors import LintError
from stratopause.linting.files import LARGEST, Read
from stratopause.linting.findings import CRASHED, Finding, Found, Result, RuleFacts

if TYPE_CHECKING:
    from stratopause.linting.tasks import EachTemplate, WholeTree
    from stratopause.linting.workers import Pool
    from stratopause.tree.loading import Forest

_CODE: Final = ("linting", "rules", "tree")
_OURS: Final = frozenset({b"stratopause/linting/plugin", b"stratopause.linting.adapter"})
_UNREADABLE: Final = "E0000"
_READABLE: Final = RuleFacts("A template can be read", "")


class Linter:
    """Lints one directory after the other, and holds on to the processes that do it until it is left."""

    def __init__(self, configuration: str | None = None, cache: str | None = None) -> None:
        """`configuration` is a file in the format of `.cfnlintrc`; without `cache`, a directory, nothing is remembered.

        Raises LintError.
        """
        configured = _content(configuration)
        self._configuration = configuration
        self._remembered = Cache(None if _names_more_rules(configured) else cache)
        # What cfn-lint takes where nobody names a region.
        of_caller = os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", ""))
        self._base = key(_code(), configured, of_caller)
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
            from stratopause.tree.loading import decoded

            forest = decoded(read.contents)
            found = self._found(read, forest, regions())
            if not read.unreadable and not any(_outside(file, read, forest) for file in forest.templates):
                self._remember(whole, found)
        return Result(read.files, tuple(sorted(found[0])), found[1])

    def _found(self, read: Read, forest: Forest, regions: tuple[str, ...]) -> Found:
        found = [_unread(read, forest)]
        new: dict[str, str] = {}
        for file in read.contents.keys() - forest.excessive:
            name = key(self._base, *regions, file, read.contents[file], _seen_of_nested(file, read, forest))
            remembered = self._remembered.get(name)
            if remembered is None:
                new[file] = name
            else:
                found.append(remembered)
        for file, answer in self._workers().run(self._tasks(read, forest, regions, new.keys())):
            if file in new:
                self._remember(new[file], answer)
            found.append(answer)
        return [finding for findings, _ in found for finding in findings], {
            id_: facts for _, rules in found for id_, facts in rules.items()
        }

    def _tasks(
        self, read: Read, forest: Forest, regions: tuple[str, ...], files: Iterable[str]
    ) -> list[WholeTree | EachTemplate]:
        """The longest first."""
        from stratopause.linting.tasks import EachTemplate, Setup, WholeTree

        setup = Setup(regions, self._configuration)
        largest = sorted(files, key=lambda file: (-len(read.contents[file]), file))
        return [
            WholeTree(setup, read.directory, forest),
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


def _seen_of_nested(file: str, read: Read, forest: Forest) -> str:
    """What cfn-lint looks at of the templates that one nests: their parameters and the names of their outputs.

    E3043 and E1010 do. All of a template that has a transform, which could make others, or that can't be decoded.
    """
    from stratopause.tree.nesting import children

    if file not in forest.templates:
        return ""
    seen: dict[str, object] = {child: key(content) for child, content in _outside(file, read, forest).items()}
    for child in children(file, forest.templates[file], ()):
        template = forest.templates.get(child)
        if child in seen:
            continue
        if template is None or "Transform" in template:
            seen[child] = key(read.contents.get(child, b""))
        else:
            outputs = template.get("Outputs")
            seen[child] = [template.get("Parameters"), sorted(outputs) if isinstance(outputs, dict) else outputs]
    return json.dumps(seen, sort_keys=True, default=str)


def _outside(file: str, read: Read, forest: Forest) -> dict[str, bytes]:
    """What a template nests that isn't among those that are linted, and cfn-lint looks at nevertheless."""
    from stratopause.tree.nesting import children

    found = {}
    for child in {*children(file, forest.templates[file], ())} - read.contents.keys():
        path = os.path.join(read.directory, child)
        if os.path.isfile(path):
            with contextlib.suppress(OSError), open(path, "rb") as content:
                found[child] = content.read(LARGEST)
    return found


def _names_more_rules(configuration: bytes) -> bool:
    """Whether it names rules or facts that aren't ours or cfn-lint's: what those say, nobody here knows."""
    if any(word in configuration for word in (b"custom_rules", b"override_spec", b"registry_schemas")):
        return True
    first, *rest = configuration.partition(b"append_rules")[2].splitlines() or [b":"]
    items = itertools.takewhile(lambda line: line.startswith(b"-"), map(bytes.strip, rest))
    return first.strip() != b":" or any(item.removeprefix(b"-").strip() not in _OURS for item in items)


def _content(configuration: str | None) -> bytes:
    if configuration is None:
        return b""
    if os.path.exists(configuration) and not os.path.isfile(configuration):
        raise LintError(f"{configuration}: it is no file", "it configures cfn-lint; name a file")
    try:
        with open(configuration, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise LintError(f"{configuration}: {error.strerror}", "it configures cfn-lint; restore it") from error


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
