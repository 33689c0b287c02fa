"""Hooks: an account that has none, as AWS answers for it. ministack doesn't know the questions."""

from __future__ import annotations

from ministack.services.cloudformation import handlers, helpers

from stratopause.emulator.cloudformation.answers import element
from stratopause.emulator.cloudformation.records import Answer, Parameters, change_set_of, parameter, refusal
from stratopause.emulator.cloudformation.reviews import by_name


def describe_change_set_hooks(params: Parameters) -> Answer:
    """Of a change set that is there: planned, and none."""
    change_set = change_set_of(by_name(params))
    if change_set is None:
        return refusal(f"ChangeSet [{parameter(params, 'ChangeSetName')}] does not exist", "ChangeSetNotFound")
    told = {name: change_set[name] for name in ("ChangeSetId", "ChangeSetName", "StackId", "StackName")}
    return answered("DescribeChangeSetHooks", {**told, "Hooks": [], "Status": "PLANNED"})


def list_hook_results(params: Parameters) -> Answer:
    """No results, whatever is asked about."""
    asked = {name: parameter(params, name) for name in ("TargetType", "TargetId") if parameter(params, name)}
    return answered("ListHookResults", {**asked, "HookResults": []})


def answered(action: str, members: dict[str, object]) -> Answer:
    """An answer of the Query protocol."""
    inner = "".join(element(name, value) for name, value in members.items())
    answer: Answer = helpers._xml(200, f"{action}Response", f"<{action}Result>{inner}</{action}Result>")
    return answer


handlers._ACTION_HANDLERS["DescribeChangeSetHooks"] = describe_change_set_hooks
handlers._ACTION_HANDLERS["ListHookResults"] = list_hook_results
