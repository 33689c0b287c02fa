"""All checks at once, within some seconds."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from stratopause.deployer.preflight import needs
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.checks import chosen
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import Finding, Unanswered, passed, unanswered
from stratopause.deployer.preflight.scene import Known, Scene
from stratopause.deployer.services import Services
from stratopause.deployer.target import Target

SECONDS: Final = 10.0
AT_ONCE: Final = 12


class Choice(Struct, frozen=True):
    """`only` these checks, if any are named, without those that are `skipped`.

    Where templates that have `changed` are named, what is in the others isn't looked at.
    """

    skipped: Collection[str] = ()
    only: Collection[str] = ()
    changed: Collection[str] | None = None


EVERYTHING: Final = Choice()


def examine(
    services: Services,
    target: Target,
    templates: Mapping[str, bytes],
    facts: Facts,
    choice: Choice = EVERYTHING,
    known: Known | None = None,
) -> tuple[Finding, ...]:
    """What the checks find, in the order of the checks: each finds something, be it that there is nothing to check.


    Nothing is changed, and it takes 10 seconds at most: what AWS hasn't told by then is told as unanswered.

    Raises:
        InvalidTemplates: `templates` aren't one tree.
        UnknownCheck: `choice` names one that there isn't.
    """
    checks = chosen(choice.skipped, choice.only)
    scene = Scene(services, target, needs.read(templates, target, choice.changed), facts, datetime.now(UTC))
    scene.known = known
    return run(checks, scene)


def run(checks: Sequence[Check], scene: Scene, seconds: float = SECONDS) -> tuple[Finding, ...]:
    """Raises nothing. Threads that still wait at the end don't keep the program from ending."""
    waiting: SimpleQueue[tuple[int, Check]] = SimpleQueue()
    done: SimpleQueue[tuple[int, tuple[Finding, ...]]] = SimpleQueue()
    for numbered in enumerate(checks):
        waiting.put(numbered)
    for _ in range(min(AT_ONCE, len(checks))):
        Thread(target=_work, args=(waiting, done, scene), daemon=True).start()
    found = _collected(done, len(checks), seconds)
    late = unanswered(f"no answer within {seconds:g} s", "run it again, or with --check")
    return tuple(
        finding
        for number, check in enumerate(checks)
        for finding in found.get(number, (replace(late, check=check.name),))
    )


def perform(check: Check, scene: Scene) -> tuple[Finding, ...]:
    if check.only_aws and scene.target.is_local:
        return (replace(unanswered("the emulator can't answer it: only AWS knows"), check=check.name),)
    found: list[Finding] = []
    try:
        for finding in check.run(scene):
            found.append(finding)  # noqa: PERF402 - what was found before an error is kept
    except Unanswered as error:
        found.append(unanswered(error.message, error.next_step or ""))
    except Exception as error:  # noqa: BLE001 - an answer nobody foresaw mustn't stop a deployment
        found.append(unanswered(f"the answer can't be understood: {type(error).__name__}: {error}"))
    return tuple(replace(one, check=check.name) for one in found or [passed("nothing here needs it")])


def _work(
    waiting: SimpleQueue[tuple[int, Check]], done: SimpleQueue[tuple[int, tuple[Finding, ...]]], scene: Scene
) -> None:
    while True:
        try:
            number, check = waiting.get_nowait()
        except Empty:
            return
        done.put((number, perform(check, scene)))


def _collected(
    done: SimpleQueue[tuple[int, tuple[Finding, ...]]], expected: int, seconds: float
) -> dict[int, tuple[Finding, ...]]:
    found: dict[int, tuple[Finding, ...]] = {}
    until = time.monotonic() + seconds
    while len(found) < expected:
        try:
            number, findings = done.get(timeout=max(0.0, until - time.monotonic()))
        except Empty:
            break
        found[number] = findings
    return found
