"""What stack policies keep, through whole deployments: refused, named, let go once, kept again."""

from __future__ import annotations

import pytest

from stratopause.deployer.approving import refuse_losses
from stratopause.deployer.assent import Assent
from stratopause.deployer.errors import DataLossNotAllowed
from stratopause.deployer.outcomes import Deployed, NothingToDo
from stratopause.deployer.protection.policies import wanted_policies
from stratopause.deployer.protection.setting import deployed_tree
from tests.stratopause.deployer.fakes import Account, clinic, nested, template
from tests.stratopause.deployer.orders import bring

ALIAS = {"Alias": {"Type": "AWS::KMS::Alias"}}
SET = ("cloudformation", "set_stack_policy")


def without_key() -> dict[str, bytes]:
    """The key goes from its template; its deletion policy retains it."""
    return clinic() | {"keys.json": template(ALIAS, {"KeyArn": {"Value": "none"}})}


def standing(account: Account) -> dict[str, str]:
    """The policies that deny anything."""
    stacks = account.cloudformation.stacks.values()
    of_target = [one for one in stacks if one.status != "DELETE_COMPLETE" and one.name.startswith("clinic-dev")]
    return {"/".join(one.path): one.policy for one in of_target if one.policy and "Deny" in one.policy}


def expected(account: Account) -> dict[str, str]:
    stack = account.stack()
    assert stack is not None
    return wanted_policies(deployed_tree(account.services.cloudformation, stack.id))


def test_a_deployment_leaves_every_data_store_kept_and_the_next_one_costs_no_call_for_that(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    assert standing(account) == expected(account)
    assert list(standing(account)) == ["", "Keys", "Database"]
    before = account.api.calls.count(SET)
    bring(account.session(assume_yes=True), clinic())
    bring(account.session(assume_yes=True), clinic(storage=40))
    assert account.api.calls.count(SET) == before


def test_what_is_retained_goes_from_its_stack_only_when_it_is_named(account: Account) -> None:
    bring(account.session(assume_yes=True), clinic())
    with pytest.raises(DataLossNotAllowed, match="Keys/Key would be deleted or replaced, which stack policies") as no:
        bring(account.session(assume_yes=True), without_key())
    assert no.value.next_step == "if it shall be: python build.py deploy dev --allow-data-loss Keys/Key"
    assert account.cloudformation.change_sets == {}

    outcome = bring(account.session(assume_yes=True), without_key(), assent=Assent(("Keys/Key",)))
    assert isinstance(outcome, Deployed)
    assert standing(account) == expected(account)
    assert list(standing(account)) == ["", "Database"]
    assert isinstance(bring(account.session(assume_yes=True), without_key()), NothingToDo)


def test_a_nested_stack_goes_only_when_it_and_what_it_holds_are_named(account: Account) -> None:
    more = clinic(Vault=nested("vault.json")) | {
        "vault.json": template({"Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}})
    }
    bring(account.session(assume_yes=True), more)
    assert "Vault" in standing(account)
    with pytest.raises(DataLossNotAllowed, match="Vault, Vault/Bucket would be deleted"):
        bring(account.session(assume_yes=True), clinic())
    outcome = bring(account.session(assume_yes=True), clinic(), assent=Assent(("Vault", "Vault/Bucket")))
    assert isinstance(outcome, Deployed)
    assert standing(account) == expected(account)


def test_losses_and_what_is_only_kept_are_told_apart_and_named_together() -> None:
    refuse_losses(["A"], ["A", "B"], "deploy", ["A", "B"])
    with pytest.raises(DataLossNotAllowed) as no:
        refuse_losses(["A"], [], "deploy", ["A", "B"])
    assert no.value.message == (
        "data would be lost with A; B would be deleted or replaced, which stack policies forbid, "
        "and nobody has allowed that"
    )
    assert no.value.next_step == "if it shall be: deploy --allow-data-loss A B"
