"""What was planned is exactly what is applied, later and by whoever brings the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from stratopause.deployer.applying import apply
from stratopause.deployer.assent import Assent
from stratopause.deployer.changes import ChangeSet
from stratopause.deployer.deployment import deploy
from stratopause.deployer.errors import (
    CannotWrite,
    ChangeSetFailed,
    DataLossNotAllowed,
    LostSight,
    NotApproved,
    StackBusy,
    StalePlan,
    UnsignedPlan,
    WrongTarget,
)
from stratopause.deployer.events import MakeChanges, PlanWritten, ReviewReady, Uploaded
from stratopause.deployer.outcomes import Declined, Deployed, NothingToDo, Planned, RolledBack
from stratopause.deployer.plan import OpenChangeSet, TemplateBody, Wanted
from stratopause.deployer.planfile import SignedPlan
from stratopause.deployer.preflight.checks import CHECKS
from stratopause.deployer.ready import Order
from stratopause.deployer.records.entries import Began, Ended
from stratopause.deployer.records.ledger import open_ledger
from tests.stratopause.deployer import orders
from tests.stratopause.deployer.fakes import BOOTSTRAP, Account, clinic, nested, template

KEY = "arn:aws:kms:eu-central-1:999988887777:key/00000000-0000-0000-0000-000000000001"
BUCKET_CHECK = "artifact-bucket"
OTHER = template({"Other": {"Type": "AWS::SNS::Topic"}})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


def executions(account: Account) -> int:
    return account.api.calls.count(("cloudformation", "execute_change_set"))


def with_bucket() -> dict[str, bytes]:
    return clinic(Files={"Type": "AWS::S3::Bucket"})


def test_a_plan_changes_nothing_and_leaves_its_change_set_and_a_file_without_any_value(
    account: Account, file: Path
) -> None:
    orders.bring(account.session(), clinic())
    before = account.contents()
    outcome = orders.plan(account.session(), clinic(storage=4321), file)
    assert isinstance(outcome, Planned)
    assert outcome.exit_code == 0
    assert account.contents() == before
    assert outcome.review.change_set.id in file.read_text()
    assert "4321" not in file.read_text()
    assert account.somebody.saw(PlanWritten)[-1].file == file


def test_a_plan_of_what_is_deployed_already_is_nothing_to_do_and_leaves_no_file(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    assert isinstance(orders.plan(account.session(), clinic(), file), NothingToDo)
    assert not file.exists()


def test_a_place_that_no_plan_can_be_written_to_is_told_before_anything_is_asked(account: Account, file: Path) -> None:
    file.mkdir()
    before = len(account.api.calls)
    for place in (file, file / "x\0" / "plan.json"):
        with pytest.raises(CannotWrite, match="can't write "):
            orders.plan(account.session(), clinic(), place)
    assert len(account.api.calls) == before


def test_a_first_plan_without_change_set_leaves_no_stack_behind(account: Account) -> None:
    account.somebody.declines = (MakeChanges("clinic-dev"),)
    orders.bring(account.session(), clinic())
    assert account.stack_names() == ["stratopause-bootstrap"]
    account.cloudformation.unchangeable = "Template error: no such thing"
    with pytest.raises(ChangeSetFailed, match="no such thing"):
        orders.plan(account.session(), clinic())
    assert account.stack_names() == ["stratopause-bootstrap"]


def test_applying_a_plan_executes_its_change_set_and_makes_no_other(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    made = account.api.calls.count(("cloudformation", "create_change_set"))
    assert isinstance(apply(account.session(), signed), Deployed)
    assert account.api.calls.count(("cloudformation", "create_change_set")) == made
    asked = [request for service, operation, request in account.api.requests if operation == "execute_change_set"]
    assert asked[-1]["ChangeSetName"] == signed.plan.change_set


def test_the_review_is_shown_again_and_asked_about_before_it_is_applied(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    account.somebody.shown.clear()
    account.somebody.asked.clear()
    apply(account.session(), signed)
    assert account.somebody.saw(ReviewReady)[0].review.change_set.id == signed.plan.change_set
    assert account.somebody.asked == [MakeChanges("clinic-dev")]


def test_a_no_leaves_the_plan_to_be_applied_later(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    account.somebody.answer = False
    assert isinstance(apply(account.session(), signed), Declined)
    account.somebody.answer = True
    assert isinstance(apply(account.session(), signed), Deployed)


def test_nobody_there_and_no_yes_is_refused(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    account.somebody.can_ask = False
    with pytest.raises(NotApproved):
        apply(account.session(), signed)


def test_a_first_creation_is_planned_and_applied_too(account: Account, file: Path) -> None:
    signed = orders.planned(account, clinic(), file)
    assert signed.plan.change_set_type == "CREATE"
    assert isinstance(apply(account.session(), signed), Deployed)
    assert json.loads((account.outputs / "dev.json").read_text())["db_endpoint"]


def change_the_stack(account: Account, signed: SignedPlan) -> None:
    orders.bring(account.session(), clinic(storage=50))


def delete_the_change_set(account: Account, signed: SignedPlan) -> None:
    account.services.cloudformation.delete_change_set(ChangeSet(signed.plan.change_set, signed.plan.stack_id, ""))


def lose_a_template(account: Account, signed: SignedPlan) -> None:
    changed = next(one for one in signed.plan.templates if one.name == "database.json")
    del account.s3.objects[f"{signed.plan.bucket}/{changed.key}"]


def swap_a_template(account: Account, signed: SignedPlan) -> None:
    changed = next(one for one in signed.plan.templates if one.name == "database.json")
    account.s3.objects[f"{signed.plan.bucket}/{changed.key}"] = OTHER


def swap_a_template_that_does_not_change(account: Account, signed: SignedPlan) -> None:
    other = next(one for one in signed.plan.templates if not one.changed)
    account.s3.objects[f"{signed.plan.bucket}/{other.key}"] = OTHER


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (change_the_stack, "its change set is gone"),
        (delete_the_change_set, "its change set is gone"),
        (lose_a_template, "database.json is gone from"),
        (swap_a_template, "isn't the template that was planned"),
        (swap_a_template_that_does_not_change, "isn't the template that was planned"),
    ],
)
def test_what_is_not_as_it_was_planned_any_more_is_refused_and_nothing_runs(
    account: Account, file: Path, happens: Callable[[Account, SignedPlan], None], why: str
) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    happens(account, signed)
    ran = executions(account)
    with pytest.raises(StalePlan, match=why) as stale:
        apply(account.session(), signed)
    assert stale.value.exit_code == 7
    assert "python build.py plan dev" in str(stale.value.next_step)
    assert executions(account) == ran


def test_a_change_set_that_does_something_else_than_was_shown_is_refused(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    other = replace_in(signed, review_digest="0" * 64)
    with pytest.raises(StalePlan, match="doesn't do what was planned"):
        apply(account.session(), other)
    with pytest.raises(StalePlan, match="the parameters aren't those"):
        apply(account.session(), replace_in(signed, parameters_digest="0" * 64))
    assert executions(account) == 2


def replace_in(signed: SignedPlan, **fields: object) -> SignedPlan:
    from msgspec.structs import replace as changed

    return changed(signed, plan=changed(signed.plan, **fields))


def test_a_plan_for_somewhere_else_is_refused(account: Account, file: Path) -> None:
    signed = orders.planned(account, clinic(), file)
    account.target = replace(account.target, environment="staging")
    with pytest.raises(WrongTarget, match="for environment dev"):
        apply(account.session(), signed)


def test_where_a_key_is_named_plans_are_signed_and_unsigned_ones_are_refused(account: Account, file: Path) -> None:
    unsigned = orders.planned(account, clinic(), file)
    account.kms.keys[KEY] = b"secret"
    account.target = replace(account.target, signing_key=KEY)
    with pytest.raises(UnsignedPlan) as refused:
        apply(account.session(), unsigned)
    assert refused.value.exit_code == 3
    signed = orders.planned(account, clinic(), file)
    assert signed.signature is not None
    assert isinstance(apply(account.session(), signed), Deployed)


def test_a_plan_is_never_applied_twice(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    apply(account.session(), signed)
    ran = executions(account)
    again = apply(account.session(), signed)
    assert isinstance(again, Deployed)
    assert executions(account) == ran


def test_a_plan_that_was_applied_before_another_change_is_stale(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    apply(account.session(), signed)
    orders.bring(account.session(), clinic(storage=50))
    with pytest.raises(StalePlan):
        apply(account.session(), signed)


@pytest.mark.parametrize("forgets", [False, True])
def test_a_client_that_dies_while_its_plan_runs_applies_it_again_to_follow_it(
    account: Account, file: Path, forgets: bool
) -> None:
    orders.bring(account.session(), clinic())
    account.cloudformation.forgets_executed = forgets
    signed = orders.planned(account, clinic(storage=40), file)

    def die() -> None:
        raise KeyboardInterrupt

    account.while_working(die)
    with pytest.raises(LostSight):
        apply(account.session(), signed)
    account.clock.at_sleep.clear()
    ran = executions(account)
    assert isinstance(apply(account.session(), signed), Deployed)
    assert executions(account) == ran
    ledger = open_ledger(account.session(), signed.plan.bucket)
    assert ledger.open_run() is None
    kinds = [type(entry.body) for entry in ledger.entries()][-2:]
    assert kinds == [Began, Ended]


def test_a_plan_whose_run_failed_tells_so_again(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    account.cloudformation.failing["Database", "Instance"] = "no such class"
    signed = orders.planned(account, clinic(storage=40), file)
    assert isinstance(apply(account.session(), signed), RolledBack)
    again = apply(account.session(), signed)
    assert isinstance(again, RolledBack)
    assert again.cause is not None
    assert again.cause.event.reason == "no such class"


def test_a_plan_waits_for_nobody_else_s_operation(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    account.cloudformation.put("clinic-dev", "UPDATE_IN_PROGRESS")
    with pytest.raises(StackBusy):
        apply(account.session(), signed)


def test_data_is_lost_only_by_its_name(account: Account, file: Path) -> None:
    orders.bring(account.session(), with_bucket())
    before = account.contents()
    signed = orders.planned(account, clinic(), file)
    assert signed.plan.losses == ("Files",)
    with pytest.raises(DataLossNotAllowed, match="Files") as refused:
        apply(account.session(assume_yes=True), signed)
    assert str(refused.value.next_step).endswith("--allow-data-loss Files")
    assert account.contents() == before
    assert isinstance(apply(account.session(assume_yes=True), signed, Assent({"Files"})), Deployed)


def test_what_an_earlier_plan_has_uploaded_is_not_uploaded_again_nor_told(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    orders.planned(account, clinic(storage=40), file)
    account.somebody.shown.clear()
    put = list(account.s3.put_keys)
    orders.planned(account, clinic(storage=40), file)
    assert account.somebody.saw(Uploaded) == []
    assert [key for key in account.s3.put_keys[len(put) :] if key.startswith("templates/")] == []


def test_nothing_is_uploaded_to_apply_a_plan(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    signed = orders.planned(account, clinic(storage=40), file)
    account.somebody.shown.clear()
    apply(account.session(), signed)
    assert account.somebody.saw(Uploaded) == []


def test_a_template_of_three_levels_is_planned_and_applied(account: Account, file: Path) -> None:
    inner = template({"Topic": {"Type": "AWS::SNS::Topic"}}, {"Arn": {"Value": {"Ref": "Topic"}}})
    middle = template({"Inner": nested("inner.json")}, {"Arn": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Arn"]}}})
    root = template({"Middle": nested("middle.json")}, {"Arn": {"Value": {"Fn::GetAtt": ["Middle", "Outputs.Arn"]}}})
    signed = orders.planned(account, {"inner.json": inner, "middle.json": middle, "root.json": root}, file)
    assert [one.name for one in signed.plan.templates] == ["inner.json", "middle.json", "root.json"]
    assert isinstance(apply(account.session(), signed), Deployed)


def test_a_plan_whose_stack_was_destroyed_since_is_stale(account: Account, file: Path) -> None:
    signed = orders.planned(account, clinic(), file)
    apply(account.session(), signed)
    stack = account.stack()
    assert stack is not None
    account.services.cloudformation.delete_stack(stack.id, "gone")
    account.clock.sleep(1000)
    with pytest.raises(StalePlan):
        apply(account.session(), signed)


def test_a_plan_that_was_executed_in_the_console_is_recorded_and_protected_when_it_is_applied(
    account: Account, file: Path
) -> None:
    account.target = replace(account.target, protected=True)
    signed = orders.planned(account, clinic(), file)
    account.cloudformation.execute_elsewhere(signed.plan.change_set)
    assert isinstance(apply(account.session(), signed), Deployed)
    ledger = open_ledger(account.session(), signed.plan.bucket)
    began, ended = (entry.body for entry in ledger.entries()[-2:])
    assert isinstance(began, Began)
    assert began.approval is not None
    assert began.approval.how == "console"
    assert isinstance(ended, Ended)
    assert set(ledger.policies()) == {"", "Database", "Keys"}
    stack = account.stack()
    assert stack is not None
    assert stack.is_protected


def test_templates_that_the_bucket_has_lost_are_uploaded_again(account: Account) -> None:
    orders.bring(account.session(), clinic())
    for key in [key for key in account.s3.objects if "/templates/" in key]:
        del account.s3.objects[key]
    assert isinstance(orders.bring(account.session(), clinic(storage=40)), Deployed)


@pytest.mark.parametrize(
    "denied",
    [
        {("cloudformation", "update_termination_protection")},
        {("cloudformation", "set_stack_policy")},
        {("cloudformation", "list_stack_resources")},
    ],
)
def test_protection_that_is_refused_makes_no_failure_of_a_success(
    account: Account, denied: set[tuple[str, str]]
) -> None:
    account.target = replace(account.target, protected=True)
    account.api.denied |= denied
    assert isinstance(orders.bring(account.session(), clinic()), Deployed)
    assert (account.outputs / "dev.json").exists()


def test_what_is_created_after_a_failed_creation_was_cleared_is_what_is_protected(account: Account) -> None:
    account.target = replace(account.target, protected=True)
    account.cloudformation.failing["Keys", "Key"] = "boom"
    assert isinstance(orders.bring(account.session(), clinic()), RolledBack)
    account.cloudformation.failing.clear()
    assert isinstance(orders.bring(account.session(), clinic()), Deployed)
    stack = account.stack()
    assert stack is not None
    assert stack.is_protected


def test_where_nothing_changes_no_older_plan_stays_in_the_file(account: Account, file: Path) -> None:
    orders.bring(account.session(), clinic())
    orders.planned(account, clinic(storage=40), file)
    assert isinstance(orders.plan(account.session(), clinic(), file), NothingToDo)
    assert not file.exists()


def test_a_first_plan_asks_nobody_who_is_not_there(account: Account) -> None:
    account.somebody.can_ask = False
    with pytest.raises(NotApproved, match="nobody can be asked"):
        orders.plan(account.session(), clinic())
    assert account.somebody.asked == []
    assert account.stack_names() == []


def test_a_bootstrap_that_was_left_in_review_is_made_and_used_by_the_same_command(account: Account) -> None:
    wanted = Wanted("stratopause-bootstrap", TemplateBody(BOOTSTRAP.decode()))
    account.services.cloudformation.create_change_set(OpenChangeSet(wanted, "CREATE"), "left", "")
    with_checks = Order(clinic(), lambda: BOOTSTRAP, skipped=[one.name for one in CHECKS if one.name != BUCKET_CHECK])
    assert isinstance(deploy(account.session(assume_yes=True), with_checks), Deployed)


def test_a_plan_that_was_applied_already_makes_no_task_new(account: Account, file: Path) -> None:
    signed = orders.planned(account, clinic(), file)
    apply(account.session(), signed)
    again = apply(account.session(), signed)
    assert isinstance(again, Deployed)
    assert again.before == again.outputs
