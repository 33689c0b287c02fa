"""What can go wrong, as a caller sees it.

StratopauseError
├── wiring.errors.WiringError                 stacks that don't fit together
├── rendering.errors.RenderingError           templates that can't be rendered or written
├── environments.errors.EnvironmentFileError  an environment that can't be used
├── linting.errors.LintError                  nothing to lint, or nothing to lint it by
├── deployer.errors.DeploymentError           a deployment that can't go on
└── emulator.errors.EmulatorError             a local CloudFormation that can't start
"""

from __future__ import annotations

from typing import ClassVar


class StratopauseError(Exception):
    """One situation, told in one line.

    `message` says what is wrong and where, `next_step` what to do about it, and `exit_code`
    is what the command line exits with.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, next_step: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
