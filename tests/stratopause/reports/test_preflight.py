from __future__ import annotations

from stratopause.deployer.preflight.findings import Finding, State
from stratopause.reports.preflight import lines, summary

HOSTILE = "\x1b[2Jevil\r\nsecond"
FOUND = [
    Finding("zones", State.PASSED, "a is available"),
    Finding("image", State.FAILED, f"there is no {HOSTILE}", "push it", ("Service", "Task")),
    Finding("keys", State.UNANSWERED, "needs kms:DescribeKey", "allow it"),
    Finding("permissions", State.WARNING, "root", "use a role"),
    Finding("signing-key", State.UNANSWERED, "needs kms:DescribeKey", "allow it"),
    Finding("trail", State.UNANSWERED, "late"),
    Finding("zones", State.PASSED, "b is available"),
    Finding("artifact-bucket", State.FAILED, "gone"),
]


def test_what_failed_comes_first_with_its_place_and_what_to_do() -> None:
    assert [line.plain for line in lines("clinic-dev", FOUND)] == [
        "failed (2)",
        r"  image clinic-dev/Service/Task: there is no \x1b[2Jevil second",
        "    next: push it",
        "  artifact-bucket: gone",
        "warning (1)",
        "  permissions: root",
        "    next: use a role",
        "unanswered (3)",
        "  keys, signing-key: needs kms:DescribeKey",
        "    next: allow it",
        "  trail: late",
        "passed (2)",
        "  zones",
    ]


def test_states_without_findings_have_no_heading() -> None:
    assert [line.plain for line in lines("clinic-dev", FOUND[:1])] == ["passed (1)", "  zones"]


def test_a_sum_is_made_of_all_states() -> None:
    assert summary(FOUND) == "2 failed, 1 warning, 3 unanswered, 2 passed"
    assert summary([]) == "0 failed, 0 warnings, 0 unanswered, 0 passed"
