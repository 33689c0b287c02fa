from __future__ import annotations

from typing import Any

import pytest

from stratopause.deployer.drift import DriftReport, detect, hide
from stratopause.deployer.errors import NeedsRecovery, NoCredentials, Refused, StackAbsent, Throttled, Unreachable
from stratopause.deployer.events import DriftDetectionStarted
from stratopause.deployer.stacks import PropertyDrift
from tests.stratopause.deployer.deployed import bring
from tests.stratopause.deployer.fakes import Account, clinic

START, LOOK, READ = (
    ("cloudformation", operation)
    for operation in ("detect_stack_drift", "describe_stack_drift_detection_status", "describe_stack_resource_drifts")
)
STORAGE = ("/AllocatedStorage", "20", "40")


def problems(report: DriftReport) -> dict[str, str]:
    return {"/".join(stack.path): stack.problem for stack in report.stacks if stack.problem}


def once(account: Account, call: tuple[str, str], error: Exception) -> None:
    """The first such call goes wrong."""

    def answer(asked: dict[str, Any]) -> Any:
        account.api.answers.pop(call, None)
        raise error

    account.api.answers[call] = answer


def only_for(account: Account, call: tuple[str, str], path: tuple[str, ...], error: Exception) -> None:
    """Every such call about the stack at `path` goes wrong."""
    stack_id = next(stack.id for stack in account.cloudformation.stacks.values() if stack.path == path)
    parts = (account.cloudformation, *account.cloudformation.parts)
    really = next(getattr(part, call[1]) for part in parts if hasattr(part, call[1]))

    def answer(asked: dict[str, Any]) -> Any:
        if asked["StackName"] == stack_id:
            raise error
        return really(asked)

    account.api.answers[call] = answer


def test_what_drifted_is_found_in_the_root_and_in_every_nested_stack(account: Account) -> None:
    bring(account, clinic(Topic={"Type": "AWS::SNS::Topic"}))
    account.cloudformation.drifts[("Topic",)] = "DELETED"
    account.cloudformation.drifts["Database", "Instance"] = [STORAGE, ("/Tags/1", "", "mine")]
    report = detect(account.session())
    assert report.has_drifted
    assert report.is_whole
    found = {"/".join((*path, one.logical_id)): one for path, one in report.all()}
    assert list(found) == ["Topic", "Database/Instance"]
    assert found["Topic"].status == "DELETED"
    assert found["Database/Instance"].differences == (
        PropertyDrift("/AllocatedStorage", "20", "40", "NOT_EQUAL"),
        PropertyDrift("/Tags/1", "", "mine", "ADD"),
    )
    assert account.somebody.saw(DriftDetectionStarted) == [DriftDetectionStarted("clinic-dev", 3)]
    assert account.api.calls.count(START) == 3


def test_a_stack_that_is_as_its_templates_say_is_in_sync(account: Account) -> None:
    bring(account, clinic())
    report = detect(account.session())
    assert not report.has_drifted
    assert report.is_whole
    data = report.as_data()
    assert (data["stack"], data["drifted"], data["complete"]) == ("clinic-dev", False, True)
    assert [one["stack"] for one in data["stacks"]] == ["", "Keys", "Database"]


