from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stratopause.deployer import events, outcomes
from stratopause.deployer.changes import ChangeSet, PropertyChange, ResourceChange, Review, StackChanges
from stratopause.deployer.events import Happened, Kept, MakeBootstrap, MakeChanges
from stratopause.deployer.inspection import NestedStatus, StatusReport
from stratopause.deployer.stacks import NESTED_STACK, DeployedStack, Output, StackEvent, StackResource
from stratopause.deployer.status import ResourceStatus, StackStatus
from stratopause.reports.console import ConsoleReport

THEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
HOSTILE = "\x1b[2J[red]evil[/red]\r\nsecond :bomb:"
CLEAN = r"\x1b[2J[red]evil[/red] second :bomb:"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Desk:
    """A report with nobody at a terminal, or somebody who answers `typed`."""

    def __init__(self, typed: str = "", terminal: bool = False) -> None:
        stream: Callable[[str], io.StringIO] = Terminal if terminal else io.StringIO
        self.out, self.err, self.answers = io.StringIO(), stream(""), stream(typed)
        self.report = ConsoleReport(self.out, self.err, self.answers)

    def told(self) -> str:
        return self.err.getvalue()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def event(
    path: tuple[str, ...], logical_id: str, status: str, reason: str = "", kind: str = "AWS::SNS::Topic", id_: str = "p"
) -> Happened:
    told = StackEvent("e", "arn:stack", logical_id, id_, kind, ResourceStatus(status), THEN, reason)
    return Happened("clinic-dev", path, told)


def resource(logical_id: str, kind: str = "AWS::KMS::Key") -> StackResource:
    return StackResource(logical_id, "physical", kind, ResourceStatus("CREATE_COMPLETE"), THEN)


def change(logical_id: str, action: str = "Add", kind: str = "AWS::SNS::Topic", **more: str) -> ResourceChange:
    details = (PropertyChange("/A"),)
    return ResourceChange(logical_id, kind, action, more.get("replacement", ""), more.get("policy", ""), details)


def ready(*stacks: StackChanges, link: str | None = None) -> events.ReviewReady:
    return events.ReviewReady("clinic-dev", Review(ChangeSet("c", "s", "CREATE_COMPLETE"), stacks), link)


def test_a_review_is_as_wide_as_the_terminal_and_shows_everything_if_that_is_wanted(desk: Desk) -> None:
    long = PropertyChange("/Properties/Name", before="x" * 300, after="y" * 300)
    told = ready(StackChanges((), (ResourceChange("A", "AWS::SNS::Topic", "Modify", details=(long,)), change("B"))))
    desk.report.show(told)
    assert 80 < max(map(len, desk.told().splitlines())) <= 160
    terminal = Desk(terminal=True)
    terminal.report.err.width = 80
    terminal.report.show(ready(StackChanges((), (change("A"), change("B")))))
    assert "2 new" in terminal.told()
    terminal.report.everything = True
    terminal.report.show(ready(StackChanges((), (change("A"), change("B")))))
    assert "+ B AWS::SNS::Topic" in terminal.told()


@pytest.mark.parametrize(
    "told",
    [
        ready(StackChanges((), (change(HOSTILE, "Modify"),))),
        event((HOSTILE,), "A", "CREATE_FAILED"),
        event((), "A", "CREATE_FAILED", HOSTILE),
        events.CreationRolledBack("clinic-dev", event((), "A", "CREATE_FAILED", HOSTILE)),
        events.DestructionReady("clinic-dev", 1, (Kept((), resource(HOSTILE)),), ()),
        events.DestructionReady("clinic-dev", 1, (), (((), resource(HOSTILE)),)),
        events.ProtectionLifted((), resource(HOSTILE)),
    ],
)
def test_what_comes_from_aws_is_neither_markup_nor_control(desk: Desk, told: events.Event) -> None:
    desk.report.show(told)
    assert CLEAN in desk.told()
    assert "\x1b" not in desk.told()


