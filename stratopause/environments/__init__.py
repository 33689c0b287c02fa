"""Environments: data in one TOML file each, read by a strict schema.

`available` lists them without importing the schema, which `load` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stratopause.environments.files import DIRECTORY, StrPath, available

if TYPE_CHECKING:
    from stratopause.environments.schema import Environment

__all__ = ["available", "load"]


def load(name: str, directory: StrPath = DIRECTORY, suffix: str | None = None) -> Environment:
    """The environment in `directory/name.toml`, or its copy by `suffix`.

    A copy has names of its own: its prefix, and its domain name below the base's where there is a hosted zone.
    A copy of the owner of the account's trail uses the base's trail.

    Raises UnknownEnvironment, UnreadableEnvironment or InvalidEnvironment.
    """
    from stratopause.environments.loading import read

    return read(name, directory, suffix)
