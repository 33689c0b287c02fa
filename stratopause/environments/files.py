"""The files of environments: which there are, and what is in one, before anything is known about its keys.

Paths are text here and wherever a render passes: `pathlib` alone takes half as long to load as Python to start.
"""

from __future__ import annotations

import os
import stat
from typing import Any

from stratopause.environments.errors import UnknownEnvironment, UnreadableEnvironment

DIRECTORY = "environments"
StrPath = str | os.PathLike[str]
_LARGEST = 256 * 1024


def is_name(text: str) -> bool:
    """Whether it's lower-case letters, digits and single hyphens between them."""
    return all(part.isascii() and part.isalnum() and part == part.lower() for part in text.split("-"))


def available(directory: StrPath = DIRECTORY) -> tuple[str, ...]:
    """The names of the environments in a directory, sorted; raises UnreadableEnvironment."""
    try:
        names = [entry.name[: -len(".toml")] for entry in os.scandir(directory) if entry.name.endswith(".toml")]
    except (OSError, ValueError) as error:
        reason = _reason(error)
        raise UnreadableEnvironment(
            f"{directory}: no directory of environments ({reason})", "run it where environments/ is, or name it"
        ) from error
    return tuple(sorted(name for name in names if is_name(name)))


def contents(name: str, directory: StrPath) -> dict[str, Any]:
    """What TOML says, as dictionaries; raises UnknownEnvironment or UnreadableEnvironment."""
    import tomllib

    file = path(name, directory)
    try:
        return tomllib.loads(_read(file).decode())
    except UnicodeDecodeError as error:
        problem = f"{file}: not UTF-8 at byte {error.start}"
    except tomllib.TOMLDecodeError as error:
        problem = f"{file}: not TOML: {error}"
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits and values nested by the thousand are TOML that Python won't read.
        problem = f"{file}: not readable as TOML ({type(error).__name__})"
    raise UnreadableEnvironment(problem, "write it as in the other environments; see environment.schema.json")


def path(name: str, directory: StrPath) -> str:
    """The file of an environment; raises UnknownEnvironment, with the nearest name, or UnreadableEnvironment."""
    names = available(directory)
    if name in names:
        return os.path.join(directory, f"{name}.toml")
    from difflib import get_close_matches

    near = get_close_matches(name.lower(), names, 1)
    guess = f'did you mean "{near[0]}"? ' if near else ""
    there = ", ".join(names) or "none"
    raise UnknownEnvironment(f"no environment {name[:64]!r} in {directory}", f"{guess}there are: {there}")


def _read(file: str) -> bytes:
    try:
        # A pipe or a device would wait, or never end.
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise UnreadableEnvironment(f"{file}: not a file", "put a TOML file there")
        with open(file, "rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise UnreadableEnvironment(f"{file}: can't be read ({_reason(error)})", "make it a readable file") from error
    if len(content) > _LARGEST:
        raise UnreadableEnvironment(f"{file}: larger than {_LARGEST // 1024} KiB", "an environment is a page of values")
    return content


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
