from __future__ import annotations

from stratopause.deployer.preflight.findings import State
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from tests.stratopause.deployer.preflight.cases import TRAIL, refused
from tests.stratopause.deployer.preflight.looking import look, told
from tests.stratopause.deployer.preflight.scripted import REGION

STATUS = ("cloudtrail", "get_trail_status")


def test_a_trail_that_isnt_there_fails() -> None:
    assert told(look("trail", {STATUS: refused("TrailNotFoundException")})) == [
        (State.FAILED, f"there is no trail {TRAIL}")
    ]


def test_an_emulator_may_do_without_one() -> None:
    local = Target("clinic-local", "local", LOCAL_ACCOUNT, REGION, endpoint_url="http://127.0.0.1:4566")
    (finding,) = look("trail", {STATUS: refused("TrailNotFoundException")}, to=local)
    assert finding.state is State.WARNING


def test_a_trail_that_cant_deliver_is_a_warning() -> None:
    (finding,) = look("trail", {STATUS: {"IsLogging": True, "LatestDeliveryError": "NoSuchBucket"}})
    assert (finding.state, finding.message) == (State.WARNING, f"trail {TRAIL} couldn't deliver: NoSuchBucket")
