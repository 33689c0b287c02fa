"""Which versions and classes RDS offers."""

from __future__ import annotations

import pytest

from stratopause.emulator.resources.rds import class_exists, full_version, offered


@pytest.mark.parametrize("version", ["16.1", "16.4", "9.6", "99", "1"])
def test_a_deprecated_or_unknown_version_is_not_offered(version: str) -> None:
    assert full_version("postgres", version) is None


def test_a_major_version_stands_for_its_newest_minor_one() -> None:
    newest = full_version("postgres", "17")
    assert newest == [version for version in offered("postgres") if version.startswith("17.")][-1]
    assert full_version("postgres", newest or "") == newest


def test_versions_are_in_the_order_of_their_numbers() -> None:
    versions = offered("postgres")
    assert versions.index("17.9") < versions.index("17.10")


def test_a_class_belongs_to_an_engine() -> None:
    assert class_exists("postgres", "db.m7g.large")
    assert not class_exists("postgres", "db.m0.large")
