"""Change sets that include nested stacks.

ministack has no nested change sets; it also makes a new stack of one that is in review already, takes a
change set for a stack that is busy or only waits for its deletion; deletes and executes whatever it is
told; and forgets a deleted stack when another takes its name.
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/change-sets-for-nested-stacks.html)
"""

from __future__ import annotations

from ministack.services import cloudformation as tables

from stratopause.emulator.cloudformation import early_validation, interruptions, leftovers, planning
from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import (
    IN_PROGRESS,
    Answer,
    Parameters,
    Record,
    change_set_of,
    change_sets,
    events_of,
    flag,
    keep_deleted,
    parameter,
    refusal,
    root_of,
    stack_of,
)

# UPDATE_FAILED and CREATE_FAILED are what a failure without rollback leaves: a new change set may go on from there.
UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_FAILED",
)

# A second deletion is taken for the first one; a creation is stopped.
DELETABLE = ("REVIEW_IN_PROGRESS", "DELETE_IN_PROGRESS", "CREATE_IN_PROGRESS")


@corrects("_create_change_set")
def create(original: Function, params: Parameters) -> Answer:
    """Creates a change set and, if it is asked for, one for every nested stack below."""
    stack = stack_of(parameter(params, "StackName"))
    refused = refused_change_set(stack, params)
    if refused is not None:
        return refused
    keep_deleted(parameter(params, "StackName"))
    known = {change_set["ChangeSetId"] for change_set in change_sets()}
    answer = in_review(original, stack, params)
    for change_set in change_sets():
        if change_set["ChangeSetId"] not in known:
            early_validation.validate(change_set, stack_of(change_set["StackId"]) or {})
            if flag(params, "IncludeNestedStacks"):
                planning.plan_below(change_set)
    return answer


@corrects("_create_stack")
def create_stack(original: Function, params: Parameters) -> Answer:
    """Creates a stack without a change set."""
    keep_deleted(parameter(params, "StackName"))
    answer: Answer = original(params)
    return answer


def refused_change_set(stack: Record | None, params: Parameters) -> Answer | None:
    """What AWS answers where a stack can't take a change set of this type now."""
    if parameter(params, "DeploymentMode") == "REVERT_DRIFT":
        return refusal("DeploymentMode REVERT_DRIFT isn't supported by this emulator")
    if stack is None:
        return None
    name, status = stack["StackName"], stack["StackStatus"]
    if parameter(params, "ChangeSetType") == "CREATE":
        if status != "REVIEW_IN_PROGRESS":
            again = f"cannot be created again with the changeSet [{parameter(params, 'ChangeSetName')}]."
            return refusal(f"Stack [{name}] already exists and {again}")
        return None
    return None if status in UPDATABLE else cannot_update(stack)


