"""Requests that are repeated with the token of the first one: AWS answers as it did, and nothing is done twice.

("Specify this token if you plan to retry requests so that CloudFormation knows that you're not attempting to execute a
change set to update a stack with the same name":
docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html.)
"""

from __future__ import annotations

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import Answer, Parameters, Record, change_set_of, parameter, stack_of
from stratopause.emulator.cloudformation.reviews import by_name


@corrects("_create_change_set")
def create_once(original: Function, params: Parameters) -> Answer:
    """CreateChangeSet, by its `ClientToken`: only while the change set is there, since its name is free after."""
    token = parameter(params, "ClientToken")
    known = change_set_of(by_name(params))
    if known is not None and token and known.get("_client_token") == token:
        repeated: Answer = known["_answer"]
        return repeated
    answer: Answer = original(params)
    made = change_set_of(by_name(params))
    if made is not None and known is None:
        made |= {"_client_token": token, "_answer": answer}
    return answer


@corrects("_execute_change_set")
def execute_once(original: Function, params: Parameters) -> Answer:
    """ExecuteChangeSet: accepted again while it runs, and after."""
    change_set = change_set_of(by_name(params)) or {"ChangeSetId": "", "StackId": ""}
    return once(original, params, stack_of(change_set["StackId"]), f"execute {change_set['ChangeSetId']}")


@corrects("_cancel_update_stack")
def cancel_once(original: Function, params: Parameters) -> Answer:
    """CancelUpdateStack."""
    return once(original, params, stack_of(parameter(params, "StackName")), "cancel")


@corrects("_rollback_stack")
def roll_back_once(original: Function, params: Parameters) -> Answer:
    """RollbackStack."""
    return once(original, params, stack_of(parameter(params, "StackName")), "roll back")


@corrects("_continue_update_rollback")
def continue_once(original: Function, params: Parameters) -> Answer:
    """ContinueUpdateRollback."""
    return once(original, params, stack_of(parameter(params, "StackName")), "continue")


def once(original: Function, params: Parameters, stack: Record | None, about: str) -> Answer:
    """The answer that a request with this token had, if it was accepted; else what it is answered now."""
    token = parameter(params, "ClientRequestToken")
    answers: dict[tuple[str, str], Answer] = {} if stack is None else stack.setdefault("_answers", {})
    if token and (about, token) in answers:
        return answers[about, token]
    answer: Answer = original(params)
    if token and answer[0] < 300:
        answers[about, token] = answer
    return answer
