from __future__ import annotations

from stratopause.deployer.preflight.findings import State
from tests.stratopause.deployer.preflight.cases import TRAIL, refused
from tests.stratopause.deployer.preflight.looking import look, told

STATUS = ("cloudtrail", "get_trail_status")


def test_a_trail_that_isnt_there_fails() -> None:
    assert told(look("trail", {STATUS: refused("TrailNotFoundException")})) == [
        (State.FAILED, f"there is no trail {TRAIL}")
    ]


def test_a_trail_that_cant_deliver_is_a_warning() -> None:
    (finding,) = look("trail", {STATUS: {"IsLogging": True, "LatestDeliveryError": "NoSuchBucket"}})
    assert (finding.state, finding.message) == (State.WARNING, f"trail {TRAIL} couldn't deliver: NoSuchBucket")
