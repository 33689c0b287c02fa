from __future__ import annotations

import pytest

from stratopause.deployer.answers import CONDITIONS, Condition, Proceed, answer
from stratopause.deployer.recovery.options import MEANINGS, meaning, ways
from stratopause.deployer.status import StackStatus

FAILED = ("Database.Instance", "Cache.Group")


def test_every_condition_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Condition)
    assert all(meaning(status).endswith(".") for status in StackStatus)


@pytest.mark.parametrize("status", StackStatus)
def test_a_way_out_is_a_command_that_the_table_lets_proceed(status: StackStatus) -> None:
    for way in ways(status, FAILED):
        assert isinstance(answer(way.command, status), Proceed), way


@pytest.mark.parametrize("status", StackStatus)
def test_there_is_a_way_out_of_all_that_isnt_at_rest_but_a_failed_import(status: StackStatus) -> None:
    is_for_support = CONDITIONS[status] is Condition.IMPORT_ROLLBACK_FAILED
    is_amiss = status.needs_recovery or status.is_in_progress or status.is_failed_creation
    assert bool(ways(status)) == (is_amiss and not is_for_support)


def test_what_failed_stands_in_the_command_that_goes_on_without_it() -> None:
    typed = [way.typed("dev") for way in ways(StackStatus.UPDATE_ROLLBACK_FAILED, FAILED)]
    assert typed == [
        "python build.py rollback dev",
        "python build.py rollback dev --skip Database.Instance Cache.Group",
    ]
    typed = [way.typed("dev") for way in ways(StackStatus.DELETE_FAILED, FAILED)]
    assert typed[-1] == "python build.py recover dev --delete --retain Database.Instance Cache.Group"
    assert ways(StackStatus.ROLLBACK_FAILED, FAILED) == ways(StackStatus.ROLLBACK_FAILED)
