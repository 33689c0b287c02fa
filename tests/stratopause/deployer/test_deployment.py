from __future__ import annotations

import json

import pytest

from stratopause.deployer.collecting import collect
from stratopause.deployer.errors import (
    ChangeSetFailed,
    Interrupted,
    InvalidTemplates,
    LostSight,
    NeedsRecovery,
    NoCredentials,
    NotApproved,
    StackAbsent,
    StackBusy,
    Throttled,
    Unreachable,
    WrongTarget,
)
from stratopause.deployer.events import (
    BootstrapMissing,
    CreationRolledBack,
    DeleteAndCreateAgain,
    MakeBootstrap,
    MakeChanges,
    ProtectionSet,
    ReviewReady,
    Uploaded,
)
from stratopause.deployer.outcomes import Declined, Deployed, NothingToDo, Outcome, RolledBack, Stuck
from stratopause.deployer.plan import OpenChangeSet, TemplateBody, Wanted
from tests.stratopause.deployer import orders
from tests.stratopause.deployer.fake_stacks import FakeResource
from tests.stratopause.deployer.fakes import BOOTSTRAP, TARGET, Account, clinic, template


def bring(account: Account, templates: dict[str, bytes] | None = None, assume_yes: bool = False) -> Outcome:
    return orders.bring(account.session(assume_yes), templates or clinic())


def test_a_first_deployment_makes_the_bootstrap_and_the_stack_each_after_a_yes_of_its_own(account: Account) -> None:
    assert isinstance(bring(account), Deployed)
    assert account.somebody.asked == [MakeBootstrap("stratopause-bootstrap"), MakeChanges("clinic-dev")]
    assert [name.split("-")[0:2] for name in account.stack_names()] == [
        ["clinic", "dev"],
        ["clinic", "dev"],
        ["clinic", "dev"],
        ["stratopause", "bootstrap"],
    ]


def test_the_outputs_are_collected_by_their_names_in_snake_case_and_sorted(account: Account) -> None:
    bring(account)
    text = (account.outputs / "dev.json").read_text()
    assert list(json.loads(text)) == ["db_endpoint", "kms_key_arn"]
    assert json.loads(text)["db_endpoint"].endswith(".Endpoint")


def test_the_review_lists_every_resource_of_every_nested_stack(account: Account) -> None:
    bring(account)
    review = account.somebody.saw(ReviewReady)[-1].review
    assert [(path, change.logical_id) for path, change in review.all()] == [
        ((), "Keys"),
        ((), "Database"),
        (("Keys",), "Key"),
        (("Database",), "Subnets"),
        (("Database",), "Instance"),
    ]


def test_the_reviewed_change_set_is_the_one_that_runs(account: Account) -> None:
    bring(account)
    reviewed = [shown.review.change_set.id for shown in account.somebody.saw(ReviewReady)]
    assert [change_set_id for change_set_id, _ in account.cloudformation.executed] == reviewed


def test_a_second_deployment_of_the_same_uploads_nothing_and_leaves_no_change_set(account: Account) -> None:
    bring(account)
    account.somebody.shown.clear()
    assert isinstance(bring(account), NothingToDo)
    assert account.somebody.saw(Uploaded) == []
    assert account.cloudformation.change_sets == {}
    assert (account.outputs / "dev.json").exists()


def test_an_update_uploads_and_changes_only_what_changed(account: Account) -> None:
    bring(account)
    account.somebody.shown.clear()
    assert isinstance(bring(account, clinic(storage=40)), Deployed)
    assert sorted(account.somebody.saw(Uploaded)[0].names) == ["database.json", "platform.json"]
    changes = list(account.somebody.saw(ReviewReady)[0].review.all())
    assert [(path, change.logical_id) for path, change in changes] == [((), "Database"), (("Database",), "Instance")]


@pytest.mark.parametrize("has_bootstrap", [False, True])
def test_a_no_leaves_nothing_behind(account: Account, has_bootstrap: bool) -> None:
    if has_bootstrap:
        bring(account, clinic())
        for stack in [one for one in account.cloudformation.stacks.values() if "bootstrap" not in one.name]:
            del account.cloudformation.stacks[stack.id]
    before = account.stack_names()
    account.somebody.answer = False
    outcome = bring(account)
    assert isinstance(outcome, Declined)
    assert outcome.exit_code == 3
    assert account.stack_names() == before
    assert account.cloudformation.change_sets == {}


