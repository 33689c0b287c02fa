from __future__ import annotations

import pytest

from stratopause.deployer import events
from stratopause.reports.sentences import sentence


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (
            events.StackPoliciesSet("clinic-dev", ("", "Database")),
            "stack policies keep what holds data in 2 stacks of clinic-dev from being deleted or replaced",
        ),
        (
            events.StackPolicyRefused("clinic-dev", "Database", "AccessDenied"),
            (
                "warning: no stack policy protects what holds data in clinic-dev/Database: AccessDenied\n"
                "  next: allow cloudformation:SetStackPolicy, then deploy again"
            ),
        ),
        (
            events.StackPoliciesLifted("clinic-dev", ("Database/Instance",)),
            "lifted the stack policies for this run: Database/Instance may be deleted or replaced",
        ),
        (
            events.StackPoliciesStayLifted("clinic-dev", ("", "Database"), "clinic-dev is UPDATE_IN_PROGRESS"),
            (
                "warning: stack policies are still lifted: clinic-dev, clinic-dev/Database: clinic-dev is "
                "UPDATE_IN_PROGRESS\n  next: deploy again once the stack is at rest; that restores them first"
            ),
        ),
        (
            events.DriftDetectionStarted("clinic-dev", 3),
            "comparing what is there with the templates of clinic-dev, in 3 stacks",
        ),
    ],
)
def test_a_sentence_says_what_happened_and_what_to_do(event: events.Event, told: str) -> None:
    assert sentence(event) == told


def test_what_is_no_event_has_no_sentence() -> None:
    with pytest.raises(TypeError, match="no sentence for int"):
        sentence(1)
