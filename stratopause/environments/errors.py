"""What can be wrong with an environment.

EnvironmentFileError
├── UnknownEnvironment      no file of that name
├── UnreadableEnvironment   a file that can't be read, or isn't TOML
└── InvalidEnvironment      a file with mistakes in it; `mistakes` has one line for each
"""

from __future__ import annotations

from stratopause.errors import StratopauseError


class EnvironmentFileError(StratopauseError):
    """An environment that can't be used as it is."""


class UnknownEnvironment(EnvironmentFileError):
    """A name, or a suffix, that stands for no environment."""


class UnreadableEnvironment(EnvironmentFileError):
    """A file or directory of environments that can't be read, or isn't TOML."""


class InvalidEnvironment(EnvironmentFileError):
    """A file whose values aren't allowed: `mistakes`, sorted, are lines of file, key, value and what is allowed."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes), "correct the file; environment.schema.json describes every key")
        self.mistakes = mistakes
