"""Each mistake is found, in templates that were rendered and in some that were written by hand; what is harmless isn't.

The mistakes were written from the promise of docs/lint.md alone. Which of them plain cfn-lint finds is in that page,
too; `python -m benchmarks.mutations` counts them again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tests.mutations.fresh  # noqa: F401 - files its mistakes
from stratopause.linting import files
from stratopause.linting.engine import Linter
from tests.mutations.blind import MUTATIONS, Mutation
from tests.mutations.handle import NotApplicable, Templates
from tests.mutations.harmless import CHANGES, Harmless
from tests.mutations.trees import PLATFORMS, found, found_before, nested_by_url, templates

BY_CFN_LINT = "cfn-lint"
CONFIGURATION = str(Path(__file__).parents[2] / ".cfnlintrc.yaml")


def named(one: Mutation | Harmless | str) -> str:
    return one if isinstance(one, str) else one.name


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linter]:
    """By which templates without a mistake are linted once."""
    with Linter(CONFIGURATION, str(tmp_path_factory.mktemp("cache"))) as linter:
        yield linter


def found_by_cfn_lint(changed: Templates, directory: Path, linter: Linter) -> bool:
    """By rules of its own, of which none finds anything where there is no mistake."""
    for name, body in changed.files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(json.dumps(body))
    result = linter.lint(files.read(str(directory)), lambda: ("eu-central-1",))
    return any(finding.rule[1] != "9" for finding in result.findings)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_is_right_has_no_findings(platform: str) -> None:
    assert not found_before(platform)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("mistake", [one for one in MUTATIONS if one.rule != BY_CFN_LINT], ids=named)
def test_a_mistake_is_found(
    mistake: Mutation, platform: str, tmp_path: Path, linter: Linter, record_property: Callable[[str, object], None]
) -> None:
    changed = templates(platform)
    try:
        place = mistake.apply(changed)
    except NotApplicable:
        pytest.skip(f"{platform} has nothing to make this mistake with")
    record_property("mistakes", 1)
    by_us = found(changed) - found_before(platform)
    assert by_us or found_by_cfn_lint(changed, tmp_path, linter), f"{mistake.rule}: {mistake.claim}, at {place}"


@pytest.mark.parametrize("mistake", [one for one in MUTATIONS if one.rule not in (BY_CFN_LINT, "E9001")], ids=named)
def test_a_mistake_is_found_as_well_where_templates_are_nested_by_url(mistake: Mutation) -> None:
    """But that one isn't there: it may lie elsewhere."""
    changed = templates("rendered")
    try:
        mistake.apply(changed)
    except NotApplicable:
        pytest.skip("there is nothing to make this mistake with")
    assert found(nested_by_url(changed)) - found_before("rendered") or not found(changed) - found_before("rendered")


def test_hardly_a_mistake_can_not_be_made() -> None:
    """So that no class is tested in one platform only."""
    applied: Counter[str] = Counter()
    for platform in PLATFORMS:
        for mistake in MUTATIONS:
            try:
                mistake.apply(templates(platform))
            except NotApplicable:
                continue
            applied[platform] += 1
            applied[f"{platform} {mistake.rule}"] += 1
    assert applied["rendered"] >= len(MUTATIONS) - 2
    assert applied["handwritten"] >= 0.9 * len(MUTATIONS)
    classes = {one.rule for one in MUTATIONS}
    assert not [rule for rule in classes if not applied[f"rendered {rule}"]]
    # What was written by hand has a way out by NAT, so no endpoint is missing there.
    assert [rule for rule in classes if not applied[f"handwritten {rule}"]] == ["E9205"]


@pytest.mark.parametrize("mistake", [one for one in MUTATIONS if one.rule == BY_CFN_LINT], ids=named)
def test_a_mistake_is_found_that_cfn_lint_finds(mistake: Mutation, tmp_path: Path, linter: Linter) -> None:
    changed = templates("rendered")
    mistake.apply(changed)
    assert found_by_cfn_lint(changed, tmp_path, linter)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("change", CHANGES, ids=named)
def test_what_is_harmless_is_not_found(change: Harmless, platform: str) -> None:
    changed = templates(platform)
    try:
        change.apply(changed)
    except NotApplicable:
        pytest.skip(f"{platform} has nothing to change so")
    assert not found(changed) - found_before(platform)
