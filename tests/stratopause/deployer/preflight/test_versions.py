from __future__ import annotations

import pytest

from stratopause.deployer.preflight.versions import is_of, nearest, newest


def test_a_major_version_stands_for_its_minor_ones() -> None:
    assert is_of("18", "18")
    assert is_of("18", "18.1")
    assert not is_of("1", "18.1")
    assert not is_of("18.1", "18.10")


def test_versions_are_compared_by_their_numbers() -> None:
    assert newest([{"EngineVersion": "18.9"}, {"EngineVersion": "18.10"}]) == {"EngineVersion": "18.10"}


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("9.9", ["14.2", "15.1", "16.3"]), ("99", ["15.1", "16.3", "17.10"]), ("16", ["15.1", "16.3", "17.10"])],
)
def test_the_nearest_versions_are_named_in_their_order(wanted: str, near: list[str]) -> None:
    assert nearest(wanted, ["17.10", "16.3", "15.1", "14.2"]) == near


def test_few_versions_are_all_near() -> None:
    assert nearest("1", ["2"]) == ["2"]
    assert nearest("1", []) == []