def test_what_cloudformation_cannot_compare_is_told(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drift.unsupported.add("AWS::RDS::DBSubnetGroup")
    report = detect(account.session())
    assert [one.logical_id for stack in report.stacks for one in stack.unchecked] == ["Subnets"]
    data = report.as_data()["stacks"][2]
    assert data["unchecked"] == [{"logical_id": "Subnets", "type": "AWS::RDS::DBSubnetGroup"}]
    assert report.is_whole


def test_detections_that_take_long_are_waited_for_ever_more_patiently(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drift.looks = 12
    naps: list[float] = []
    before = [account.clock.now()]

    def nap() -> None:
        naps.append(account.clock.now() - before[0])
        before[0] = account.clock.now()

    account.clock.at_sleep.append(nap)
    assert detect(account.session()).is_whole
    assert len(naps) == 13
    assert naps[0] < 1.3
    assert 5 < max(naps) <= 12


def test_a_detection_without_end_is_given_up_and_told(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drift.looks = 10_000
    report = detect(account.session())
    assert problems(report)["Keys"] == "the detection hasn't ended in 15 minutes"
    assert not report.is_whole
    assert 900 < account.clock.now() < 960


def test_a_detection_that_somebody_else_started_is_waited_for(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drifts["Database", "Instance"] = [STORAGE]
    database = next(stack for stack in account.cloudformation.stacks.values() if stack.path == ("Database",))
    theirs = account.services.cloudformation.detect_drift(database.id)

    def go_on() -> None:
        account.services.cloudformation.drift_detection(theirs)

    account.clock.at_sleep.append(go_on)
    report = detect(account.session())
    assert report.is_whole
    assert report.has_drifted
    assert account.api.calls.count(START) > 4


def test_one_stack_that_may_not_be_looked_at_keeps_no_other_from_it(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drifts["Database", "Instance"] = [STORAGE]
    only_for(account, START, ("Keys",), Refused("AccessDenied: no", "AccessDenied"))
    report = detect(account.session())
    assert problems(report) == {"Keys": "AccessDenied: no"}
    assert report.has_drifted
    assert not report.is_whole


def test_results_that_may_not_be_read_are_told(account: Account) -> None:
    bring(account, clinic())
    only_for(account, READ, ("Keys",), Refused("AccessDenied: no", "AccessDenied"))
    assert problems(detect(account.session())) == {"Keys": "AccessDenied: no"}


def test_a_detection_that_failed_still_tells_what_it_found(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drifts["Database", "Instance"] = [STORAGE]
    account.cloudformation.drift.undetectable["Database",] = "Failed to detect drift on resource [Subnets]"
    report = detect(account.session())
    assert problems(report) == {"Database": "Failed to detect drift on resource [Subnets]"}
    assert report.has_drifted


@pytest.mark.parametrize("call", [START, LOOK])
@pytest.mark.parametrize("error", [Throttled("slow down", "Throttling"), Unreachable("no answer")])
def test_throttling_and_silence_are_looked_through(account: Account, call: tuple[str, str], error: Exception) -> None:
    bring(account, clinic())
    once(account, call, error)
    assert detect(account.session()).is_whole


@pytest.mark.parametrize("call", [START, LOOK, READ])
def test_lost_credentials_end_it(account: Account, call: tuple[str, str]) -> None:
    bring(account, clinic())
    once(account, call, NoCredentials("expired", "log in"))
    with pytest.raises(NoCredentials):
        detect(account.session())


def test_only_a_stack_at_rest_is_looked_at(account: Account) -> None:
    with pytest.raises(StackAbsent) as absent:
        detect(account.session())
    assert absent.value.next_step == "python build.py deploy dev"
    bring(account, clinic())
    next(iter(account.cloudformation.stacks.values())).status = "DELETE_FAILED"
    with pytest.raises(NeedsRecovery):
        detect(account.session())
    assert START not in account.api.calls


@pytest.mark.parametrize(
    ("path", "expected", "actual", "shown"),
    [
        ("/AllocatedStorage", "20", "40", ("20", "40")),
        ("/MasterUserPassword", "old", "new", ("(hidden)", "(hidden)")),
        ("/MasterUserPassword", "", "new", ("", "(hidden)")),
        ("/ContainerDefinitions/0/Environment/2/Value", "a", "b", ("(hidden)", "(hidden)")),
        ("/Environment/Variables/LEVEL", "info", "debug", ("info", "debug")),
        ("/Environment/Variables/API_TOKEN", "a", "b", ("(hidden)", "(hidden)")),
        ("/Tags/0/Value", "a", "b", ("a", "b")),
    ],
)
def test_secrets_are_hidden(path: str, expected: str, actual: str, shown: tuple[str, str]) -> None:
    hidden = hide(PropertyDrift(path, expected, actual, "NOT_EQUAL"))
    assert (hidden.expected, hidden.actual) == shown


def test_json_has_every_difference_and_no_secret(account: Account) -> None:
    bring(account, clinic())
    account.cloudformation.drifts["Database", "Instance"] = [STORAGE, ("/MasterUserPassword", "a", "hunter2")]
    told = detect(account.session()).as_data()
    resource = told["stacks"][2]["resources"][0]
    assert (resource["logical_id"], resource["status"]) == ("Instance", "MODIFIED")
    assert resource["differences"][0] == {
        "path": "/AllocatedStorage",
        "kind": "NOT_EQUAL",
        "expected": "20",
        "actual": "40",
    }
    assert "hunter2" not in str(told)