def test_a_review_of_somebody_else_survives_a_no(account: Account) -> None:
    wanted = Wanted("clinic-dev", TemplateBody(BOOTSTRAP.decode()))
    theirs = account.services.cloudformation.create_change_set(OpenChangeSet(wanted, "CREATE"), "theirs", "")
    account.somebody.declines = (MakeChanges("clinic-dev"),)
    assert isinstance(bring(account), Declined)
    assert account.stack() is not None
    assert list(account.cloudformation.change_sets) == [theirs.id]


def test_nobody_there_and_no_yes_is_refused_before_anything_is_asked_of_aws(account: Account) -> None:
    account.somebody.can_ask = False
    with pytest.raises(NotApproved) as refused:
        bring(account)
    assert refused.value.exit_code == 3
    assert account.cloudformation.stacks == {}
    assert isinstance(bring(account, assume_yes=True), Deployed)
    assert account.somebody.asked == []


def test_credentials_of_another_account_are_refused_before_the_first_write(account: Account) -> None:
    account.identity.account = "111111111111"
    with pytest.raises(WrongTarget, match="meant for account 999988887777"):
        bring(account)
    assert account.cloudformation.stacks == {}
    assert account.s3.objects == {}


def test_credentials_of_another_partition_are_refused(account: Account) -> None:
    account.identity.partition = "aws-us-gov"
    with pytest.raises(WrongTarget, match="partition"):
        bring(account)


def test_a_failed_creation_names_the_deepest_first_failure(account: Account) -> None:
    account.cloudformation.failing[("Database", "Instance")] = "Cannot find version 16.1 for postgres"
    outcome = bring(account)
    assert isinstance(outcome, RolledBack)
    assert outcome.exit_code == 4
    assert outcome.cause is not None
    assert outcome.cause.path == ("Database",)
    assert outcome.cause.event.logical_id == "Instance"
    assert outcome.cause.event.reason == "Cannot find version 16.1 for postgres"
    assert not (account.outputs / "dev.json").exists()


def test_a_creation_that_was_rolled_back_is_explained_deleted_after_a_yes_and_made_again(account: Account) -> None:
    account.cloudformation.failing[("Database", "Instance")] = "boom"
    bring(account)
    account.cloudformation.failing.clear()
    assert isinstance(bring(account), Deployed)
    assert DeleteAndCreateAgain("clinic-dev") in account.somebody.asked
    explained = account.somebody.saw(CreationRolledBack)[0]
    assert explained.cause.event.reason == "boom"


def test_a_creation_that_was_rolled_back_stays_after_a_no(account: Account) -> None:
    account.cloudformation.failing[("Keys", "Key")] = "boom"
    bring(account)
    account.somebody.answer = False
    assert isinstance(bring(account), Declined)
    stack = account.stack()
    assert stack is not None
    assert stack.status.is_failed_creation


def test_a_failed_update_leaves_templates_and_physical_ids_as_they_were(account: Account) -> None:
    bring(account)
    before = account.contents()
    account.cloudformation.failing[("Database", "Instance")] = "no such class"
    outcome = bring(account, clinic(storage=40))
    assert isinstance(outcome, RolledBack)
    assert account.contents() == before


def test_a_failed_rollback_says_how_to_recover(account: Account) -> None:
    bring(account)
    account.cloudformation.failing[("Database", "Instance")] = "no such class"
    account.cloudformation.unrestorable.add(("Database", "Instance"))
    outcome = bring(account, clinic(storage=40))
    assert isinstance(outcome, Stuck)
    assert outcome.exit_code == 5
    assert outcome.next_step == "python build.py recover dev"


def test_a_stack_that_somebody_else_changes_is_refused(account: Account) -> None:
    bring(account)
    stack = next(one for one in account.cloudformation.stacks.values() if one.name == "clinic-dev")
    stack.status = "UPDATE_IN_PROGRESS"
    with pytest.raises(StackBusy, match="clinic-dev is UPDATE_IN_PROGRESS since 2026-01-01"):
        bring(account)


def test_templates_that_cloudformation_cannot_review_say_why_and_leave_nothing(account: Account) -> None:
    bring(account)
    account.cloudformation.unchangeable = "Template error: no such thing"
    with pytest.raises(ChangeSetFailed, match="no such thing"):
        bring(account, clinic(storage=40))
    assert account.cloudformation.change_sets == {}


def test_throttling_and_silence_on_the_way_do_not_end_a_deployment(account: Account) -> None:
    bring(account)
    errors = iter([Throttled("slow down", "Throttling"), Unreachable("no answer"), Throttled("slow down")])
    account.while_working(lambda: account.cloudformation.outages.extend([one for one in [next(errors, None)] if one]))
    assert isinstance(bring(account, clinic(storage=40)), Deployed)


