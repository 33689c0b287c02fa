"""Each mistake is found, in templates that were rendered and in some that were written by hand; what is harmless isn't.

The mistakes were written from the promise of docs/lint.md alone. Which of them plain cfn-lint finds is in that page,
too; `python -m benchmarks.mutations` counts them again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from stratopause.linting import engine, files
from tests.mutations.blind import MUTATIONS, Mutation
from tests.mutations.handle import NotApplicable
from tests.mutations.harmless import CHANGES, Harmless
from tests.mutations.trees import PLATFORMS, found, found_before, templates

BY_CFN_LINT = "cfn-lint"


def named(one: Mutation | Harmless | str) -> str:
    return one if isinstance(one, str) else one.name


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_platform_that_is_right_has_no_findings(platform: str) -> None:
    assert not found_before(platform)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("mistake", [one for one in MUTATIONS if one.rule != BY_CFN_LINT], ids=named)
def test_a_mistake_is_found_by_a_rule_of_ours(
    mistake: Mutation, platform: str, record_property: Callable[[str, object], None]
) -> None:
    changed = templates(platform)
    try:
        place = mistake.apply(changed)
    except NotApplicable:
        pytest.skip(f"{platform} has nothing to make this mistake with")
    new = found(changed) - found_before(platform)
    record_property("mistakes", 1)
    assert new, f"{mistake.rule}: {mistake.claim}, at {place}"


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
    for platform in PLATFORMS:
        assert not [one.rule for one in MUTATIONS if not applied[f"{platform} {one.rule}"]]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Templates without a mistake are linted once."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("mistake", [one for one in MUTATIONS if one.rule == BY_CFN_LINT], ids=named)
def test_a_mistake_is_found_that_cfn_lint_finds(mistake: Mutation, tmp_path: Path, cache: str) -> None:
    changed = templates("rendered")
    mistake.apply(changed)
    for name, body in changed.files.items():
        (tmp_path / name).write_text(json.dumps(body))
    result = engine.lint(files.read(str(tmp_path)), engine.Settings(cache=cache, regions=lambda: ("eu-central-1",)))
    assert [finding for finding in result.findings if finding.severity == "error" and finding.rule[1] != "9"]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("change", CHANGES, ids=named)
def test_what_is_harmless_is_not_found(change: Harmless, platform: str) -> None:
    changed = templates(platform)
    try:
        change.apply(changed)
    except NotApplicable:
        pytest.skip(f"{platform} has nothing to change so")
    assert not found(changed) - found_before(platform)
