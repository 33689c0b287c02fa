from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stratopause.deployer.errors import Interrupted, NoCredentials, Refused
from stratopause.deployer.events import StackPoliciesLifted, StackPoliciesStayLifted
from stratopause.deployer.protection.lifting import lifted, restore
from stratopause.deployer.protection.policies import digest, open_policy, tree_of, wanted_policies
from stratopause.deployer.protection.setting import protect
from tests.stratopause.deployer.deployed import addressed, bring, execute
from tests.stratopause.deployer.fakes import Account, clinic, nested, template

INSTANCE = "Database/Instance"
SET = "set_stack_policy"


class Killed(BaseException):
    """The client is gone in the middle of what it did."""


@dataclass
class Records:
    """What was recorded, in order, with the policies that stood at that moment."""

    account: Account
    told: list[tuple[str, Any]] = field(default_factory=list)
    stood: list[dict[str, str | None]] = field(default_factory=list)

    def begin(self, paths: tuple[str, ...]) -> None:
        self._note("begin", paths)

    def restored(self, policies: Mapping[str, str]) -> None:
        self._note("restored", dict(policies))

    def left(self) -> tuple[str, ...]:
        """What is lifted, by the records."""
        lifted: tuple[str, ...] = ()
        for what, paths in self.told:
            lifted = paths if what == "begin" else tuple(path for path in lifted if path not in paths)
        return lifted

    def _note(self, what: str, told: Any) -> None:
        self.told.append((what, told))
        self.stood.append(standing(self.account))


def standing(account: Account) -> dict[str, str | None]:
    alive = [stack for stack in account.cloudformation.stacks.values() if stack.status != "DELETE_COMPLETE"]
    return {"/".join(stack.path): stack.policy for stack in alive}


def policies(account: Account, templates: Mapping[str, bytes]) -> dict[str, str]:
    return wanted_policies(tree_of(addressed(account, templates)))


def without_instance() -> dict[str, bytes]:
    subnets = {"Subnets": {"Type": "AWS::RDS::DBSubnetGroup"}}
    return clinic() | {"database.json": template(subnets, {"Endpoint": {"Value": "none"}})}


def protected(account: Account) -> str:
    stack_id = bring(account, clinic())
    protect(account.session(), stack_id, policies(account, clinic()), {})
    account.somebody.shown.clear()
    return stack_id


def status(account: Account) -> str:
    stack = account.stack()
    return "" if stack is None else stack.status


def test_without_an_override_the_policy_rolls_the_deletion_back(account: Account) -> None:
    protected(account)
    bring(account, without_instance())
    assert status(account) == "UPDATE_ROLLBACK_COMPLETE"


def test_an_override_lets_exactly_that_go_and_the_policies_stand_after_it(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    before = standing(account)
    with lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored):
        during = standing(account)
        bring(account, without_instance())
    assert status(account) == "UPDATE_COMPLETE"
    assert {name for name in before if before[name] != during[name]} == {"", "Database"}
    assert records.told == [
        ("begin", ("", "Database")),
        (
            "restored",
            {
                "": digest(stack_id, policies(account, without_instance())[""]),
                "Database": digest(stack_id, open_policy()),
            },
        ),
    ]
    assert records.stood[0] == before
    assert standing(account) == {**policies(account, without_instance()), "Database": open_policy()}
    assert account.somebody.saw(StackPoliciesLifted) == [StackPoliciesLifted("clinic-dev", (INSTANCE,))]


def test_nothing_is_lifted_where_nothing_is_allowed_or_no_policy_forbids_it(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    before, calls = standing(account), len(account.api.calls)
    with lifted(account.session(), stack_id, [], records.begin, records.restored):
        assert len(account.api.calls) == calls
    with lifted(account.session(), stack_id, ["Database/Subnets"], records.begin, records.restored):
        assert standing(account) == before
    assert records.told == [("begin", ()), ("begin", ())]
    assert account.somebody.shown == []


def test_a_run_that_rolls_back_or_fails_has_its_policies_restored(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    before = standing(account)
    account.cloudformation.failing["Keys", "Key"] = "no"
    with lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored):
        changed = without_instance()
        changed["keys.json"] = changed["keys.json"].replace(b'"Properties": {}', b'"Properties": {"Enabled": true}')
        bring(account, changed)
    assert status(account) == "UPDATE_ROLLBACK_COMPLETE"
    assert standing(account) == before
    with (
        pytest.raises(ValueError, match="stale"),
        lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored),
    ):
        raise ValueError("stale")
    assert standing(account) == before
    assert records.left() == ()