def test_outputs_from_aws_are_neither_markup_nor_control(desk: Desk) -> None:
    desk.report.outputs([Output("VpcId", HOSTILE, HOSTILE)])
    assert "[red]" in desk.out.getvalue()
    assert "\x1b" not in desk.out.getvalue()


def test_data_that_goes_to_a_file_or_a_pipe_is_one_line_each_however_long(desk: Desk) -> None:
    desk.report.outputs([Output("LoadBalancerArn", "arn:" + "x" * 300, "what " * 50)])
    assert len(desk.out.getvalue().splitlines()) == 2
    assert "x" * 300 in desk.out.getvalue()


def test_outputs_are_data_on_stdout_by_their_collected_names(desk: Desk) -> None:
    desk.report.outputs([Output("VpcId", "vpc-1", "the network"), Output("AlbDnsName", "alb")])
    lines = desk.out.getvalue().splitlines()
    assert [line.split()[0] for line in lines] == ["output", "alb_dns_name", "vpc_id"]
    assert "the network" in lines[2]
    assert desk.told() == ""


@pytest.mark.parametrize(
    ("outcome", "line", "code"),
    [
        (outcomes.Deployed("s", (), 65.4), "s is deployed, in 1 min 5 s", 0),
        (outcomes.NothingToDo("s", ()), "s is already as it is wanted: nothing to do", 0),
        (outcomes.Declined("s"), "declined: s stays as it is", 3),
        (outcomes.RolledBack("s", StackStatus.ROLLBACK_COMPLETE, None), "s failed and was rolled back", 4),
        (outcomes.Stuck("s", StackStatus.DELETE_FAILED, None, "do this"), "  next: do this", 5),
        (outcomes.Destroyed("s", ()), "s is destroyed; nothing stays", 0),
        (outcomes.Destroyed("s", (Kept((), resource("Key")),)), "1 resource left, listed above", 0),
        (outcomes.NothingToDestroy("s"), "s doesn't exist: nothing to destroy", 0),
    ],
)
def test_each_end_has_its_sentence_and_its_exit_code(
    desk: Desk, outcome: outcomes.Outcome, line: str, code: int
) -> None:
    assert desk.report.conclude(outcome) == code
    assert line in desk.told()


def test_a_failure_is_told_with_its_place_type_and_reason(desk: Desk) -> None:
    cause = event(("Database",), "Instance", "CREATE_FAILED", "no such version", "AWS::RDS::DBInstance")
    desk.report.conclude(outcomes.RolledBack("clinic-dev", StackStatus.ROLLBACK_COMPLETE, cause))
    assert "  clinic-dev/Database/Instance (AWS::RDS::DBInstance): no such version\n" in desk.told()
    desk.report.conclude(outcomes.RolledBack("s", StackStatus.ROLLBACK_COMPLETE, event((), "A", "CREATE_FAILED")))
    assert "CloudFormation gives no reason" in desk.told()


@pytest.mark.parametrize(
    "told",
    [
        events.BootstrapMissing("stratopause-bootstrap"),
        events.Uploaded(("a.json", "b.json"), "bucket"),
        events.ChangeSetRequested("clinic-dev", "CREATE"),
        events.ProtectionSet("clinic-dev"),
        events.OutputsWritten(Path("outputs/dev.json"), ()),
        events.Ended("clinic-dev", StackStatus.CREATE_COMPLETE),
        events.CreationRolledBack("clinic-dev", None),
        events.ProtectionLifted(("Database",), resource("Instance")),
    ],
)
def test_each_event_is_one_line_on_stderr(desk: Desk, told: events.Event) -> None:
    desk.report.show(told)
    assert len(desk.told().splitlines()) == 1
    assert desk.out.getvalue() == ""


