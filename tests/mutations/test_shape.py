"""That the mutations are as many, as spread and as real as they say: of the rules themselves, nothing is asked here."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from pathlib import Path

import pytest

import tests.mutations.fresh  # noqa: F401 - files its mistakes
from tests.mutations.blind import MUTATIONS, Mutation
from tests.mutations.handle import Json, NotApplicable, Place, Templates
from tests.mutations.harmless import CHANGES, Harmless

ROOT = Path(__file__).parents[2]
PROMISE = (ROOT / "docs" / "lint.md").read_text().split("## What plain cfn-lint finds of it")[0]
PROMISED = re.findall(r"^\| ([EW]9\d{3}) \|", PROMISE, re.MULTILINE)
# What the committed platform has no place for, and another may.
ELSEWHERE_ONLY = {"drops_the_way_out_by_nat"}


@cache
def production() -> dict[str, Json]:
    files = sorted((ROOT / "templates_out" / "production").glob("*.json"))
    return {file.name: json.loads(file.read_text()) for file in files}


def changed(change: Mutation | Harmless) -> tuple[dict[str, Json], Place | None]:
    files = deepcopy(production())
    return files, change.apply(Templates(files))


def test_there_are_enough() -> None:
    assert len(MUTATIONS) >= 110
    assert len(CHANGES) >= 60


def test_each_has_a_name_of_its_own() -> None:
    names = [mutation.name for mutation in MUTATIONS] + [change.name for change in CHANGES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("rule", PROMISED)
def test_every_promise_is_put_to_the_test_twice(rule: str) -> None:
    assert sum(mutation.rule == rule for mutation in MUTATIONS) >= 2


def test_nothing_is_tested_that_was_not_promised() -> None:
    assert len(PROMISED) > 50
    assert {mutation.rule for mutation in MUTATIONS} == {*PROMISED, "cfn-lint"}


def test_the_handle_reads_without_a_trace() -> None:
    files = deepcopy(production())
    templates = Templates(files)
    assert templates.root == "platform.json"
    assert all(templates.trace(wire.spot)[0] for wire in templates.wires())
    assert list(templates.siblings())
    assert files == production()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_changes_the_platform(mutation: Mutation) -> None:
    if mutation.name in ELSEWHERE_ONLY:
        with pytest.raises(NotApplicable):
            changed(mutation)
        return
    files, place = changed(mutation)
    assert files != production()
    assert place is None or names(files, place)


def names(files: dict[str, Json], place: Place) -> bool:
    template = files[place.file]
    return any(place.logical_id in template.get(section, {}) for section in ("Resources", "Parameters", "Outputs"))


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_harmless_change_changes_the_platform(change: Harmless) -> None:
    files, _ = changed(change)
    assert json.dumps(files) != json.dumps(production())
