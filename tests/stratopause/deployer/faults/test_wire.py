"""What goes wrong on the wire, as microburst puts it there: a deployment survives it, or says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stratopause.deployer.preflight.checks import CHECKS
from tests.stratopause.deployer.faults.client import Client
from tests.stratopause.deployer.faults.microburst import Microburst, microburst
from tests.stratopause.deployer.faults.place import DONE, Injected, Place
from tests.stratopause.deployer.faults.proxy import Happening, Proxy

pytestmark = pytest.mark.emulator

ONE_IN_TWO = {"sequence": {"fail": 1, "pass": 1}}
THROTTLING = {"service": "cloudformation", "error": {"code": "Throttling", "status": 400, "message": "Rate exceeded"}}
SLOW_DOWN = {"service": "s3", "error": {"code": "SlowDown", "status": 503}}
ANY = {"service": "*"}
EXPIRED = {"service": "*", "error": {"code": "ExpiredToken", "status": 403, "message": "The token is expired"}}


@pytest.fixture(scope="module")
def faults(emulator_endpoint: str) -> Iterator[Microburst]:
    with microburst(emulator_endpoint) as proxy:
        yield proxy


@pytest.fixture
def deployed(faults: Microburst, clean_account: str, tmp_path: Path) -> Iterator[Place]:
    """A place whose first version runs, with microburst between the proxy and the emulator."""
    faults.rules()
    with Proxy(faults.endpoint) as proxy:
        place = Place(clean_account, proxy, Client(tmp_path, [check.name for check in CHECKS]))
        assert place.again(1).outcome == "Deployed"
        yield place
    faults.rules()


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([{**THROTTLING, **ONE_IN_TWO}, {**SLOW_DOWN, **ONE_IN_TWO}], id="throttled"),
        pytest.param([{**ANY, "latency": {"min": 20, "max": 120}}], id="slow"),
        pytest.param([{**ANY, "reset": True, **ONE_IN_TWO}], id="reset"),
        pytest.param([{**ANY, "response": {"abort_frac": 0.3}, **ONE_IN_TWO}], id="cut off"),
    ],
)
def test_a_deployment_survives_what_befalls_every_other_call(
    deployed: Place, faults: Microburst, injected: Injected, rules: list[dict[str, Any]]
) -> None:
    begun = deployed.operations("UPDATE_IN_PROGRESS")
    faults.rules(*rules)
    told = deployed.again(2)
    fired = len(faults.fired())
    faults.rules()
    assert told.outcome == "Deployed", told
    assert fired > 10
    deployed.holds(2)
    assert deployed.operations("UPDATE_IN_PROGRESS") == begun + 1
    injected(fired)


def test_an_answer_without_its_end_is_asked_for_again_or_told_and_nothing_is_done_twice(
    deployed: Place, faults: Microburst, injected: Injected
) -> None:
    begun = deployed.operations("UPDATE_IN_PROGRESS")
    faults.rules({"service": "cloudformation", "response": {"truncate_frac": 0.5}, "sequence": {"fail": 1, "pass": 4}})
    told = deployed.deploy(2)
    fired = len(faults.fired())
    faults.rules()
    assert told is not None
    assert told.outcome in DONE or told.next_step, told
    deployed.settled()
    assert deployed.again(2).outcome in DONE
    deployed.holds(2)
    assert deployed.operations("UPDATE_IN_PROGRESS") == begun + 1
    injected(fired)


def test_a_token_that_expires_at_any_call_is_told_with_what_to_do_and_the_same_command_completes(
    deployed: Place, faults: Microburst, injected: Injected, exhaustive: bool
) -> None:
    version = 2
    assert deployed.again(version).outcome == "Deployed"
    begun = deployed.operations("UPDATE_IN_PROGRESS")
    moments = list(range(1, len(deployed.proxy.calls), 1 if exhaustive else 9))
    for at in moments:
        version, begun = version + 1, begun + 1
        told = deployed.deploy(version, Happening(at, lambda _: faults.rules(EXPIRED)))
        faults.rules()
        assert told is not None
        assert told.outcome in {"NoCredentials", "Refused", "LostSight", *DONE}, f"{told} at call {at}"
        assert told.outcome in DONE or told.next_step, f"{told} at call {at}"
        deployed.settled()
        assert deployed.again(version).outcome in DONE
        deployed.holds(version)
        assert deployed.operations("UPDATE_IN_PROGRESS") == begun, f"call {at}"
    injected(len(moments))