def test_progress_that_nobody_watches_is_a_line_per_stack_and_failure(desk: Desk) -> None:
    review = ready(StackChanges(("Alerts",), (change("Topic"),))).review
    with desk.report as report:
        report.show(events.Executing("clinic-dev", review))
        report.show(event((), "clinic-dev", "CREATE_IN_PROGRESS", kind=NESTED_STACK, id_="arn:stack"))
        report.show(event(("Alerts",), "Topic", "CREATE_IN_PROGRESS"))
        report.show(event(("Alerts",), "Topic", "CREATE_FAILED", "boom"))
        report.show(event(("Alerts",), "Other", "CREATE_COMPLETE"))
        report.show(event((), "clinic-dev", "ROLLBACK_COMPLETE", kind=NESTED_STACK, id_="arn:stack"))
    assert desk.told().splitlines() == [
        "making the changes to clinic-dev",
        "  CREATE_IN_PROGRESS clinic-dev",
        "  CREATE_FAILED clinic-dev/Alerts/Topic (AWS::SNS::Topic): boom",
        "  ROLLBACK_COMPLETE clinic-dev",
    ]


def test_progress_at_a_terminal_is_a_tree_of_stacks_with_counts() -> None:
    desk = Desk(terminal=True)
    stacks = (StackChanges((), ()), StackChanges(("Alerts",), (change("Topic"), change("Other"))))
    with desk.report as report:
        report.show(events.Executing("clinic-dev", ready(*stacks).review))
        report.show(event(("Alerts",), "Alerts", "CREATE_IN_PROGRESS", kind=NESTED_STACK, id_="arn:stack"))
        report.show(event(("Alerts",), "Topic", "CREATE_COMPLETE"))
        report.show(event(("Alerts",), "Other", "CREATE_IN_PROGRESS"))
        report.err.print(report.board.tree())
        report.show(events.Ended("clinic-dev", StackStatus.CREATE_COMPLETE))
    told = desk.told()
    assert "1 of 2 done" in told
    assert "Other" in told
    assert told.rstrip().endswith("clinic-dev: CREATE_COMPLETE")
    assert told.count("\x1b[?25l") == told.count("\x1b[?25h") == 1


@pytest.mark.parametrize("terminal", [True, False])
def test_an_operation_that_ran_already_is_followed_and_its_rollback_told_with_the_cause(terminal: bool) -> None:
    desk = Desk(terminal=terminal)
    cause = event((), "Topic", "CREATE_FAILED", "Topic already exists")
    with desk.report as report:
        report.show(events.Attached("clinic-dev", StackStatus.CREATE_IN_PROGRESS, THEN, "ada"))
        report.show(events.StillAtWork("clinic-dev", tuple(((), f"R{number}", 61.0) for number in range(6))))
        report.show(events.StillAtWork("clinic-dev", ()))
        report.show(events.RollingBack("clinic-dev", cause, ("also this",)))
    told = desk.told()
    assert "following clinic-dev: CREATE_IN_PROGRESS since 2026-01-02 03:04:05 UTC, begun by ada" in told
    assert "clinic-dev failed and is being rolled back" in told
    assert "that is: a resource of this name exists outside of this stack" in told
    assert "also: also this" in told
    assert ("clinic-dev/R3 for 1 min 1 s, and 2 more" in told) is not terminal
    assert ("clinic-dev still goes on" in told) is not terminal
    assert told.count("\x1b[?25h") == terminal


def test_where_nothing_runs_it_is_said_how_the_stack_is_and_why(desk: Desk) -> None:
    cause = event((), "Topic", "CREATE_FAILED", "Topic already exists")
    outcome = outcomes.NothingRunning("clinic-dev", StackStatus.UPDATE_ROLLBACK_COMPLETE, THEN, cause)
    assert desk.report.conclude(outcome) == 0
    assert desk.told().splitlines() == [
        "nothing is running: clinic-dev is UPDATE_ROLLBACK_COMPLETE since 2026-01-02 03:04:05 UTC",
        "  clinic-dev/Topic (AWS::SNS::Topic): Topic already exists",
        "  that is: a resource of this name exists outside of this stack",
    ]


