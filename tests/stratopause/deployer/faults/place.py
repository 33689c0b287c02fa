"""An account of the emulator, a client that can be killed, and the proxy between the two."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from stratopause.deployer.records.ledger import open_ledger
from tests.stratopause.deployer.faults.client import STACK, Client, Told, session
from tests.stratopause.deployer.faults.proxy import Happening, Proxy

BUSY = "StackBusy"
Injected = Callable[[int], None]
DONE = {"Deployed", "NothingToDo"}


def moments(calls: int, every: int, exhaustive: bool) -> Iterator[tuple[int, bool]]:
    """The calls where something goes wrong, and whether after them: both sides of each, or one of some in turn."""
    for at in range(1, calls + 1, 1 if exhaustive else every):
        yield from ((at, side) for side in ((False, True) if exhaustive else (at // every % 2 == 0,)))


@dataclass
class Place:
    """An account of the emulator's, a client, and the proxy between the two."""

    emulator: str
    proxy: Proxy
    client: Client

    @property
    def api(self) -> Any:
        return session(self.emulator, self.client.directory).means.services.api

    def deploy(self, version: int, happening: Happening | None = None) -> Told | None:
        """One command; the calls are numbered from its beginning."""
        self.proxy.begin(happening)
        return self.client.deploy(self.proxy.endpoint, version)

    def killed(self, version: int, at: int, after: bool) -> None:
        """A command whose process is killed at a call."""
        told = self.deploy(version, Happening(at, lambda _: self.client.kill(), after))
        assert told is None, f"{told} although it was killed at call {at}"

    def again(self, version: int) -> Told:
        """The same command as often as what it says asks for: where the stack is at work it says to wait."""
        told = self.deploy(version)
        while told is not None and told.outcome == BUSY:
            assert "watch" in told.next_step
            assert told.exit_code == 6
            self.settled()
            told = self.deploy(version)
        assert told is not None
        return told

    def settled(self) -> str:
        """The status of the root once it is at rest."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            status = str(self.stack()["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.02)
        raise TimeoutError(status)

    def stack(self) -> Any:
        return self.api.call("cloudformation", "describe_stacks", StackName=STACK)["Stacks"][0]

    def reset(self) -> None:
        from urllib.request import Request, urlopen

        with urlopen(Request(f"{self.emulator}/_ministack/reset", method="POST"), timeout=30):
            pass

    def operations(self, status: str) -> int:
        """How often an operation on the root began."""
        pages = self.api.pages("cloudformation", "describe_stack_events", StackName=STACK)
        return [
            (event["LogicalResourceId"], event["ResourceStatus"]) for page in pages for event in page["StackEvents"]
        ].count((STACK, status))

    def holds(self, version: int) -> None:
        """The stack is as it was asked for, nothing is left over, and what is known of it is right."""
        stack = self.stack()
        assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
        arn = stack["Outputs"][0]["OutputValue"]
        topic = self.api.call("sns", "get_topic_attributes", TopicArn=arn)
        assert topic["Attributes"]["DisplayName"] == f"version {version}"
        assert json.loads((self.client.directory / "outputs" / "local.json").read_text()) == {"topic_arn": arn}
        stacks = [one for page in self.api.pages("cloudformation", "describe_stacks") for one in page["Stacks"]]
        assert sorted(one["StackName"].rsplit("-", 1)[0] for one in stacks if one.get("ParentId")) == [
            f"{STACK}-Alerts",
            f"{STACK}-Archive",
        ]
        assert {one["StackStatus"].endswith("_COMPLETE") for one in stacks} == {True}
        for one in stacks:
            left = self.api.call("cloudformation", "list_change_sets", StackName=one["StackId"])["Summaries"]
            assert [each for each in left if each["ExecutionStatus"] == "AVAILABLE"] == []
        self.has_whole_records()

    def has_whole_records(self) -> None:
        here = session(self.emulator, self.client.directory)
        bucket = next(
            one["Name"] for one in self.api.call("s3", "list_buckets")["Buckets"] if "bootstrap" in one["Name"]
        )
        ledger = open_ledger(here, bucket)
        assert ledger.verify() == ()
        assert ledger.open_run() is None
