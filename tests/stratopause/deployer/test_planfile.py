from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from msgspec.structs import replace as replaced

from stratopause.deployer import planfile, signing
from stratopause.deployer.errors import AlteredPlan, CannotWrite, DeploymentError, PlanUnreadable, WrongTarget
from tests.stratopause.deployer.fakes import TARGET
from tests.stratopause.deployer.plans import KEY, PLAN, FakeSignatures

lines = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "plans" / "dev.plan.json"


def test_what_is_read_is_what_was_written_and_only_its_owner_may_read_it(file: Path) -> None:
    signature = signing.sign(FakeSignatures(), KEY, PLAN)
    written = planfile.write(PLAN, file, signature)
    assert planfile.read(file) == written
    assert (written.plan, written.signature) == (PLAN, signature)
    assert file.stat().st_mode & 0o777 == 0o600
    assert os.listdir(file.parent) == [file.name]  # noqa: PTH208 - nothing temporary stays


@given(commit=lines, losses=st.lists(lines, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_every_plan_comes_back_as_it_was(file: Path, commit: str, losses: list[str]) -> None:
    plan = replace(PLAN, commit=commit, losses=tuple(losses))
    planfile.write(plan, file)
    assert planfile.read(file).plan == plan


def test_the_digest_is_that_of_everything_planned_whatever_signs_it(file: Path) -> None:
    assert re.fullmatch("[0-9a-f]{64}", planfile.digest(PLAN))
    assert planfile.digest(replace(PLAN, losses=())) != planfile.digest(PLAN)
    signed = planfile.write(PLAN, file, signing.sign(FakeSignatures(), KEY, PLAN))
    assert signed.digest == planfile.write(PLAN, file).digest == planfile.digest(PLAN)


@pytest.mark.parametrize("bit", range(0, 8, 2))
def test_no_single_bit_of_a_plan_can_be_changed(file: Path, bit: int) -> None:
    planfile.write(PLAN, file)
    body = file.read_bytes()
    for place in range(len(body)):
        file.write_bytes(body[:place] + bytes([body[place] ^ 1 << (bit + place) % 8]) + body[place + 1 :])
        with pytest.raises((AlteredPlan, PlanUnreadable)):
            planfile.read(file)


@given(place=st.integers(0), bit=st.integers(0, 7))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300)
def test_no_single_bit_of_a_signed_plan_can_be_changed(file: Path, place: int, bit: int) -> None:
    signatures = FakeSignatures()
    planfile.write(PLAN, file, signing.sign(signatures, KEY, PLAN))
    body = bytearray(file.read_bytes())
    body[place % len(body)] ^= 1 << bit
    file.write_bytes(body)
    with pytest.raises(DeploymentError) as refused:
        signing.verify(signatures, KEY, planfile.read(file))
    assert refused.value.next_step


@pytest.mark.parametrize("alter", [lambda body: body + b" ", lambda body: body.replace(b"\n", b"\r\n"), json.loads])
def test_the_same_plan_in_other_bytes_is_refused(file: Path, alter: Callable[[bytes], Any]) -> None:
    planfile.write(PLAN, file)
    altered = alter(file.read_bytes())
    file.write_bytes(altered if isinstance(altered, bytes) else json.dumps(altered).encode())
    with pytest.raises(AlteredPlan, match=r"dev\.plan\.json: it was altered") as refused:
        planfile.read(file)
    assert refused.value.exit_code == 7


def test_a_plan_altered_together_with_its_digest_is_found_by_its_signature(file: Path) -> None:
    signatures = FakeSignatures()
    signature = signing.sign(signatures, KEY, PLAN)
    planfile.write(replace(PLAN, losses=()), file, signature)
    with pytest.raises(AlteredPlan, match="isn't that of this plan"):
        signing.verify(signatures, KEY, planfile.read(file))


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("account", "1", r"plan\.account: allowed is an account id of 12 digits, for example"),
        ("account", 1, r"plan\.account: allowed is an account id"),
        ("change_set_type", "DELETE", r'plan\.change_set_type: allowed is "CREATE" or "UPDATE"'),
        ("templates", [{"name": 1}], r"plan\.templates\[0\]\.name: allowed is a line of ASCII"),
        ("losses", [1], r"plan\.losses\[0\]: allowed is a line of ASCII"),
        ("created", "yesterday", r"plan\.created: allowed is a time in ISO 8601"),
        ("created", "2026-01-31T12:00:00", r"plan\.created: allowed is a time in ISO 8601"),
        ("suffix", "../x", r"plan\.suffix: allowed is letters, digits and hyphens"),
        ("stack", "x\n", r"plan\.stack: allowed is letters, digits and hyphens"),
        ("commit", "\u001b[2J", r"plan\.commit: allowed is a line of ASCII"),
        ("secret", "x", "plan: Object contains unknown field secret"),
        ("\x1b[2J", "x", r"plan: Object contains unknown field \?\[2J"),
        ("version", 2, "a plan of version 2, this one reads version 1"),
        ("version", 0, r"plan\.version: allowed is 1"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(file: Path, key: str, value: object, told: str) -> None:
    planfile.write(PLAN, file)
    content = json.loads(file.read_bytes())
    content["plan"][key] = value
    file.write_text(json.dumps(content))
    with pytest.raises(PlanUnreadable, match=rf"dev\.plan\.json: {told}") as refused:
        planfile.read(file)
    assert refused.value.next_step
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b'{"plan": "\xff"}',
        b"[",
        b"[]",
        b"{}",
        b"1" * 5000,
        b'{"plan": {"version": ' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"plan": {"version": ' + b"[" * 100_000,
        b'{"plan": {"version": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"digest": "\\ud800", "plan": {"version": 1}}',
    ],
)
def test_a_file_that_is_no_plan_is_one_error_without_a_traceback(file: Path, body: bytes) -> None:
    planfile.write(PLAN, file)
    file.write_bytes(body)
    with pytest.raises(PlanUnreadable, match=r"dev\.plan\.json: ") as refused:
        planfile.read(file)
    assert refused.value.next_step == planfile.PLAN_AGAIN
    assert "\n" not in refused.value.message


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_are_anything_but_a_plan_or_an_error(file: Path, body: bytes) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(body)
    with pytest.raises(PlanUnreadable):
        planfile.read(file)


def test_what_is_no_file_or_too_large_is_not_waited_for(file: Path) -> None:
    with pytest.raises(PlanUnreadable, match=r"can't be read \(No such file or directory\)"):
        planfile.read(file)
    file.parent.mkdir()
    with pytest.raises(PlanUnreadable, match="it's no file"):
        planfile.read(file.parent)
    os.mkfifo(file)
    with pytest.raises(PlanUnreadable, match="it's no file"):
        planfile.read(file)
    with pytest.raises(PlanUnreadable, match="null"):
        planfile.read(Path("\0"))
    file.unlink()
    with file.open("wb") as stream:
        stream.truncate(planfile.LARGEST + 1)
    with pytest.raises(PlanUnreadable, match="larger than 1024 KiB"):
        planfile.read(file)


def test_where_nothing_can_be_written_the_error_says_so_and_the_old_file_stays(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(CannotWrite, match=r"can't write .*dev\.plan\.json: ") as refused:
        planfile.write(PLAN, file)
    assert refused.value.next_step
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("environment", "prod"),
        ("suffix", "pr-1"),
        ("account", "1"),
        ("region", "x"),
        ("partition", "x"),
        ("stack", "x"),
    ],
)
def test_a_plan_is_held_against_the_target_that_it_is_applied_to(what: str, value: str) -> None:
    planfile.hold_against(PLAN, TARGET)
    change: dict[str, Any] = {what: value}
    with pytest.raises(WrongTarget, match=rf"the plan is for {what} .*, this is {value}$") as refused:
        planfile.hold_against(PLAN, replaced(TARGET, **change))
    assert refused.value.next_step