def test_a_very_long_reason_leaves_what_explains_it_on_the_screen(desk: Desk) -> None:
    cause = event((), "Topic", "CREATE_FAILED", "already exists " * 1000)
    desk.report.conclude(outcomes.RolledBack("clinic-dev", StackStatus.ROLLBACK_COMPLETE, cause))
    assert max(map(len, desk.told().splitlines())) < 700
    assert desk.told().splitlines()[-1].startswith("  next: ")


def test_the_live_table_ends_with_the_command_whatever_happens() -> None:
    desk = Desk(terminal=True)

    def interrupted() -> None:
        with desk.report as report:
            report.show(events.Deleting("clinic-dev"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert desk.told().count("\x1b[?25h") == 1


@pytest.mark.parametrize(
    ("typed", "agreed"), [("y\n", True), ("YES\n", True), ("\n", False), ("", False), ("yep\n", False), ("n\n", False)]
)
def test_only_a_yes_is_a_yes(typed: str, agreed: bool) -> None:
    desk = Desk(typed, terminal=True)
    assert desk.report.can_ask
    assert desk.report.agrees(MakeChanges("clinic-dev")) is agreed
    assert "Make these changes to clinic-dev? [y/N]" in desk.told()


@pytest.mark.parametrize("asked", [MakeBootstrap("b"), events.DeleteAndCreateAgain("s")])
def test_each_question_says_what_it_is_about(asked: events.Question) -> None:
    desk = Desk("y\n", terminal=True)
    assert desk.report.agrees(asked)
    assert f" {asked.stack}," in desk.told()


@pytest.mark.parametrize(("typed", "same"), [("clinic-dev\n", True), ("clinic\n", False), ("y\n", False)])
def test_a_destruction_is_confirmed_by_the_whole_name(typed: str, same: bool) -> None:
    assert Desk(typed, terminal=True).report.types("clinic-dev") is same


def test_without_a_terminal_nobody_can_be_asked(desk: Desk) -> None:
    assert not desk.report.can_ask


def test_a_status_is_data_on_stdout_with_every_nested_stack_and_the_last_failure(desk: Desk) -> None:
    stack = DeployedStack("arn", "clinic-dev", StackStatus.UPDATE_ROLLBACK_COMPLETE, THEN)
    nested = NestedStatus(("Database",), ResourceStatus("UPDATE_COMPLETE"), THEN)
    desk.report.status(StatusReport("clinic-dev", stack, (nested,), event(("Database",), "Instance", "UPDATE_FAILED")))
    lines = [" ".join(line.split()) for line in desk.out.getvalue().splitlines()]
    assert lines[1] == "clinic-dev UPDATE_ROLLBACK_COMPLETE 2026-01-02 03:04:05 UTC"
    assert lines[2] == "clinic-dev/Database UPDATE_COMPLETE 2026-01-02 03:04:05 UTC"
    assert lines[3].startswith("last failure: clinic-dev/Database/Instance")
    desk.report.status(StatusReport("gone", None))
    assert "gone doesn't exist" in desk.out.getvalue()


def test_a_destruction_lists_what_stays_and_whose_protection_is_lifted(desk: Desk) -> None:
    kept = (Kept(("Keys",), resource("Key")), Kept(("Database",), resource("Instance"), as_snapshot=True))
    desk.report.show(events.DestructionReady("clinic-dev", 2, kept, ((("Ingress",), resource("LoadBalancer")),)))
    assert desk.told().splitlines() == [
        "clinic-dev: 2 resources to delete",
        "  stays: clinic-dev/Keys/Key (AWS::KMS::Key) physical",
        "  leaves a snapshot: clinic-dev/Database/Instance (AWS::KMS::Key) physical",
        "  protection will be lifted: clinic-dev/Ingress/LoadBalancer",
    ]


def test_ctrl_c_at_a_question_ends_its_line() -> None:
    class Impatient(Terminal):
        def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    desk = Desk(terminal=True)
    desk.report.answers = Impatient()
    with pytest.raises(KeyboardInterrupt):
        desk.report.agrees(MakeChanges("clinic-dev"))
    assert desk.told().endswith("\n")
