from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from stacks.platform import Platform
from stratopause.deployer.bootstrap import STACK
from stratopause.deployer.connection import services_over
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.checks import CHECKS, UnknownCheck
from stratopause.deployer.preflight.examine import Choice, examine, perform, run
from stratopause.deployer.preflight.facts import Facts
from stratopause.deployer.preflight.findings import Finding, State, Unanswered, failed, passed
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from stratopause.environments import load
from stratopause.rendering.templates import render
from tests.stratopause.deployer.preflight.cases import CASES, GOOD_BUCKET
from tests.stratopause.deployer.preflight.scripted import ABSENT, TARGET, ScriptedApi, resource, scene, tree

ENVIRONMENTS = Path(__file__).parents[4] / "environments"
GOOD = {key: answer for case in CASES.values() for key, answer in case.good.items()}
FIRST_CALLS = 39
"""Before the first deployment of production, whose bootstrap is there; the figure stands in docs/preflight.md."""


def only_bootstrapped(asked: dict[str, Any]) -> Any:
    if asked["StackName"] != STACK:
        raise ABSENT
    return GOOD_BUCKET["cloudformation", "describe_stacks"]


class SlowApi(ScriptedApi):
    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        time.sleep(0.1)
        return super().call(service, operation, **parameters)


TREE = tree(Key=resource("AWS::KMS::Key"))
HERE = scene(ScriptedApi({}), TREE)
LOCAL = Target("clinic-local", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url="http://127.0.0.1:4566")


def check(name: str, *findings: Finding | Exception, only_aws: bool = False, wait: Event | None = None) -> Check:
    """A check that waits, then yields these findings; an exception is raised."""

    def look(_: Scene) -> Iterator[Finding]:
        if wait is not None:
            wait.wait(10)
        for one in findings:
            if isinstance(one, Exception):
                raise one
            yield one

    return Check(name, "", "", (), look, only_aws)


def test_findings_come_in_the_order_of_the_checks_whichever_is_done_first() -> None:
    second = Event()

    def let_go(_: Scene) -> Iterator[Finding]:
        second.set()
        yield passed("b")

    found = run([check("first", passed("a"), wait=second), Check("second", "", "", (), let_go)], HERE)
    assert [(one.check, one.message) for one in found] == [("first", "a"), ("second", "b")]


def test_more_checks_than_threads_are_all_made() -> None:
    assert len(run([check(str(number), passed("a")) for number in range(50)], HERE)) == 50
    assert run([], HERE) == ()


def test_what_isnt_answered_in_time_is_told_and_the_rest_is_not_lost() -> None:
    never = Event()
    began = time.monotonic()
    found = run([check("late", passed("a"), wait=never), check("quick", passed("b"))], HERE, seconds=0.2)
    assert time.monotonic() - began < 5
    assert [(one.check, one.state) for one in found] == [("late", State.UNANSWERED), ("quick", State.PASSED)]
    assert found[0].message == "no answer within 0.2 s"
    never.set()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (Unanswered("needs a:B", "allow it"), "needs a:B"),
        (KeyError("Stacks"), "the answer can't be understood: KeyError: 'Stacks'"),
    ],
)
def test_an_error_is_told_beside_what_was_found_before_it(error: Exception, message: str) -> None:
    found = perform(check("one", failed("bad", "mend it"), error), HERE)
    assert [(one.check, one.state, one.message) for one in found] == [
        ("one", State.FAILED, "bad"),
        ("one", State.UNANSWERED, message),
    ]


def test_what_only_aws_knows_isnt_asked_of_an_emulator() -> None:
    there = scene(ScriptedApi({}), TREE, to=LOCAL)
    (finding,) = perform(check("one", AssertionError(), only_aws=True), there)
    assert finding.message == "the emulator can't answer it: only AWS knows"
    assert perform(check("one", passed("a"), only_aws=True), HERE)[0].state is State.PASSED


def test_checks_are_skipped_and_chosen() -> None:
    services = services_over(ScriptedApi({}), TARGET)
    everything = examine(services, TARGET, TREE, Facts())
    assert list(dict.fromkeys(finding.check for finding in everything)) == [one.name for one in CHECKS]
    chosen = examine(services, TARGET, TREE, Facts(), Choice(only=["trail", "keys"]))
    assert {one.check for one in chosen} == {"trail", "keys"}
    assert "trail" not in {one.check for one in examine(services, TARGET, TREE, Facts(), Choice(["trail"]))}
    with pytest.raises(UnknownCheck):
        examine(services, TARGET, TREE, Facts(), Choice(["trial"]))


def test_production_takes_few_calls_and_little_time() -> None:
    """Every answer takes a tenth of a second, as AWS's do: one by one they would take four."""
    environment = load("production", ENVIRONMENTS)
    target = Target(environment.prefix, "production", environment.account, environment.region)
    api = SlowApi({**GOOD, **GOOD_BUCKET, ("cloudformation", "describe_stacks"): only_bootstrapped})
    began = time.monotonic()
    found = examine(services_over(api, target), target, render(Platform(environment)), Facts(domain="app.example.org"))
    assert time.monotonic() - began < 2
    assert "no answer" not in " ".join(one.message for one in found)
    assert len(api.asked) == FIRST_CALLS
