from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.errors import DeploymentError, NoCredentials, NotFound, Refused, Throttled, Unreachable
from stratopause.deployer.preflight.asking import Asking, Call, answered
from stratopause.deployer.preflight.findings import Unanswered
from tests.stratopause.deployer.preflight.scripted import ScriptedApi

CALL = Call("rds", "describe_things", "rds:DescribeThings")
KEY = ("rds", "describe_things")


def asking(answer: Any) -> Asking:
    return Asking(ScriptedApi({KEY: answer}))


@pytest.mark.parametrize(
    ("error", "message", "is_denied"),
    [
        (Refused("no", "UnauthorizedOperation"), "needs rds:DescribeThings", True),
        (Refused("no", "403"), "needs rds:DescribeThings", True),
        (Refused("no", "InvalidAction"), "this endpoint can't answer rds:DescribeThings", False),
        (Refused("odd: what is this", "Odd"), "odd: what is this", False),
        (Throttled("slow", "Throttling"), "AWS throttles rds:DescribeThings", False),
        (Unreachable("no such host"), "this endpoint can't answer rds:DescribeThings: no such host", False),
        (NoCredentials("who?", "log in"), "who?", False),
        (Unanswered("already told", is_denied=True), "already told", True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, DeploymentError) else None,
)
def test_why_there_is_no_answer_is_told(error: DeploymentError, message: str, is_denied: bool) -> None:
    with pytest.raises(Unanswered) as no:
        asking(error).ask(CALL)
    assert (no.value.message, no.value.is_denied) == (message, is_denied)


@pytest.mark.parametrize(
    "error", [NotFound("none", "404"), Refused("none", "NoSuchEntity")], ids=lambda error: error.code
)
def test_what_isnt_there_is_none(error: Refused) -> None:
    assert asking(error).find(CALL) is None


def test_what_is_there_is_told_and_a_refusal_is_no_absence() -> None:
    assert asking({"Thing": 1}).find(CALL, Name="a") == {"Thing": 1}
    with pytest.raises(Unanswered, match="needs rds:DescribeThings"):
        asking(Refused("no", "AccessDenied")).find(CALL)


@pytest.mark.parametrize(
    ("theirs", "ours", "more"),
    [
        ("NextToken", "NextToken", {}),
        ("nextToken", "nextToken", {}),
        ("Marker", "Marker", {"IsTruncated": True}),
        ("NextMarker", "Marker", {"Truncated": True}),
    ],
)
def test_every_page_is_read_however_a_service_names_the_next(theirs: str, ours: str, more: dict[str, Any]) -> None:
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        return {"Things": [{"n": 2}]} if asked.get(ours) == "two" else {"Things": [{"n": 1}], theirs: "two", **more}

    api = ScriptedApi({KEY: answer})
    assert [one["n"] for one in Asking(api).every(CALL, "Things", Name="a")] == [1, 2]
    assert api.asked[1][2] == {"Name": "a", ours: "two"}


@pytest.mark.parametrize("end", ["IsTruncated", "Truncated"])
def test_a_marker_without_more_is_no_page(end: str) -> None:
    assert len(list(asking({"Things": [{}], "Marker": "x", end: False}).every(CALL, "Things"))) == 1


def test_what_succeeds_is_left_alone() -> None:
    with answered(CALL):
        pass