def test_while_the_stack_goes_on_the_policies_stay_lifted_and_the_record_says_so(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    run = lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored)
    run.__enter__()
    execute(account, without_instance())
    gone = Interrupted("interrupted; clinic-dev goes on without this command")
    assert not run.__exit__(Interrupted, gone, None)
    assert records.left() == ("", "Database")
    assert account.somebody.saw(StackPoliciesStayLifted)[0].paths == ("", "Database")

    restore(account.session(), records.left(), records.restored)
    assert records.left() == ("", "Database"), "it is still at work"
    assert "UPDATE_IN_PROGRESS" in account.somebody.saw(StackPoliciesStayLifted)[1].why
    account.clock.sleep(60)
    restore(account.session(), records.left(), records.restored)
    assert records.left() == ()
    assert status(account) == "UPDATE_COMPLETE"
    assert standing(account)[""] == policies(account, without_instance())[""]


def kill_at(account: Account, call: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From that call to AWS on, the client is gone: nothing of its own happens any more."""
    really, calls = account.api.call, [0]

    def counted(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        calls[0] += 1
        if calls[0] > call:
            raise Killed
        return really(service, operation, **parameters)

    monkeypatch.setattr(account.api, "call", counted)


def test_a_client_killed_at_any_call_leaves_what_the_next_run_restores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    died, outcomes = 0, set()
    while True:
        account = Account(tmp_path / str(died))
        stack_id, records = protected(account), Records(account)
        with monkeypatch.context() as patch, suppress(Killed):
            kill_at(account, died, patch)
            with lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored):
                bring(account, without_instance())
            break
        account.clock.sleep(120)
        restore(account.session(), records.left(), records.restored)
        assert records.left() == ()
        went = status(account) == "UPDATE_COMPLETE"
        expected = {**policies(account, without_instance()), "Database": open_policy()}
        assert standing(account) == (expected if went else policies(account, clinic()))
        outcomes.add(went)
        died += 1
    assert outcomes == {True, False}


def test_policies_that_cannot_be_lifted_keep_the_run_from_beginning(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    before = standing(account)
    account.api.denied.add(("cloudformation", SET))
    with (
        pytest.raises(Refused, match="AccessDenied"),
        lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored),
    ):
        pytest.fail("it ran")
    assert standing(account) == before
    assert records.left() == ("", "Database")
    account.api.denied.clear()
    restore(account.session(), records.left(), records.restored)
    assert records.left() == ()


def test_what_cannot_be_restored_hides_no_outcome_and_stays_recorded(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    with lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored):
        bring(account, without_instance())
        account.api.answers["cloudformation", "describe_stacks"] = NoCredentials("expired")
    assert records.left() == ("", "Database")
    assert account.somebody.saw(StackPoliciesStayLifted)[0].why == "expired"


def test_one_policy_that_aws_refuses_is_told_and_the_others_are_recorded(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    with lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored):
        root = account.stack()
        really = account.cloudformation.set_stack_policy

        def refuse(asked: dict[str, str]) -> dict[str, str]:
            if root is not None and asked["StackName"] == root.id:
                raise Refused("no", "AccessDenied")
            return really(asked)

        account.api.answers["cloudformation", SET] = refuse
    assert records.left() == ("",)
    assert account.somebody.saw(StackPoliciesStayLifted)[0].paths == ("",)


def test_a_stack_that_is_gone_has_nothing_to_restore(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    with (
        pytest.raises(Interrupted),
        lifted(account.session(), stack_id, [INSTANCE], records.begin, records.restored),
    ):
        raise Interrupted("gone on")
    account.services.cloudformation.delete_stack(stack_id, "token")
    account.clock.sleep(60)
    restore(account.session(), records.left(), records.restored)
    assert records.left() == ()
    calls = len(account.api.calls)
    restore(account.session(), (), records.restored)
    assert len(account.api.calls) == calls


def test_a_nested_stack_may_be_taken_away_by_its_name(account: Account) -> None:
    stack_id, records = protected(account), Records(account)
    fewer = clinic()
    fewer["platform.json"] = template({"Keys": nested("keys.json")})
    del fewer["database.json"]
    with lifted(account.session(), stack_id, ["Database"], records.begin, records.restored):
        bring(account, fewer)
    assert status(account) == "UPDATE_COMPLETE"
    assert records.told[0] == ("begin", ("",))
    assert standing(account) == policies(account, fewer)