def cannot_update(stack: Record) -> Answer:
    """The sentence for a stack that is busy, or in a state that only a deletion ends."""
    return refusal(f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.")


def in_review(original: Function, stack: Record | None, params: Parameters) -> Answer:
    """Creates a change set; a stack that is in review stays the stack that it is."""
    if stack is None or stack["StackStatus"] != "REVIEW_IN_PROGRESS":
        created: Answer = original(params)
        return created
    events = list(events_of(stack))
    status, headers, body = original({**params, "StackName": [stack["StackName"]]})
    replaced = tables._stacks.get(stack["StackName"])
    tables._stacks[stack["StackName"]], tables._stack_events[stack["StackId"]] = stack, events
    if replaced is None or replaced is stack:
        return status, headers, body
    tables._stack_events.pop(replaced["StackId"], None)
    stack["Tags"] = replaced["Tags"]
    for change_set in change_sets():
        if change_set["StackId"] == replaced["StackId"]:
            change_set["StackId"] = stack["StackId"]
    return status, headers, body.replace(replaced["StackId"].encode(), stack["StackId"].encode())


@corrects("_execute_change_set")
def execute(original: Function, params: Parameters) -> Answer:
    """Executes a root change set with all that are below it."""
    change_set = change_set_of(by_name(params))
    if change_set is None:
        answer: Answer = original(params)
        return answer
    stack = stack_of(change_set["StackId"])
    if "ParentChangeSetId" in change_set:
        return refused_for_child(change_set, "executed")
    if change_set["ExecutionStatus"] != "AVAILABLE":
        return not_available(change_set)
    if stack is not None:
        if stack["StackStatus"] not in (*UPDATABLE, "REVIEW_IN_PROGRESS"):
            return cannot_update(stack)
        stack["ChangeSetId"] = change_set["ChangeSetId"]
        stack["Description"] = change_set["_template"].get("Description", "")
    answer = original({**params, "ChangeSetName": [change_set["ChangeSetId"]], "StackName": [""]})
    leftovers.prune()
    return answer


def not_available(change_set: Record) -> Answer:
    """Of a change set that has run, is running or is outdated; and of one that was never made.

    (Quoted in github.com/aws/amazon-chime-sdk-js/issues/1089 and github.com/saksdirect/nova/issues/10.)
    """
    kind, status = "execution status", change_set["ExecutionStatus"]
    if status == "UNAVAILABLE":
        kind, status = "status", change_set["Status"]
    message = f"ChangeSet [{change_set['ChangeSetId']}] cannot be executed in its current {kind} of [{status}]"
    return refusal(message, "InvalidChangeSetStatus")


@corrects("_delete_change_set")
def delete(original: Function, params: Parameters) -> Answer:
    """Deletes a root change set with all that are below it."""
    change_set = change_set_of(by_name(params))
    if change_set is not None:
        if "ParentChangeSetId" in change_set:
            return refused_for_child(change_set, "deleted")
        if change_set["ExecutionStatus"] == "EXECUTE_IN_PROGRESS":
            # quoted in github.com/aws/aws-cdk/issues/26182
            return refusal("An operation on this ChangeSet is currently in progress.", "InvalidChangeSetStatus")
    answer: Answer = original(params)
    leftovers.prune()
    return answer


@corrects("_list_change_sets")
def listed(original: Function, params: Parameters) -> Answer:
    """Lists the change sets of a stack, given by its name or its ARN."""
    answer: Answer = original(by_name(params))
    return answer


def refused_for_child(change_set: Record, what: str) -> Answer:
    """A nested change set is only handled by its root; that AWS refuses is documented, the sentence is worded here."""
    message = (
        f"ChangeSet [{change_set['ChangeSetId']}] is a nested change set and can only be {what} "
        f"from its root change set [{change_set['RootChangeSetId']}]"
    )
    return refusal(message, "InvalidChangeSetStatus")


@corrects("_update_stack")
def update(original: Function, params: Parameters) -> Answer:
    """Updates a stack without a change set."""
    stack = stack_of(parameter(params, "StackName"))
    if stack is not None and stack["StackStatus"] not in UPDATABLE:
        return cannot_update(stack)
    answer: Answer = original(params)
    return answer


@corrects("_delete_stack")
def delete_stack(original: Function, params: Parameters) -> Answer:
    """Deletes a stack, unless its tree is protected or it is busy."""
    stack = stack_of(parameter(params, "StackName"))
    if stack is not None:
        refused = refused_deletion(stack)
        if refused is not None:
            return refused
        if stack["StackStatus"] == "DELETE_IN_PROGRESS":
            return interruptions.accepted()
        if stack["StackStatus"] == "CREATE_IN_PROGRESS":
            return interruptions.delete_while_created(stack)
        use_failed_template(stack)
    answer: Answer = original(params)
    leftovers.prune()
    return answer


def use_failed_template(stack: Record) -> None:
    """A stack whose creation failed is deleted by the policies of the template that it was created from."""
    failed = stack.get("_failed_operation")
    if failed and not stack["_template"]:
        stack["_template"], stack["_resolved_params"] = failed["template"], failed["param_values"]


def refused_deletion(stack: Record) -> Answer | None:
    """What AWS answers where a stack can't be deleted now."""
    status = stack["StackStatus"]
    protected = root_of(stack)
    if protected.get("EnableTerminationProtection"):
        return refusal(f"Stack [{protected['StackId']}] cannot be deleted while TerminationProtection is enabled")
    if status.endswith(IN_PROGRESS) and status not in DELETABLE:
        return refusal(f"Stack [{stack['StackId']}] cannot be deleted while in status {status}")
    return None


def by_name(params: Parameters) -> Parameters:
    """A request with the name of its stack in place of its ARN."""
    stack = stack_of(parameter(params, "StackName"))
    return params if stack is None else {**params, "StackName": [stack["StackName"]]}
