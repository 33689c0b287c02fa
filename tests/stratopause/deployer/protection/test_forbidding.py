from __future__ import annotations

from stratopause.deployer.changes import ResourceChange
from stratopause.deployer.protection.forbidding import forbidden
from stratopause.deployer.protection.lifting import lifted
from stratopause.deployer.protection.policies import tree_of, wanted_policies
from stratopause.deployer.protection.setting import protect, stack_ids
from stratopause.deployer.stacks import NESTED_STACK
from tests.stratopause.deployer.deployed import addressed, bring
from tests.stratopause.deployer.fakes import Account, clinic, nested, template

BUCKET = "AWS::S3::Bucket"


def test_what_holds_data_and_goes_is_named_also_where_a_deletion_policy_keeps_it(account: Account) -> None:
    changes = [
        ((), ResourceChange("Kept", BUCKET, "Remove", policy_action="Retain")),
        (("Store",), ResourceChange("Replaced", BUCKET, "Modify", "True", "ReplaceAndRetain")),
        (("Store",), ResourceChange("Maybe", BUCKET, "Modify", "Conditional")),
        (("Store",), ResourceChange("Unknown", BUCKET, "Dynamic")),
        (("Store",), ResourceChange("Modified", BUCKET, "Modify", "False")),
        (("Store",), ResourceChange("Added", BUCKET, "Add")),
        ((), ResourceChange("Topic", "AWS::SNS::Topic", "Remove")),
        ((), ResourceChange("Store", NESTED_STACK, "Modify")),
    ]
    assert forbidden(account.services.cloudformation, changes) == (
        "Kept",
        "Store/Maybe",
        "Store/Replaced",
        "Store/Unknown",
    )
    assert account.api.calls == []


def test_of_a_nested_stack_that_goes_all_that_it_holds_is_named(account: Account) -> None:
    templates = clinic(Outer=nested("outer.json"), Alerts=nested("alerts.json"))
    templates |= {
        "outer.json": template({"Inner": nested("keys.json")}),
        "alerts.json": template({"Topic": {"Type": "AWS::SNS::Topic"}}),
    }
    stack_id = bring(account, templates)
    ids = stack_ids(account.services.cloudformation, stack_id, ["Outer", "Alerts"])
    changes = [
        ((), ResourceChange(name, NESTED_STACK, "Remove", physical_id=physical_id)) for name, physical_id in ids.items()
    ]
    found = forbidden(account.services.cloudformation, changes)
    assert found == ("Outer", "Outer/Inner", "Outer/Inner/Key")

    policies = wanted_policies(tree_of(addressed(account, templates)))
    protect(account.session(), stack_id, policies, {})
    with lifted(account.session(), stack_id, found, lambda paths: None, lambda policies: None):
        bring(account, clinic())
    stack = account.stack()
    assert stack is not None
    assert stack.status == "UPDATE_COMPLETE"
