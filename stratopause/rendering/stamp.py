"""Whether a render would change anything, told from hashes alone.

A stamp remembers a hash of all that a render depends on (environment file, code, versions of Python and of
the libraries) and of each file it wrote. While both still hold, the files on disk are what a render would
write. Nothing heavy is imported here: this is the whole of a render in which nothing changed.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping

StrPath = str | os.PathLike[str]

LIBRARIES = ("awacs-", "cfn_flip-", "msgspec-", "troposphere-")


def inputs(sources: Iterable[StrPath], *settings: str) -> str:
    """A hash of the files below `sources` that code or data can be, of `settings` and of the libraries.

    A library's version is read off the name of its dist-info directory, which costs a listing.
    """
    digest = hashlib.sha256("\0".join([sys.version, *_versions(), *settings]).encode())
    for source in sources:
        for path in _files(source):
            digest.update(f"\0{path}\0".encode())
            digest.update(_content(path))
    return digest.hexdigest()


def holds(stamp: StrPath, of_inputs: str, directory: StrPath) -> bool:
    """Whether `directory` still holds exactly what was rendered from the same inputs."""
    return held(stamp, of_inputs, directory) is not None


def held(stamp: StrPath, of_inputs: str, directory: StrPath) -> dict[str, bytes] | None:
    """The templates in `directory` by file name, if they are exactly what was rendered from the same inputs."""
    try:
        files = _templates(directory)
        return files if _content(stamp) == _text(of_inputs, _hashes(files)) else None
    except OSError:
        return None


def remember(stamp: StrPath, of_inputs: str, templates: Mapping[str, bytes]) -> None:
    """Leave a stamp; a place that can't be written costs the next render its shortcut, nothing else."""
    parent, name = os.path.split(stamp)
    staged = os.path.join(parent, f".{name}-{os.getpid()}")
    try:
        os.makedirs(parent, exist_ok=True)
        with open(staged, "wb") as file:
            file.write(_text(of_inputs, _hashes(templates)))
        os.replace(staged, stamp)
    except OSError:
        return


def _text(of_inputs: str, files: Mapping[str, str]) -> bytes:
    """A line per hash, as sha256sum writes them; text that is compared needs no parser."""
    lines = [f"{of_inputs}  inputs", *(f"{files[name]}  {name}" for name in sorted(files))]
    return "\n".join([*lines, ""]).encode()


def _hashes(templates: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(body).hexdigest() for name, body in templates.items()}


def _templates(directory: StrPath) -> dict[str, bytes]:
    with os.scandir(directory) as entries:
        return {entry.name: _content(entry.path) for entry in entries if entry.name.endswith((".json", ".yaml"))}


def _versions() -> Iterator[str]:
    for place in sys.path:
        if place.endswith("site-packages") and os.path.isdir(place):
            yield from sorted(name for name in os.listdir(place) if name.lower().startswith(LIBRARIES))


def _files(source: StrPath) -> Iterator[str]:
    if os.path.isfile(source):
        yield os.fspath(source)
        return
    for directory, children, names in os.walk(source):
        children[:] = sorted(child for child in children if child != "__pycache__")
        yield from (os.path.join(directory, name) for name in sorted(names) if name.endswith((".py", ".json")))


def _content(path: StrPath) -> bytes:
    # A buffer would only be copied: the whole file is read at once.
    with open(path, "rb", buffering=0) as file:
        return file.read()