def test_credentials_lost_on_the_way_say_that_the_stack_goes_on(account: Account) -> None:
    bring(account)
    account.while_working(lambda: account.cloudformation.outages.append(NoCredentials("expired", "log in")))
    with pytest.raises(LostSight, match="clinic-dev goes on, but expired"):
        bring(account, clinic(storage=40))


def test_ctrl_c_on_the_way_says_that_the_stack_goes_on_and_how_to_look(account: Account) -> None:
    bring(account)

    def interrupt() -> None:
        raise KeyboardInterrupt

    account.while_working(interrupt)
    with pytest.raises(Interrupted) as interrupted:
        bring(account, clinic(storage=40))
    assert interrupted.value.exit_code == 130
    assert str(interrupted.value.next_step).startswith("python build.py watch dev follows it again")
    account.clock.at_sleep.clear()
    account.clock.sleep(60)
    stack = account.stack()
    assert stack is not None
    assert stack.status == "UPDATE_COMPLETE"


def test_ctrl_c_at_the_question_removes_the_change_set(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(question: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(account.somebody, "agrees", interrupt)
    with pytest.raises(KeyboardInterrupt):
        bring(account)
    assert account.cloudformation.change_sets == {}
    assert account.stack_names() == []


def test_a_protected_environment_gets_termination_protection_once(account: Account) -> None:
    account.target = type(TARGET)("clinic-production", "production", TARGET.account, TARGET.region, protected=True)
    bring(account)
    bring(account)
    assert account.somebody.saw(ProtectionSet) == [ProtectionSet("clinic-production")]


def test_the_bootstrap_is_shown_as_missing_once(account: Account) -> None:
    bring(account)
    bring(account)
    assert account.somebody.saw(BootstrapMissing) == [BootstrapMissing("stratopause-bootstrap")]


def test_tags_capabilities_and_commit_go_with_the_change_set(account: Account) -> None:
    account.somebody.answer = False
    bring(account)
    (asked,) = [told for _, operation, told in account.api.requests if operation == "create_change_set"]
    assert asked["Tags"] == [{"Key": "owner", "Value": "us"}]
    assert (asked["Capabilities"], asked["ChangeSetName"], asked["Description"]) == ([], "run-1", "commit abc")


def test_ctrl_c_while_cloudformation_works_out_the_changes_removes_them(account: Account) -> None:
    bring(account)

    def interrupt() -> None:
        account.clock.at_sleep.clear()
        raise KeyboardInterrupt

    account.clock.at_sleep.append(interrupt)
    with pytest.raises(KeyboardInterrupt) as interrupted:
        bring(account, clinic(storage=40))
    assert not isinstance(interrupted.value, Interrupted)
    assert account.cloudformation.change_sets == {}
    assert len(account.cloudformation.executed) == 2


def test_a_rolled_back_creation_that_cannot_be_deleted_says_what_blocks_it(account: Account) -> None:
    account.cloudformation.failing[("Database", "Instance")] = "boom"
    bring(account)
    stack = next(one for one in account.cloudformation.stacks.values() if one.name == "clinic-dev")
    kept = FakeResource("Left", "left", "AWS::EC2::SecurityGroup", "CREATE_COMPLETE", stack.since)
    stack.resources["Left"] = kept
    account.cloudformation.undeletable[("Left",)] = "it is still in use"
    with pytest.raises(NeedsRecovery, match="can't be deleted: Left: it is still in use"):
        bring(account)


def test_a_bootstrap_that_somebody_else_made_is_refused(account: Account) -> None:
    with pytest.raises(NeedsRecovery, match="has no output ArtifactBucketName"):
        orders.bring(account.session(), clinic(), template({"Bucket": {"Type": "AWS::S3::Bucket"}}))


def test_a_bootstrap_that_does_not_go_with_the_request_is_refused(account: Account) -> None:
    big = template({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x" * 60_000}}})
    with pytest.raises(InvalidTemplates, match="51,200"):
        orders.bring(account.session(), clinic(), big)
    assert account.cloudformation.stacks == {}


def test_a_bootstrap_that_fails_ends_the_deployment_with_its_outcome(account: Account) -> None:
    account.cloudformation.failing[("Bucket",)] = "no"
    outcome = bring(account)
    assert isinstance(outcome, RolledBack)
    assert outcome.stack == "stratopause-bootstrap"
    assert account.s3.objects == {}


def test_outputs_of_a_stack_that_was_never_made_are_refused(account: Account) -> None:
    with pytest.raises(StackAbsent) as absent:
        collect(account.session())
    assert absent.value.next_step == "python build.py deploy dev"
