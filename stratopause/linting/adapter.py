"""Our rules as rules of cfn-lint, so that its command, editors and pre-commit see them like any other.

    cfn-lint --append-rules stratopause.linting.adapter --template template.yaml

(in a clone that isn't installed: `--append-rules stratopause/linting/plugin`).
cfn-lint gives a rule one template. The tree that it belongs to is looked for from there: the templates beside it and up
to three directories above that nest it, and all that those nest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from cfnlint.rules import CloudFormationLintRule, RuleMatch

from stratopause.linting.files import LARGEST, SUFFIXES
from stratopause.rules import Rule, catalogue, problems
from stratopause.tree.decoding import Template, UndecodableError, decode
from stratopause.tree.loading import is_template, load
from stratopause.tree.model import Path
from stratopause.tree.nesting import children

_ABOVE: Final = 3
_MOST: Final = 300
"""Templates of a directory that are looked at, for whether they nest this one."""


def _match(self: CloudFormationLintRule, cfn: Any) -> list[RuleMatch]:
    return [RuleMatch(list(path), message) for path, message in _found(cfn).get(self.id, [])]


def _adapted(rule: Rule, page: str) -> type[CloudFormationLintRule]:
    attributes = {
        "__doc__": page,
        "__module__": __name__,
        "id": rule.id,
        "shortdesc": rule.title,
        "description": page.split("\n\n", maxsplit=1)[0].replace("\n", " "),
        "source_url": rule.source,
        "tags": list(rule.tags),
        "match": _match,
    }
    return type(f"Rule{rule.id}", (CloudFormationLintRule,), attributes)


RULES: Final = {f"Rule{id_}": _adapted(module.RULE, module.__doc__ or "") for id_, module in catalogue().items()}
# cfn-lint takes every class of a module that is a rule.
globals().update(RULES)


@lru_cache(maxsize=1)
def _found(cfn: Any) -> dict[str, list[tuple[Path, str]]]:
    """What our rules find in a template, by rule; each rule asks for it."""
    if not cfn.filename:
        return {}
    path = os.path.abspath(cfn.filename)
    files = tuple(sorted(_tree_of(path)))
    above = os.path.commonpath([os.path.dirname(file) for file in files])
    found: dict[str, list[tuple[Path, str]]] = {}
    name = os.path.relpath(path, above).replace(os.sep, "/")
    for rule, problem in _problems(above, tuple((file, _state(file)) for file in files)):
        if problem.file == name:
            found.setdefault(rule.id, []).append((problem.path, problem.message))
    return found


@lru_cache(maxsize=4)
def _problems(above: str, files: tuple[tuple[str, object], ...]) -> list[tuple[Rule, Any]]:
    """Each template of a tree asks for all that is found in it, and each rule does."""
    contents = {os.path.relpath(file, above).replace(os.sep, "/"): _content(file) for file, _ in files}
    return list(problems(load(contents)))


def _tree_of(path: str) -> set[str]:
    """The files of every tree that a template is part of."""
    nests: dict[str, list[str]] = {}
    directory = os.path.dirname(path)
    for _ in range(1 + _ABOVE):
        for file in _beside(directory):
            nests[file] = _nested_files(file, _state(file))
        directory = os.path.dirname(directory)
    nests.setdefault(path, _nested_files(path, _state(path)))
    above = {path}
    todo = [path]
    while todo:
        wanted = todo.pop()
        new = {file for file, found in nests.items() if wanted in found} - above
        above |= new
        todo += new
    return _closure(above)


def _closure(files: set[str]) -> set[str]:
    found, todo = set(files), list(files)
    while todo:
        file = todo.pop()
        new = {child for child in _nested_files(file, _state(file)) if os.path.isfile(child)} - found
        found |= new
        todo += new
    return found


def _beside(directory: str) -> Iterator[str]:
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(SUFFIXES))
    except OSError:
        return
    yield from (os.path.join(directory, name) for name in names[:_MOST])


def _state(file: str) -> tuple[int, int]:
    try:
        status = os.stat(file)
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=2_000)
def _nested_files(file: str, _state: object) -> list[str]:
    template = _decoded(file)
    directory = os.path.dirname(file)
    return (
        [os.path.normpath(os.path.join(directory, child)) for child in children("", template, ())] if template else []
    )


def _decoded(file: str) -> Template | None:
    try:
        template = decode(_content(file))
    except UndecodableError:
        return None
    return template if is_template(template) else None


def _content(file: str) -> bytes:
    try:
        if not os.path.isfile(file) or os.path.getsize(file) > LARGEST:
            return b""
        with open(file, "rb", buffering=0) as opened:
            return opened.read()
    except OSError:
        return b""
