"""AWS Backup: selections, restore testing, and vaults that are still in use."""

from __future__ import annotations

import time
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import backup

from stratopause.emulator.resources.calls import arn, call
from stratopause.emulator.resources.handlers import (
    Attributes,
    Change,
    Result,
    add,
    after_change,
    before_change,
    before_delete,
)
from stratopause.emulator.resources.operations import forget_on_reset
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties

_plans: AccountRegionScopedDict = AccountRegionScopedDict()  # name -> restore testing plan
_selections: AccountRegionScopedDict = AccountRegionScopedDict()  # (plan, name) -> restore testing selection


def create_selection(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is `<selection id>_<plan id>`."""
    plan_id, selection = properties["BackupPlanId"], properties["BackupSelection"]
    answer = call("backup", "CreateBackupSelection", BackupPlanId=plan_id, BackupSelection=_api_selection(selection))
    physical_id = f"{answer['SelectionId']}_{plan_id}"
    return physical_id, {"SelectionId": answer["SelectionId"], "Id": physical_id}


def _api_selection(selection: Properties) -> dict[str, Any]:
    return {name: value for name, value in selection.items() if value is not None}


def delete_selection(physical_id: str, _properties: Properties) -> None:
    """What it backed up stays."""
    selection_id, _, plan_id = physical_id.partition("_")
    if selection_id in backup._selections:
        call("backup", "DeleteBackupSelection", BackupPlanId=plan_id, SelectionId=selection_id)


def create_testing_plan(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Its name is unique in the account and region."""
    name = properties["RestoreTestingPlanName"]
    if name in _plans:
        raise AlreadyExists("AWS::Backup::RestoreTestingPlan", "RestoreTestingPlanName", name)
    _plans[name] = {"CreationTime": int(time.time())}
    return update_testing_plan(name, {}, properties)


def update_testing_plan(name: str, _before: Properties, after: Properties) -> Result:
    """Everything but the name changes in place."""
    kept = {key: value for key, value in after.items() if key != "Tags"}
    plan_arn = arn("backup", f"restore-testing-plan:{name}")
    _plans[name] = {**kept, "CreationTime": _plans[name]["CreationTime"], "RestoreTestingPlanArn": plan_arn}
    return name, {"RestoreTestingPlanArn": plan_arn}


def delete_testing_plan(name: str, _properties: Properties) -> None:
    """Refused while it has selections."""
    if any(plan == name for plan, _ in _selections):
        message = f"Restore testing plan {name} cannot be deleted because it has restore testing selections"
        raise Refusal(message, "Backup")
    _plans.pop(name, None)


def create_testing_selection(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is `<plan name>|<selection name>`."""
    plan, name = properties["RestoreTestingPlanName"], properties["RestoreTestingSelectionName"]
    if plan not in _plans:
        raise _no_plan(plan)
    _selections[plan, name] = properties | {"CreationTime": int(time.time())}
    return f"{plan}|{name}", {}


def update_testing_selection(physical_id: str, _before: Properties, after: Properties) -> Result:
    """The whole selection anew."""
    create_testing_selection("", after, "")
    return physical_id, {}


def delete_testing_selection(_physical_id: str, properties: Properties) -> None:
    """What it restored stays."""
    _selections.pop((properties["RestoreTestingPlanName"], properties["RestoreTestingSelectionName"]), None)


def _no_plan(name: str) -> Refusal:
    return Refusal(f"Restore testing plan '{name}' not found.", "Backup", "ResourceNotFoundException", 404)


def _get_plan(name: str) -> Any:
    plan = _plans.get(name)
    if plan is None:
        return backup._not_found(_no_plan(name).message)
    return backup._ok({"RestoreTestingPlan": plan})


def _list_plans(_query: dict[str, str]) -> Any:
    return backup._ok({"RestoreTestingPlans": list(_plans.values())})


def _get_selection(plan: str, name: str) -> Any:
    selection = _selections.get((plan, name))
    if selection is None:
        return backup._not_found(f"Restore testing selection '{name}' not found.")
    return backup._ok({"RestoreTestingSelection": selection})


def _list_selections(plan: str, _query: dict[str, str]) -> Any:
    found = [selection for (owner, _), selection in _selections.items() if owner == plan]
    return backup._ok({"RestoreTestingSelections": found})


@before_change("AWS::Backup::BackupPlan")
def _vaults_exist(change: Change) -> None:
    for rule in change.properties["BackupPlan"].get("BackupPlanRule", ()):
        if rule["TargetBackupVault"] not in backup._vaults:
            message = f"Cannot find Backup vault with name {rule['TargetBackupVault']}"
            raise Refusal(message, "Backup", "ResourceNotFoundException")


@after_change("AWS::Backup::BackupVault")
def _vault_record(name: str, change: Change) -> Attributes:
    """The lock, which ministack forgets."""
    lock = change.properties.get("LockConfiguration")
    vault = backup._vaults[name]
    vault["Locked"] = lock is not None
    vault |= {key: lock[key] for key in ("MinRetentionDays", "MaxRetentionDays") if lock and key in lock}
    return {"BackupVaultArn": vault["BackupVaultArn"]}


@before_delete("AWS::Backup::BackupVault")
def _vault_is_empty(name: str, _properties: Properties) -> None:
    if backup._vaults.get(name, {}).get("NumberOfRecoveryPoints", 0):
        message = f"Backup vault {name} cannot be deleted because it contains recovery points."
        raise Refusal(message, "Backup", "InvalidRequestException")


@before_delete("AWS::Backup::BackupPlan")
def _plan_is_free(plan_id: str, _properties: Properties) -> None:
    if any(selection["BackupPlanId"] == plan_id for selection in backup._selections.values()):
        message = "Related backup plan selections must be deleted prior to backup plan deletion"
        raise Refusal(message, "Backup", "InvalidRequestException")


add("AWS::Backup::BackupSelection", create_selection, delete_selection)
add("AWS::Backup::RestoreTestingPlan", create_testing_plan, delete_testing_plan, update_testing_plan)
add(
    "AWS::Backup::RestoreTestingSelection",
    create_testing_selection,
    delete_testing_selection,
    update_testing_selection,
)
backup._get_restore_testing_plan = _get_plan
backup._list_restore_testing_plans = _list_plans
backup._get_restore_testing_selection = _get_selection
backup._list_restore_testing_selections = _list_selections
forget_on_reset(backup, _plans, _selections)
