"""Containers aren't privileged, don't run as root, and don't write to their root file system.

Who breaks into a process that is root, privileged, or can change its own program, has the host or the next start of it.
Without a `User` the image decides, and most images say root. What must be written goes to a volume.

**How to fix:** `User: "10001:10001"` (any that isn't 0), `ReadonlyRootFilesystem: true` with a volume for `/tmp`, no
`Privileged`, no capabilities added, neither `PidMode: host` nor `IpcMode: host`. Windows knows none of these but the
user, which mustn't be `ContainerAdministrator`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._containers import Container, containers
from stratopause.rules._known import at, is_missing, known
from stratopause.rules._settings import flag
from stratopause.tree.model import Problem, Tree

RULE = Rule(
    "E9604",
    "Containers aren't privileged, don't run as root, and don't write to their root file system",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
    ("service",),
)

_ROOT: Final = {"root", "0", "containeradministrator"}
# https://man7.org/linux/man-pages/man7/capabilities.7.html
_HARMLESS: Final = {"NET_BIND_SERVICE", "CAP_NET_BIND_SERVICE"}


def check(tree: Tree) -> Iterator[Problem]:
    for container in containers(tree):
        yield from _of_a_user(container)
        if not container.is_windows:
            yield from _of_powers(container)
    for task in tree.resources("AWS::ECS::TaskDefinition"):
        for mode in ("PidMode", "IpcMode"):
            if known(task.get(mode)) == "host":
                yield task.problem(f"{task.name} shares with its host what belongs to it; leave {mode} out", mode)


def _of_a_user(container: Container) -> Iterator[Problem]:
    written = container.body.get("User")
    user = known(written)
    if is_missing(written):
        yield container.problem(
            f"{container.name} runs as whom its image says, which is root unless it says otherwise; write User", "User"
        )
    elif user is not None and user.strip().partition(":")[0].lower() in _ROOT:
        yield container.problem(f"{container.name} runs as root, {user}; write another User", "User")


def _of_powers(container: Container) -> Iterator[Problem]:
    if flag(container.body.get("Privileged")) is True:
        yield container.problem(f"{container.name} is privileged; leave Privileged out", "Privileged")
    if flag(container.body.get("ReadonlyRootFilesystem")) is False:
        yield container.problem(
            f"{container.name} may write to its root file system; write ReadonlyRootFilesystem: true",
            "ReadonlyRootFilesystem",
        )
    added = at(container.body, "LinuxParameters", "Capabilities", "Add")
    for index, one in enumerate(added if isinstance(added, list) else ()):
        capability = known(one)
        if capability and capability.upper() not in _HARMLESS:
            yield container.problem(
                f"{container.name} is given a privilege, {capability}; leave it out",
                *("LinuxParameters", "Capabilities", "Add", index),
            )
