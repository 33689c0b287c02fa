from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from stratopause.deployer.answers import Command
from stratopause.deployer.destruction import delete
from stratopause.deployer.errors import (
    Interrupted,
    LostSight,
    NeedsRecovery,
    NotApproved,
    NotPossible,
    StackBusy,
    Unreachable,
    WrongTarget,
)
from stratopause.deployer.events import (
    CancelUpdate,
    DeletingNested,
    DestructionReady,
    EvidenceWritten,
    ProtectionLifted,
    RollBack,
    RollbackLoses,
    SkippedMayDiffer,
    StateExplained,
)
from stratopause.deployer.outcomes import (
    Declined,
    Destroyed,
    Explained,
    NotNeeded,
    Outcome,
    Restored,
    Stuck,
)
from stratopause.deployer.records.entries import Ended, Recovered
from stratopause.deployer.recovery.actions import cancel, recover, roll_back
from stratopause.deployer.session import Session
from stratopause.deployer.status import StackStatus
from tests.stratopause.deployer.fake_aws import Fault
from tests.stratopause.deployer.fakes import Account
from tests.stratopause.deployer.recovery import scenes

ME = "arn:aws:sts::999988887777:assumed-role/deployer/me"


def asked(account: Account, operation: str) -> list[dict[str, object]]:
    return [parameters for _, name, parameters in account.api.requests if name == operation]


def written(account: Account) -> list[str]:
    reading = ("describe", "list", "get", "lookup", "put_object")
    begun = [name for service, name in account.api.calls if service == "cloudformation"]
    return [name for name in begun if not name.startswith(reading)]


def test_a_running_update_is_cancelled_after_a_yes_that_names_who_began_it(account: Account) -> None:
    scenes.updating(account)
    outcome = cancel(account.session())
    assert isinstance(outcome, Restored)
    assert (outcome.status, outcome.exit_code) == (StackStatus.UPDATE_ROLLBACK_COMPLETE, 0)
    assert account.somebody.asked == [CancelUpdate("clinic-dev", "ann")]


def test_an_update_isnt_cancelled_against_a_no(account: Account) -> None:
    scenes.updating(account)
    account.somebody.answer = False
    outcome = cancel(account.session())
    assert (outcome, outcome.exit_code) == (Declined("clinic-dev"), 3)
    assert asked(account, "cancel_update_stack") == []
    assert scenes.wait(account) is StackStatus.UPDATE_COMPLETE


def test_a_cancellation_that_runs_already_is_followed_and_not_begun_again(account: Account) -> None:
    scenes.rolling_back(account)
    before = written(account)
    outcome = cancel(account.session())
    assert isinstance(outcome, Restored)
    assert written(account) == before
    assert account.somebody.asked == []


def test_an_update_that_ends_before_it_is_cancelled_is_told(account: Account) -> None:
    scenes.updating(account)

    def late(parameters: dict[str, object]) -> dict[str, object]:
        scenes.wait(account)
        return account.cloudformation.cancel_update_stack(parameters)

    account.api.answers["cloudformation", "cancel_update_stack"] = late
    with pytest.raises(NotPossible, match="UPDATE_COMPLETE: the update ended before it could be cancelled"):
        cancel(account.session())


def test_only_an_update_can_be_cancelled(account: Account) -> None:
    scenes.complete(account)
    outcome = cancel(account.session())
    assert outcome == NotNeeded("clinic-dev", "is at rest")
    account.cloudformation.put("clinic-dev", "CREATE_IN_PROGRESS")
    with pytest.raises(StackBusy, match="cancels nothing but an update"):
        cancel(account.session())


@pytest.mark.parametrize(
    ("scene", "end"),
    [
        (scenes.create_failed, StackStatus.ROLLBACK_COMPLETE),
        (scenes.update_failed, StackStatus.UPDATE_ROLLBACK_COMPLETE),
    ],
)
def test_what_failed_and_was_left_is_rolled_back(
    account: Account, scene: Callable[[Account], Account], end: StackStatus
) -> None:
    scene(account)
    outcome = roll_back(account.session(), confirmed="clinic-dev")
    assert outcome == Restored("clinic-dev", end, "python build.py deploy dev")


