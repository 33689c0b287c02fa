from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.linting import cache as caching
from stratopause.linting.cache import Cache, key
from stratopause.linting.findings import Finding, RuleFacts

FINDING = Finding("a.json", 3, "E9001", 1, "it isn't there", "error", "Database", "stacks/platform.py:3")
FACTS = {"E9001": RuleFacts("It is there", "https://docs.aws.amazon.com")}


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "lint"))


def entry(cache: Cache) -> Path:
    (found,) = Path(cache.directory or "").glob("*.lint")
    return found


def test_what_was_found_is_remembered_with_what_its_rules_say(cache: Cache) -> None:
    assert cache.get("k") is None
    cache.put("k", [FINDING], FACTS)
    assert cache.get("k") == ([FINDING], FACTS)
    assert cache.get("other") is None


def test_git_leaves_it_out_whose_project_it_is(cache: Cache) -> None:
    cache.put("k", [], {})
    assert (Path(cache.directory or "") / ".gitignore").read_text() == "*\n"


def test_without_a_directory_nothing_is_remembered() -> None:
    cache = Cache(None)
    cache.put("k", [FINDING], FACTS)
    assert cache.get("k") is None


@pytest.mark.parametrize("position", range(0, 200, 7))
def test_a_damaged_entry_is_not_there(cache: Cache, position: int) -> None:
    cache.put("k", [FINDING], FACTS)
    content = bytearray(entry(cache).read_bytes())
    content[position % len(content)] ^= 1
    entry(cache).write_bytes(content)
    assert cache.get("k") is None


@given(content=st.binary(max_size=300))
def test_a_foreign_entry_is_not_there(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    directory = tmp_path_factory.mktemp("cache")
    (directory / "k.lint").write_bytes(content)
    assert Cache(str(directory)).get("k") is None


def test_an_entry_under_another_name_or_with_other_fields_is_not_there(cache: Cache) -> None:
    cache.put("k", [FINDING], FACTS)
    entry(cache).rename(entry(cache).with_name("other.lint"))
    assert cache.get("other") is None
    body = b'{"findings": [[1, 2, 3, 4, 5, 6, 7, 8]], "rules": {}}'
    entry(cache).write_bytes(caching._check("other", body).encode() + b"\n" + body)
    assert cache.get("other") is None


def test_a_place_that_can_not_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(str(tmp_path / "file"))
    cache.put("k", [FINDING], FACTS)
    assert cache.get("k") is None


def test_the_oldest_entries_go_when_there_are_too_many(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "MOST", 8)
    for number in range(9):
        cache.put(f"k{number}", [], {})
        place = Path(cache.directory or "") / f"k{number}.lint"
        if place.exists():
            os.utime(place, (number, number))
    left = {path.name for path in Path(cache.directory or "").glob("*.lint")}
    assert left == {f"k{number}.lint" for number in range(3, 9)}


def test_runs_at_the_same_time_never_see_half_an_entry(cache: Cache) -> None:
    findings = [FINDING._replace(line=line) for line in range(500)]
    seen = []

    def work() -> None:
        for _ in range(20):
            cache.put("k", findings, FACTS)
            seen.append(cache.get("k"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen.count((findings, FACTS)) == len(seen) == 80


@given(parts=st.lists(st.text(), max_size=4), others=st.lists(st.text(), max_size=4))
def test_different_parts_never_have_the_same_key(parts: list[str], others: list[str]) -> None:
    assert (key(*parts) == key(*others)) == (parts == others)
