"""The client is killed at a call, before it reaches CloudFormation or after it took effect, and run again."""

from __future__ import annotations

import pytest

from tests.stratopause.deployer.faults.place import DONE, Injected, Place, moments

pytestmark = pytest.mark.emulator


def test_an_update_that_is_killed_at_any_call_is_completed_by_the_same_command(
    place: Place, injected: Injected, exhaustive: bool
) -> None:
    version = 1
    assert place.again(version).outcome == "Deployed"
    version += 1
    assert place.again(version).outcome == "Deployed"
    calls = len(place.proxy.calls)
    begun = place.operations("UPDATE_IN_PROGRESS")
    killed = list(moments(calls - 1, 3, exhaustive))
    for at, after in killed:
        version, begun = version + 1, begun + 1
        place.killed(version, at, after)
        told = place.again(version)
        assert told.outcome in DONE, f"{told} after a death {'after' if after else 'before'} call {at}"
        place.holds(version)
        assert place.operations("UPDATE_IN_PROGRESS") == begun, f"call {at}"
    injected(len(killed))


def test_a_creation_that_is_killed_at_any_call_is_completed_by_the_same_command(
    place: Place, injected: Injected, exhaustive: bool
) -> None:
    assert place.again(1).outcome == "Deployed"
    killed = list(moments(len(place.proxy.calls) - 1, 12, exhaustive))
    for at, after in killed:
        place.reset()
        place.killed(1, at, after)
        told = place.again(1)
        assert told.outcome in DONE, f"{told} after a death {'after' if after else 'before'} call {at}"
        place.holds(1)
        assert place.operations("CREATE_IN_PROGRESS") == 1, f"call {at}"
    injected(len(killed))
