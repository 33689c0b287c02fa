from __future__ import annotations

import json

from msgspec.structs import replace

from stratopause.deployer.approval import Approval
from stratopause.deployer.records.entries import ApprovalFound, Began, Ended, Recovered, Restored
from stratopause.deployer.records.runs import GOES_ON, Run, runs
from tests.stratopause.deployer.records.bucket import NOON, draft

CI = "arn:aws:sts::111122223333:assumed-role/ci/build"
ANN = "arn:aws:iam::111122223333:user/ann"
BEGAN = Began(command="apply", who=CI, commit="abc", plan_digest="d" * 64)


def told(*bodies: object) -> list[Run]:
    return list(runs(draft("run-1", body, minutes) for minutes, body in enumerate(bodies)))


def test_a_run_is_one_line_from_its_beginning_to_its_end() -> None:
    assert told(BEGAN, Ended(outcome="Deployed", status="UPDATE_COMPLETE", seconds=61.5)) == [
        Run(1, "run-1", NOON, "apply", CI, "Deployed", "UPDATE_COMPLETE", 61.5, "", "d" * 64, "abc")
    ]


def test_a_run_that_hasnt_ended_says_so() -> None:
    (run,) = told(BEGAN)
    assert (run.outcome, run.seconds) == (GOES_ON, None)


def test_the_newest_run_comes_first() -> None:
    entries = [draft("a", BEGAN), draft("b", replace(BEGAN, command="deploy")), draft("a", Ended(outcome="Deployed"))]
    assert [(run.name, run.outcome) for run in runs(entries)] == [("b", GOES_ON), ("a", "Deployed")]


def test_who_is_whoever_approved_and_nobody_while_cloudtrail_hasnt_told() -> None:
    def who(approval: Approval, *more: object) -> tuple[str, str]:
        (run,) = told(replace(BEGAN, approval=approval), *more)
        return run.who, run.approval

    assert who(Approval(how="terminal", when=NOON, who=ANN)) == (ANN, "terminal")
    assert who(Approval(how="yes", when=NOON)) == (CI, "yes")
    pending = Approval(how="console", when=NOON, pending=True)
    assert who(pending) == ("", "console")
    assert who(pending, ApprovalFound(run="run-1", who=ANN, when=NOON)) == (ANN, "console")


def test_recovering_and_restoring_are_lines_of_their_own() -> None:
    recovered = Recovered(action="continue-rollback", confirmed_by=ANN, arguments=("--skip", "Database.Instance"))
    restored, recovery, began = told(BEGAN, recovered, Restored(policies={"Database": "a" * 64}))
    assert (recovery.command, recovery.who) == ("continue-rollback --skip Database.Instance", ANN)
    assert (recovery.outcome, recovery.seconds) == ("Recovered", None)
    assert (restored.command, restored.outcome) == ("restore stack policies", "Restored")
    assert began.outcome == GOES_ON


def test_an_end_without_a_beginning_is_no_run() -> None:
    assert told(Ended(outcome="Deployed"), ApprovalFound(run="run-1", who=ANN, when=NOON)) == []


def test_a_run_is_json_with_times_in_iso_8601() -> None:
    (run,) = told(BEGAN)
    assert json.loads(json.dumps(run.as_data()))["when"] == "2026-01-31T12:00:00+00:00"


def test_what_a_recovery_came_to_is_told_with_it_not_with_what_went_before() -> None:
    lifting = Recovered(action="lift-protection", confirmed_by=ANN)
    deletion = Recovered(action="delete", confirmed_by=ANN)
    entries = [draft("a", BEGAN), *(draft("b", one) for one in (lifting, deletion))]
    entries.append(draft("b", Ended(outcome="delete", status="DELETE_COMPLETE")))
    assert [(run.command, run.outcome) for run in runs(entries)] == [
        ("delete", "DELETE_COMPLETE"),
        ("lift-protection", "Recovered"),
        ("apply", GOES_ON),
    ]
