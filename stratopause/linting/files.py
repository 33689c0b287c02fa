"""The files that are to be linted, read once."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from typing import Final, NamedTuple

from stratopause.linting.errors import LintError

SUFFIXES: Final = (".json", ".template", ".yaml", ".yml")
LARGEST: Final = 5_000_000
"""A hundred times what most templates have, and five times what CloudFormation takes."""

_OF_A_TEMPLATE: Final = frozenset({"AWSTemplateFormatVersion", "Resources", "Transform"})
_RESOURCES: Final = re.compile(rb"(?:^|[{,])[ \t]*[\"']?Resources[\"']?[ \t]*:", re.MULTILINE)
_OF_OTHERS: Final = frozenset({"node_modules"})


class Read(NamedTuple):
    """The contents of files by their paths in the directory, with slashes, and why others weren't read."""

    directory: str
    contents: dict[str, bytes]
    unreadable: dict[str, str]
    others: tuple[str, ...] = ()
    """Files that lie among the templates and are none: parameters, settings."""

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(sorted([*self.contents, *self.unreadable]))


def read(path: str) -> Read:
    """A directory and what is below it, or a single file and what it nests.

    Raises LintError.
    """
    is_file = not os.path.isdir(path)
    found = Read(os.path.dirname(path) or "." if is_file else path, {}, {})
    others = []
    todo = list(templates_in(path))
    while todo:
        name = todo.pop()
        try:
            content = _content(os.path.join(found.directory, name))
            if not is_file and _is_something_else(content):
                others.append(name)
            else:
                found.contents[name] = content
        except OSError as error:
            found.unreadable[name] = f"Template file can't be read: {error.strerror}"
        except LintError as error:
            found.unreadable[name] = error.message
        if is_file and name in found.contents:
            todo += _nested_by(name, found)
    if not found.files:
        raise LintError(f"{path}: no templates ({', '.join(SUFFIXES)})", "render them, or name another directory")
    return found._replace(others=tuple(sorted(others)))


def _is_something_else(content: bytes) -> bool:
    """Not a template that is broken: it can be read, and has nothing of what makes one."""
    # Which is quickly seen of a template.
    if _RESOURCES.search(content):
        return False
    from stratopause.tree.decoding import MAX_BYTES, NotAnObjectError, UndecodableError, decode

    if len(content) > MAX_BYTES:
        return True
    try:
        decoded = decode(content)
    except NotAnObjectError:
        return bool(content.strip())
    except UndecodableError:
        return False
    return not _OF_A_TEMPLATE & decoded.keys()


def _nested_by(name: str, found: Read) -> list[str]:
    """The files that a template nests, are there, and aren't read yet."""
    from stratopause.tree.decoding import UndecodableError, decode
    from stratopause.tree.loading import is_template
    from stratopause.tree.nesting import children

    try:
        template = decode(found.contents[name])
    except UndecodableError:
        return []
    nested = {*children(name, template, ())} if is_template(template) else set()
    return [
        child
        for child in sorted(nested - found.contents.keys() - found.unreadable.keys())
        if not child.startswith("../") and os.path.isfile(os.path.join(found.directory, child))
    ]


def templates_in(path: str) -> Iterator[str]:
    """The files that may be templates by their suffix, sorted; what is hidden, and linked directories, are left out."""
    if not os.path.isdir(path):
        if not os.path.exists(path):
            raise LintError(f"{path}: no such file or directory", "render the templates, or name another directory")
        yield os.path.basename(path)
        return
    for parent, directories, names in os.walk(path, onerror=_refuse):
        directories[:] = sorted(name for name in directories if name[0] != "." and name not in _OF_OTHERS)
        inside = "" if parent == path else os.path.relpath(parent, path).replace(os.sep, "/") + "/"
        yield from (inside + name for name in sorted(names) if name[0] != "." and name.endswith(SUFFIXES))


def _refuse(error: OSError) -> None:
    raise LintError(f"{error.filename}: {error.strerror}", "let it be read, or name another directory") from error


def _content(path: str) -> bytes:
    # A pipe would wait for ever, so it isn't even opened.
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise LintError("Template is not a file")
    if status.st_size > LARGEST:
        raise LintError(f"Template is larger than {LARGEST:,} bytes; CloudFormation takes 1,000,000")
    with open(path, "rb", buffering=0) as file:
        return file.read()
