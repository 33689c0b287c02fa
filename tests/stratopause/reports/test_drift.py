from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from stratopause.deployer.drift import DriftReport, StackDrift
from stratopause.deployer.stacks import PropertyDrift, ResourceDrift, StackResource
from stratopause.deployer.status import ResourceStatus
from stratopause.reports.drift import notes, table

PLAN = "python build.py plan dev"
DATABASE = ResourceDrift(
    "Instance",
    "db-1",
    "AWS::RDS::DBInstance",
    "MODIFIED",
    (
        PropertyDrift("/AllocatedStorage", "20", "40", "NOT_EQUAL"),
        PropertyDrift("/Tags/1", "", "x" * 200, "ADD"),
        PropertyDrift("/MasterUserPassword", "old", "hunter2", "NOT_EQUAL"),
    ),
)
GONE = ResourceDrift("Topic", "arn:topic", "AWS::SNS::Topic", "DELETED")


def rows(report: DriftReport) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=1000).print(table(report))
    return [" ".join(line.split()) for line in out.getvalue().splitlines()[1:]]


def lines(report: DriftReport) -> list[str]:
    return [text.plain.strip() for text in notes(report, PLAN)]


def test_a_row_says_where_and_what_and_what_it_should_be() -> None:
    report = DriftReport("clinic-dev", (StackDrift((), (GONE,)), StackDrift(("Database",), (DATABASE,))))
    where = "clinic-dev/Database/Instance (AWS::RDS::DBInstance)"
    assert rows(report) == [
        "clinic-dev/Topic (AWS::SNS::Topic) - there deleted",
        f"{where} /AllocatedStorage 20 40",
        f"{where} /Tags/1 {'x' * 79}…",
        f"{where} /MasterUserPassword (hidden) (hidden)",
    ]


def test_what_to_do_is_said_once_and_by_hand_for_each_property() -> None:
    report = DriftReport("clinic-dev", (StackDrift((), (GONE,)), StackDrift(("Database",), (DATABASE,))))
    assert lines(report) == [
        "2 resources of clinic-dev drifted",
        "next: python build.py plan dev --revert-drift",
        "what that plan doesn't list, AWS manages itself or can't revert; by hand:",
        "take Topic out of its template, deploy, then put it back and deploy again",
        "set /AllocatedStorage of Database/Instance (db-1) to 20",
        "remove /Tags/1 of Database/Instance (db-1)",
        "set /MasterUserPassword of Database/Instance (db-1) to (hidden)",
    ]


def unchecked(*kinds: str) -> DriftReport:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    resources = tuple(
        StackResource(f"R{number}", "r", kind, ResourceStatus("CREATE_COMPLETE"), now, "", "NOT_CHECKED")
        for number, kind in enumerate(kinds)
    )
    return DriftReport("clinic-dev", (StackDrift((), (), resources),))


def test_what_could_not_be_checked_is_counted_by_its_type() -> None:
    assert lines(unchecked("AWS::X::Z", "AWS::X::Y", "AWS::X::Y")) == [
        "CloudFormation can't compare 3 resources: AWS::X::Y (2), AWS::X::Z (1)",
        "clinic-dev is as its templates say, as far as CloudFormation can compare",
    ]


def test_of_many_types_the_most_frequent_are_named() -> None:
    told = lines(unchecked(*"ABCDEFG", "G"))[0]
    assert told.endswith("8 resources: G (2), A (1), B (1), C (1), D (1) and 2 more types, which --json names")


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    hostile = ResourceDrift(
        "\x1b[2J", "p", "T", "MODIFIED", (PropertyDrift("/\x07", "\x1b[31m", "[red]", "NOT_EQUAL"),)
    )
    report = DriftReport("clinic-dev", (StackDrift((), (hostile,), problem="\x1b]0;x\x07"),))
    told = "\n".join([*rows(report), *lines(report)])
    assert "\x1b" not in told
    assert "\x07" not in told
    assert "[red]" in told