def test_rolling_back_a_creation_that_made_a_database_takes_its_name(account: Account) -> None:
    scenes.create_failed(account)
    account.somebody.typed = "yes"
    with pytest.raises(NotApproved, match="isn't clinic-dev"):
        roll_back(account.session(assume_yes=True))
    (loses,) = account.somebody.saw(RollbackLoses)
    assert [(path, resource.logical_id) for path, resource in loses.lost] == [(("Database",), "Instance")]
    assert asked(account, "rollback_stack") == []
    account.somebody.typed = "clinic-dev"
    assert isinstance(roll_back(account.session()), Restored)


def test_rolling_back_an_update_that_made_nothing_takes_a_yes(account: Account) -> None:
    scenes.update_failed(account)
    outcome = roll_back(account.session())
    assert isinstance(outcome, Restored)
    assert account.somebody.asked == [RollBack("clinic-dev")]
    assert account.somebody.saw(RollbackLoses) == []


def test_a_rollback_that_failed_goes_on_once_its_cause_is_repaired(account: Account) -> None:
    scenes.update_rollback_failed(account)
    outcome = roll_back(account.session())
    assert isinstance(outcome, Stuck)
    assert outcome.next_step == "python build.py recover dev"
    account.cloudformation.unrestorable.clear()
    assert roll_back(account.session()) == Restored(
        "clinic-dev", StackStatus.UPDATE_ROLLBACK_COMPLETE, "python build.py deploy dev"
    )


@pytest.mark.parametrize("name", ["Database.Instance", "Database/Instance"])
def test_a_rollback_goes_on_without_what_is_named(account: Account, name: str) -> None:
    scenes.update_rollback_failed(account)
    outcome = roll_back(account.session(), skip=[name, name])
    assert isinstance(outcome, Restored)
    (request,) = asked(account, "continue_update_rollback")
    (nested,) = [stack for stack in account.cloudformation.stacks.values() if stack.path == ("Database",)]
    assert request["ResourcesToSkip"] == [f"{nested.name}.Instance"]
    assert account.somebody.asked == [RollBack("clinic-dev", ("Database.Instance",))]
    assert account.somebody.saw(SkippedMayDiffer) == [SkippedMayDiffer("clinic-dev", ("Database.Instance",))]


@pytest.mark.parametrize("name", ["Database.Subnets", "Instance", "Database", "Keys.Key"])
def test_only_what_failed_can_be_skipped(account: Account, name: str) -> None:
    scenes.update_rollback_failed(account)
    with pytest.raises(NotPossible, match=f"{name} can't be left out: those that failed are Database.Instance"):
        roll_back(account.session(), skip=[name])
    assert asked(account, "continue_update_rollback") == []


def test_nothing_is_skipped_in_another_status(account: Account) -> None:
    scenes.update_failed(account)
    with pytest.raises(NotPossible, match="skipped only in UPDATE_ROLLBACK_FAILED"):
        roll_back(account.session(), skip=["Database.Instance"])


def test_a_successful_deployment_isnt_rolled_back_but_deployed_again(account: Account) -> None:
    scenes.complete(account)
    with pytest.raises(NotPossible) as refused:
        roll_back(account.session())
    assert "check out the earlier commit" in str(refused.value.next_step)


def test_what_is_rolled_back_already_is_left(account: Account) -> None:
    scenes.creation_rolled_back(account)
    assert roll_back(account.session()) == NotNeeded("clinic-dev", "is rolled back already")


def test_a_rollback_under_way_is_followed(account: Account) -> None:
    scenes.rolling_back(account)
    outcome = roll_back(account.session())
    assert isinstance(outcome, Restored)
    assert asked(account, "rollback_stack") == []


@pytest.mark.parametrize("act", [cancel, roll_back])
def test_without_a_terminal_and_a_yes_nothing_begins(account: Account, act: Callable[[Session], Outcome]) -> None:
    {cancel: scenes.updating, roll_back: scenes.update_rollback_failed}[act](account)
    account.somebody.can_ask = False
    before = written(account)
    with pytest.raises(NotApproved):
        act(account.session())
    assert written(account) == before
    assert isinstance(act(account.session(assume_yes=True)), Restored | Stuck)


