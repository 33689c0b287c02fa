"""Names that CloudFormation makes up.

ministack derives them from the name of the stack alone, so that what a stack left behind would stand in the
way of the next stack of that name. AWS makes a unique one for each creation
(docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html); here its last part comes
from the stack's id.
"""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

from stratopause.emulator.cloudformation.corrections import Function, corrects
from stratopause.emulator.cloudformation.records import stack_of


@corrects("_physical_name")
def physical_name(original: Function, stack_name: str, logical_id: str, *, seeded: bool = True, **form: Any) -> str:
    """A name that stays the same as long as the stack exists, or until the resource is replaced."""
    stack = stack_of(stack_name) or {}
    replacement = provisioners._NAME_SEED.get() if seeded else ""
    token = provisioners._NAME_SEED.set(f"{stack.get('StackId', '')}{replacement}")
    try:
        return str(original(stack_name, logical_id, **form))
    finally:
        provisioners._NAME_SEED.reset(token)
