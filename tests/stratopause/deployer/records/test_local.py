from __future__ import annotations

from pathlib import Path

import pytest

from stratopause.deployer.events import Event, RecordsDiffer, RecordsNotKept
from stratopause.deployer.records.chain import Link, after
from stratopause.deployer.records.local import LocalCopy
from tests.stratopause.deployer.records.bucket import STACK, draft

FIRST = Link.of(after(None, draft()))


@pytest.fixture
def shown() -> list[Event]:
    return []


@pytest.fixture
def local(tmp_path: Path, shown: list[Event]) -> LocalCopy:
    return LocalCopy(STACK, tmp_path / "dev", shown.append)


def test_what_is_kept_is_found_again(local: LocalCopy, shown: list[Event]) -> None:
    assert (local.newest(), local.links(), local.unsent(), local.broken()) == (None, {}, (), ())
    second = Link.of(after(FIRST, draft("run-2")))
    local.keep(FIRST)
    local.keep(second)
    assert local.newest() == second
    assert local.links() == {1: FIRST, 2: second}
    assert local.links(beyond=1) == {2: second}
    assert shown == []


def test_a_copy_that_differs_is_told_and_stays(local: LocalCopy, shown: list[Event]) -> None:
    local.keep(FIRST)
    local.keep(Link.of(after(None, draft("another"))))
    assert shown == [RecordsDiffer(STACK, 1, "the copy on this machine is another")]
    assert local.newest() == FIRST


def test_what_fails_here_is_shown_once_and_raises_nothing(local: LocalCopy, tmp_path: Path, shown: list[Event]) -> None:
    (tmp_path / "dev" / "0001.json").mkdir(parents=True)
    (tmp_path / "dev" / "unsent").write_text("a file is in the way")
    entry = after(None, draft())
    assert local.newest() is None
    assert local.links() == {}
    local.keep(FIRST)
    local.put(entry)
    local.take(entry)
    assert (local.unsent(), local.broken()) == ((), ())
    assert shown == [RecordsNotKept(STACK, "it's no file")]


def test_what_cant_be_written_is_told_with_its_place(local: LocalCopy, tmp_path: Path, shown: list[Event]) -> None:
    (tmp_path / "dev").write_text("a file is in the way")
    local.put(after(None, draft()))
    (told,) = shown
    assert isinstance(told, RecordsNotKept)
    assert f"can't write {tmp_path / 'dev' / 'unsent'}" in told.reason