@pytest.mark.parametrize("act", [cancel, roll_back, recover])
def test_another_account_is_never_touched(account: Account, act: Callable[[Session], Outcome]) -> None:
    scenes.update_failed(account)
    account.identity.account = "111111111111"
    with pytest.raises(WrongTarget):
        act(account.session())


def test_a_request_whose_answer_was_lost_is_followed(account: Account) -> None:
    scenes.update_failed(account)
    account.api.faults.append(Fault(Unreachable("no answer"), "rollback_stack", takes_effect=True))
    assert isinstance(roll_back(account.session()), Restored)
    assert len(asked(account, "rollback_stack")) == 1


def test_a_request_that_never_arrived_is_told(account: Account) -> None:
    scenes.update_failed(account)
    account.api.faults.append(Fault(Unreachable("no answer"), "rollback_stack"))
    with pytest.raises(Unreachable):
        roll_back(account.session())
    assert scenes.status(account) is StackStatus.UPDATE_FAILED


def test_where_nobody_knows_whether_it_began_that_is_said(account: Account) -> None:
    scenes.update_failed(account)
    session = account.session()

    def lost(parameters: dict[str, object]) -> dict[str, object]:
        account.api.faults.append(Fault(Unreachable("no answer"), "describe_stacks"))
        raise Unreachable("no answer")

    account.api.answers["cloudformation", "rollback_stack"] = lost
    with pytest.raises(LostSight, match="isn't known whether clinic-dev goes on") as told:
        roll_back(session)
    assert str(told.value.next_step).startswith("python build.py ")


def test_ctrl_c_leaves_the_operation_running_and_says_how_to_look_again(account: Account) -> None:
    scenes.update_failed(account)

    def interrupt() -> None:
        account.clock.at_sleep.clear()
        raise KeyboardInterrupt

    account.while_working(interrupt)
    with pytest.raises(Interrupted) as told:
        roll_back(account.session())
    assert str(told.value.next_step).startswith("python build.py ")
    assert scenes.wait(account) is StackStatus.UPDATE_ROLLBACK_COMPLETE


@pytest.mark.parametrize("scene", [scenes.update_failed, scenes.update_rollback_failed])
def test_nothing_is_rolled_back_against_a_no(account: Account, scene: Callable[[Account], Account]) -> None:
    scene(account)
    account.somebody.answer = False
    before = written(account)
    assert roll_back(account.session()) == Declined("clinic-dev")
    assert written(account) == before


def test_every_step_is_recorded_before_it_is_taken_and_after(account: Account) -> None:
    scenes.update_rollback_failed(account)
    notes: list[Recovered | Ended] = []

    def note(body: Recovered | Ended) -> None:
        notes.append(body)
        assert isinstance(body, Ended) or asked(account, "continue_update_rollback") == []

    roll_back(account.session(), skip=["Database.Instance"], note=note)
    assert notes == [
        Recovered(action="continue-rollback", confirmed_by=ME, arguments=("Database.Instance",)),
        Ended(outcome="continue-rollback", status="UPDATE_ROLLBACK_COMPLETE"),
    ]


def test_the_token_of_a_request_names_the_run(account: Account) -> None:
    scenes.update_failed(account)
    session = account.session()
    roll_back(session)
    (request,) = asked(account, "rollback_stack")
    assert request["ClientRequestToken"] == f"{session.means.run}-rollback"


def test_recover_explains_cause_holder_and_ways_out_and_takes_the_first_after_a_yes(account: Account) -> None:
    scenes.update_rollback_failed(account)
    account.cloudformation.unrestorable.clear()
    outcome = recover(account.session())
    (told,) = account.somebody.saw(StateExplained)
    assert told.stack.status is StackStatus.UPDATE_ROLLBACK_FAILED
    assert told.who == "ann"
    assert told.cause.event.reason == "quota exceeded"
    assert [typed for typed, _ in told.ways] == [
        "python build.py rollback dev",
        "python build.py rollback dev --skip Database.Instance",
    ]
    assert isinstance(outcome, Restored)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (StackStatus.UPDATE_ROLLBACK_FAILED, 5),
        (StackStatus.ROLLBACK_FAILED, 5),
        (StackStatus.IMPORT_ROLLBACK_FAILED, 5),
        (StackStatus.UPDATE_IN_PROGRESS, 6),
        (StackStatus.ROLLBACK_COMPLETE, 0),
    ],
)
def test_recover_only_explains_where_nobody_can_be_asked(account: Account, status: StackStatus, code: int) -> None:
    scenes.put(account, status)
    account.somebody.can_ask = False
    before = written(account)
    outcome = recover(account.session())
    assert (outcome, outcome.exit_code) == (Explained("clinic-dev", status), code)
    assert written(account) == before


