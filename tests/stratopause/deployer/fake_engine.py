"""How time passes in the fake CloudFormation: operations at work, repeated requests, stale readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tests.stratopause.deployer.fake_knobs import Knobs
from tests.stratopause.deployer.fake_operations import Script
from tests.stratopause.deployer.fake_stacks import FakeStack, World, refused

Asked = Mapping[str, Any]
Answer = dict[str, Any]


@dataclass
class Run:
    """A script, and when its next step is due."""

    script: Script
    due: float


class Engine:
    """One operation at a time on each root stack."""

    def __init__(self, world: World, knobs: Knobs) -> None:
        self.world = world
        self.knobs = knobs
        self.runs: dict[str, Run] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._stale: dict[str, tuple[str, datetime, int]] = {}
        self._stale_left = 0

    def start(self, stack: FakeStack, kind: str, asked: Asked, script: Script) -> None:
        """Begin an operation; `kind` is its OperationType."""
        token = asked.get("ClientRequestToken", "")
        if token:
            self._tokens[stack.id, token] = asked.get("ChangeSetName", kind)
        self._stale_left = self.knobs.stale_reads
        self._stale = {one.id: (one.status, one.since, len(one.events)) for one in self.world.stacks.values()}
        self.world.begin(stack, kind, token)
        self.runs[self.world.root_of(stack).id] = Run(script, self.world.clock.now())
        self.catch_up()

    def catch_up(self) -> None:
        """Have happen what is due."""
        for root_id, run in list(self.runs.items()):
            while self.world.clock.now() >= run.due:
                run.due += self.knobs.delay
                try:
                    next(run.script)
                except StopIteration:
                    del self.runs[root_id]
                    break

    def repeats(self, stack: FakeStack, what: str, asked: Asked) -> bool:
        """The request has been made before, with the same token."""
        token = asked.get("ClientRequestToken", "")
        known = self._tokens.get((stack.id, token))
        if known is not None and known != what:
            raise refused("TokenAlreadyExistsException", f"Token [{token}] belongs to another request")
        return known is not None

    def seen(self, stack: FakeStack) -> FakeStack:
        """The stack as it is read, which may be as it was."""
        if self._stale_left <= 0 or stack.id not in self._stale:
            return stack
        self._stale_left -= 1
        status, since, events = self._stale[stack.id]
        return replace(stack, status=status, since=since, events=stack.events[:events])

    def page(self, every: Sequence[Any], asked: Asked, key: str) -> Answer:
        """A token says how many are left, so that what comes before them may grow."""
        left = int(asked["NextToken"].removeprefix("left-")) if "NextToken" in asked else len(every)
        page, rest = every[len(every) - left :][: self.knobs.page_size], left - self.knobs.page_size
        return {key: list(page)} | ({"NextToken": f"left-{rest}"} if rest > 0 else {})


def given(**told: Any) -> Answer:
    """What there is to tell."""
    return {key: value for key, value in told.items() if value is not None and value != ""}
