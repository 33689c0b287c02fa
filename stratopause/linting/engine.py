"""Linting a directory: what hasn't changed isn't looked at again.

- Everything as it was: what was found then.
- Else our rules look at the whole tree, which takes less time than loading cfn-lint, and cfn-lint at each template
  that it hasn't seen so: its text, and of each template that it nests the parameters and the outputs.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, lru_cache, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from stratopause.linting.cache import Cache, key
from stratopause.linting.errors import LintError
from stratopause.linting.files import LARGEST, Read
from stratopause.linting.findings import Finding, Result, RuleFacts

if TYPE_CHECKING:
    from stratopause.linting.cfnlint_runner import CfnLint
    from stratopause.tree.loading import Forest

_CODE: Final = ("linting", "rules", "tree")
_OURS: Final = frozenset({b"stratopause/linting/plugin", b"stratopause.linting.adapter"})
_UNREADABLE: Final = "E0000"
_READABLE: Final = RuleFacts("A template can be read", "")


class Settings(NamedTuple):
    """How to lint."""

    configuration: str | None = None
    """A file in the format of `.cfnlintrc`."""
    cache: str | None = None
    """A directory; nothing is remembered without."""
    regions: Callable[[], tuple[str, ...]] = tuple
    """For which regions; without, the templates' own. Asked only where something must be linted."""
    scope: str = ""
    """A hash of all that the regions follow from."""


def lint(read: Read, settings: Settings) -> Result:
    """Raises LintError."""
    configuration = _configuration(settings)
    remembered = Cache(None if _names_more_rules(configuration) else settings.cache)
    base = key(_code(), configuration, _region_of_caller())
    whole = key(base, settings.scope, *(part for file in sorted(read.contents) for part in (file, read.contents[file])))
    entry = remembered.get(whole) if not read.unreadable else None
    if entry is None:
        from stratopause.tree.loading import load

        forest = load(read.contents)
        entry = _found(read, forest, settings, remembered, base)
        if not read.unreadable and not any(_outside(file, read, forest) for file in forest.templates):
            remembered.put(whole, *entry)
    findings, rules = entry
    return Result(read.files, tuple(sorted(findings)), rules)


def _found(
    read: Read, forest: Forest, settings: Settings, remembered: Cache, base: str
) -> tuple[list[Finding], dict[str, RuleFacts]]:
    regions = settings.regions()
    base = key(base, *regions)
    by_cfn_lint = partial(_cfn_lint, regions, settings.configuration, _region_of_caller())
    findings = [Finding(file, 1, _UNREADABLE, 1, why, "error") for file, why in read.unreadable.items()]
    rules: dict[str, RuleFacts] = {_UNREADABLE: _READABLE} if findings else {}
    for found, facts in (
        _of_tree(read, forest, by_cfn_lint),
        _of_templates(read, forest, by_cfn_lint, remembered, base),
    ):
        findings += found
        rules |= facts
    return findings, rules


def _region_of_caller() -> str:
    """What cfn-lint takes where nobody names a region."""
    return os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", ""))


@lru_cache(maxsize=4)
def _cfn_lint(regions: tuple[str, ...], configuration: str | None, _region_of_caller: str) -> CfnLint:
    """Loaded when it is first needed, and once for all environments of a region."""
    from stratopause.linting.cfnlint_runner import CfnLint

    return CfnLint(regions, configuration)


def _of_tree(
    read: Read, forest: Forest, by_cfn_lint: Callable[[], CfnLint]
) -> tuple[list[Finding], dict[str, RuleFacts]]:
    from stratopause.rules import problems

    found = list(problems(forest))
    if not found:
        return [], {}
    from stratopause.linting.cfnlint_runner import Places

    ignores = by_cfn_lint().ignores
    places = {file: Places(os.path.join(read.directory, file)) for file in {problem.file for _, problem in found}}
    findings, rules = [], {}
    for rule, problem in found:
        if not ignores(rule.id):
            line, column = places[problem.file].of(problem.path)
            resource = str(problem.path[1]) if problem.path[:1] == ("Resources",) and len(problem.path) > 1 else ""
            findings.append(Finding(problem.file, line, rule.id, column, problem.message, rule.severity, resource))
            rules[rule.id] = RuleFacts(rule.title, rule.source)
    return findings, rules


def _of_templates(
    read: Read, forest: Forest, by_cfn_lint: Callable[[], CfnLint], remembered: Cache, base: str
) -> tuple[list[Finding], dict[str, RuleFacts]]:
    findings: list[Finding] = []
    rules: dict[str, RuleFacts] = {}
    new: dict[str, str] = {}
    for file, content in read.contents.items():
        if file in forest.excessive:
            findings.append(
                Finding(file, 1, _UNREADABLE, 1, f"Template can't be read: {forest.undecodable[file]}", "error")
            )
            rules[_UNREADABLE] = _READABLE
            continue
        name = key(base, file, content, _seen_of_nested(file, read, forest))
        entry = remembered.get(name)
        if entry is None:
            new[file] = name
        else:
            findings += entry[0]
            rules |= entry[1]
    if new:
        from stratopause.linting import workers

        for file, (found, facts) in workers.lint(by_cfn_lint(), read.directory, list(new)):
            remembered.put(new[file], found, facts)
            findings += found
            rules |= facts
    return findings, rules


def _seen_of_nested(file: str, read: Read, forest: Forest) -> str:
    """What cfn-lint looks at of the templates that one nests: their parameters and the names of their outputs.

    E3043 and E1010 do. All of a template that has a transform, which could make others, or that can't be decoded.
    """
    from stratopause.tree.loading import children

    if file not in forest.templates:
        return ""
    seen: dict[str, object] = {child: key(content) for child, content in _outside(file, read, forest).items()}
    for child in children(file, forest.templates[file]):
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
    from stratopause.tree.loading import children

    found = {}
    for child in {*children(file, forest.templates[file])} - read.contents.keys():
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


def _configuration(settings: Settings) -> bytes:
    if settings.configuration is None:
        return b""
    if os.path.exists(settings.configuration) and not os.path.isfile(settings.configuration):
        raise LintError(f"{settings.configuration}: it is no file", "it configures cfn-lint; name a file")
    try:
        with open(settings.configuration, "rb", buffering=0) as file:
            return file.read()
    except OSError as error:
        raise LintError(f"{settings.configuration}: {error.strerror}", "it configures cfn-lint; restore it") from error


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