@pytest.mark.parametrize("status", [StackStatus.UPDATE_IN_PROGRESS, StackStatus.ROLLBACK_COMPLETE])
def test_recover_never_cancels_or_clears_by_itself(account: Account, status: StackStatus) -> None:
    scenes.put(account, status)
    before = written(account)
    assert recover(account.session(assume_yes=True)) == Explained("clinic-dev", status)
    assert written(account) == before


def test_recover_offers_to_delete_what_a_creation_left_once_its_name_is_typed(account: Account) -> None:
    scenes.rollback_failed(account)
    account.cloudformation.undeletable.clear()
    account.somebody.typed = "clinic-dev"
    assert isinstance(recover(account.session()), Destroyed)


def test_where_nothing_is_amiss_recover_says_so(account: Account) -> None:
    assert recover(account.session()) == NotNeeded("clinic-dev", "doesn't exist")
    scenes.complete(account)
    assert recover(account.session()) == NotNeeded("clinic-dev", "needs no recovery")


def test_an_import_that_cant_be_undone_leaves_what_aws_support_needs_in_a_file(account: Account) -> None:
    scenes.put(account, StackStatus.IMPORT_ROLLBACK_FAILED)
    account.trail.lag = 0.0
    account.api.answers["cloudtrail", "lookup_events"] = {
        "Events": [
            {
                "EventName": "ExecuteChangeSet",
                "EventTime": account.clock.time(),
                "CloudTrailEvent": json.dumps({"requestID": "0b5c1b8e"}),
            }
        ]
    }
    outcome = recover(account.session(assume_yes=True))
    assert outcome == Explained("clinic-dev", StackStatus.IMPORT_ROLLBACK_FAILED)
    (told,) = account.somebody.saw(EvidenceWritten)
    evidence = json.loads(told.file.read_text())
    found = account.stack()
    assert found is not None
    assert (evidence["stack"], evidence["region"]) == (found.id, "eu-central-1")
    assert [stack["path"] for stack in evidence["stacks"]] == ["", "Keys", "Database"]
    assert evidence["stacks"][2]["events"][0]["token"].startswith("by-ann-")
    assert [request["request_id"] for request in evidence["requests"]] == ["0b5c1b8e"]


def test_evidence_is_complete_but_for_what_cloudtrail_doesnt_tell(account: Account) -> None:
    scenes.put(account, StackStatus.IMPORT_ROLLBACK_FAILED)
    account.api.denied.add(("cloudtrail", "lookup_events"))
    recover(account.session())
    (told,) = account.somebody.saw(EvidenceWritten)
    assert json.loads(told.file.read_text())["requests"] == []


def test_a_deletion_that_failed_is_finished_without_what_is_retained(account: Account) -> None:
    scenes.delete_failed(account)
    account.somebody.typed = "clinic-dev"
    outcome = delete(account.session(), Command.RECOVER_BY_DELETING, retain=["Database/Subnets"])
    assert isinstance(outcome, Destroyed)
    assert [one.resource.logical_id for one in outcome.kept] == ["Subnets"]
    nested, root = asked(account, "delete_stack")[-2:]
    (child,) = [stack for stack in account.cloudformation.stacks.values() if stack.path == ("Database",)]
    assert (nested["StackName"], nested["RetainResources"]) == (child.id, ["Subnets"])
    assert "RetainResources" not in root
    assert account.somebody.saw(DeletingNested) == [DeletingNested(("Database",), ("Database.Subnets",))]


def test_a_resource_of_the_root_is_retained_by_the_root(account: Account) -> None:
    scenes.complete(account)
    account.cloudformation.undeletable["Keys",] = "it is in use elsewhere"
    found = account.stack()
    assert found is not None
    account.services.cloudformation.delete_stack(found.id, scenes.run(account))
    assert scenes.wait(account) is StackStatus.DELETE_FAILED
    account.somebody.typed = "clinic-dev"
    with pytest.raises(NotPossible, match="Keys can't be left out: no resource has failed by itself"):
        delete(account.session(), Command.RECOVER_BY_DELETING, retain=["Keys"])


