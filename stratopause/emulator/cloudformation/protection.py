"""Termination protection of nested stacks: that of their root, which ministack neither shows nor minds.

("For nested stacks, termination protection is set on the root stack and can't be changed directly on the nested
stack": docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html; the sentence of
the refusal is worded here.)
"""

from __future__ import annotations

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import Answer, Parameters, parameter, refusal, stack_of, stacks


@corrects("_update_termination_protection")
def update_protection(original: Function, params: Parameters) -> Answer:
    """Protects a root with all that are nested in it, or ends their protection."""
    stack = stack_of(parameter(params, "StackName"))
    if stack is not None and "RootId" in stack:
        message = f"Termination protection of the nested stack [{stack['StackId']}] is set on its root stack"
        return refusal(f"{message} [{stack['RootId']}]")
    answer: Answer = original(params)
    for nested in stacks():
        if stack is not None and nested.get("RootId") == stack["StackId"]:
            nested["EnableTerminationProtection"] = stack["EnableTerminationProtection"]
    return answer