def test_a_nested_stack_that_went_in_the_meantime_is_left(account: Account) -> None:
    scenes.delete_failed(account)
    (child,) = [stack for stack in account.cloudformation.stacks.values() if stack.path == ("Database",)]

    def type_name(name: str) -> bool:
        account.services.cloudformation.delete_stack(child.id, "by-bob-0123456789ab", ["Subnets"])
        scenes.wait(account)
        return True

    account.somebody.types = type_name  # type: ignore[method-assign]
    outcome = delete(account.session(), Command.RECOVER_BY_DELETING, retain=["Database.Subnets"])
    assert isinstance(outcome, Destroyed)
    assert [request.get("RetainResources") for request in asked(account, "delete_stack")[1:]] == [["Subnets"], None]


def test_nothing_is_retained_in_another_status_than_delete_failed(account: Account) -> None:
    scenes.rollback_failed(account)
    account.somebody.typed = "clinic-dev"
    with pytest.raises(NotPossible, match="retained only in DELETE_FAILED"):
        delete(account.session(), Command.RECOVER_BY_DELETING, retain=["Database.Subnets"])
    assert asked(account, "delete_stack") == []


def test_a_nested_stack_that_cant_be_deleted_stops_before_the_root(account: Account) -> None:
    scenes.delete_failed(account)
    account.cloudformation.undeletable["Database", "Instance"] = "a snapshot is being taken"
    account.somebody.typed = "clinic-dev"
    account.protections.lifted.clear()
    resource = next(one for one in account.cloudformation.stacks.values() if one.path == ("Database",))
    resource.resources["Instance"].status = "CREATE_COMPLETE"
    account.api.answers["rds", "modify_db_instance"] = {}
    outcome = delete(account.session(), Command.RECOVER_BY_DELETING, retain=["Database.Subnets"])
    assert isinstance(outcome, Stuck)
    assert outcome.next_step == "python build.py recover dev"


def test_before_a_deletion_what_holds_data_and_what_stands_in_the_way_is_told(account: Account) -> None:
    scenes.put(account, StackStatus.DELETE_FAILED)
    account.somebody.typed = "something else"
    with pytest.raises(NotApproved):
        delete(account.session(assume_yes=True), Command.RECOVER_BY_DELETING)
    (ready,) = account.somebody.saw(DestructionReady)
    assert [(path, resource.logical_id) for path, resource in ready.lost] == [(("Database",), "Instance")]
    assert [(path, resource.logical_id) for path, resource in ready.protected] == [(("Database",), "Instance")]
    assert account.somebody.saw(ProtectionLifted) == []
    assert asked(account, "delete_stack") == []


def test_lifting_protection_is_recorded_before_it_is_done(account: Account) -> None:
    scenes.put(account, StackStatus.DELETE_FAILED)
    notes: list[Recovered | Ended] = []

    def note(body: Recovered | Ended) -> None:
        notes.append(body)
        assert len(notes) > 1 or account.protections.lifted == []

    delete(account.session(), Command.RECOVER_BY_DELETING, "clinic-dev", note=note)
    assert notes == [
        Recovered(action="lift-protection", confirmed_by=ME, arguments=("Database.Instance",)),
        Recovered(action="delete", confirmed_by=ME),
        Ended(outcome="delete", status="DELETE_COMPLETE"),
    ]


@pytest.mark.parametrize("status", [StackStatus.UPDATE_ROLLBACK_FAILED, StackStatus.IMPORT_ROLLBACK_FAILED])
@pytest.mark.parametrize("command", [Command.DESTROY, Command.RECOVER_BY_DELETING])
def test_a_stack_whose_rollback_can_go_on_is_never_deleted(
    account: Account, status: StackStatus, command: Command
) -> None:
    scenes.put(account, status)
    with pytest.raises(NeedsRecovery, match="is never deleted"):
        delete(account.session(), command, confirmed="clinic-dev")
    assert asked(account, "delete_stack") == []
