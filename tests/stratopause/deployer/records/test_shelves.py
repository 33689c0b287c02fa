from __future__ import annotations

from pathlib import Path

import pytest

from stratopause.deployer.errors import Refused
from stratopause.deployer.records import chain, shelves
from stratopause.deployer.records.entries import LAST
from stratopause.deployer.records.shelves import BucketShelf, DirectoryShelf, Outbox
from tests.stratopause.deployer.records.bucket import STACK, Bucket, draft


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def shelf(bucket: Bucket) -> BucketShelf:
    return BucketShelf(bucket, "artifacts", STACK)


def test_numbers_in_the_bucket_count_down_so_that_the_newest_is_listed_first(shelf: BucketShelf) -> None:
    assert shelf.newest() is None
    assert all(shelf.add(number, b"x") for number in (1, 2, 10, 11))
    assert (shelf.newest(), shelf.numbers()) == (11, (1, 2, 10, 11))
    assert shelf.key(1) == "records/clinic-dev/9999999998.json"
    assert len(shelf.key(LAST)) == len(shelf.key(1))


def test_what_lies_in_the_bucket_is_never_replaced(shelf: BucketShelf) -> None:
    assert shelf.add(1, b"first")
    assert not shelf.add(1, b"second")
    assert shelf.read(1) == b"first"


@pytest.mark.parametrize("name", ["!", "0.json", "9999999999.json", "0000000000.json.bak", "x/9999999990.json"])
def test_what_somebody_else_put_among_the_records_is_none(shelf: BucketShelf, bucket: Bucket, name: str) -> None:
    shelf.add(1, b"x")
    bucket.objects[f"records/{STACK}/{name}"] = b"y"
    bucket.objects[f"records/{STACK}-2/0000000001.json"] = b"y"
    assert (shelf.newest(), shelf.numbers()) == (1, (1,))


def test_where_two_write_at_once_s3_is_asked_again_and_not_for_ever(shelf: BucketShelf, bucket: Bucket) -> None:
    conflict = Refused("at once", "ConditionalRequestConflict")
    bucket.failing["write_new"] = [conflict] * (shelves.ATTEMPTS - 1)
    assert shelf.add(1, b"x")
    bucket.failing["write_new"] = [conflict] * shelves.ATTEMPTS
    with pytest.raises(Refused, match="at once"):
        shelf.add(2, b"x")
    bucket.failing["write_new"] = [Refused("no", "AccessDenied")]
    with pytest.raises(Refused, match="no"):
        shelf.add(2, b"x")
    assert shelf.numbers() == (1,)


def test_a_directory_holds_records_by_number_for_their_owner_alone(tmp_path: Path) -> None:
    shelf = DirectoryShelf(tmp_path / "dev")
    assert shelf.numbers() == ()
    assert shelf.add(2, b"two")
    assert shelf.add(10_000, b"x")
    assert shelf.add(2, b"two")
    assert not shelf.add(2, b"other")
    assert (shelf.numbers(), shelf.read(2)) == ((2, 10_000), b"two")
    assert (tmp_path / "dev" / "0002.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["0000.json", "1.json", "0001.json.bak", "x.json", ".0001.json.abc"])
def test_other_files_are_no_records(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert DirectoryShelf(tmp_path).numbers() == ()


def test_what_waits_is_told_in_its_order_and_two_of_one_number_stand_beside_each_other(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "unsent")
    assert (outbox.all(), outbox.broken()) == ((), ())
    first = chain.after(None, draft("a"))
    second = chain.after(chain.Link.of(first), draft("b"))
    for entry in (second, first, chain.after(None, draft("c")), first):
        outbox.put(entry)
    assert [entry.number for entry in outbox.all()] == [1, 1, 2]
    assert {entry.run for entry in outbox.all()} == {"a", "b", "c"}
    outbox.remove(first)
    outbox.remove(first)
    assert {entry.run for entry in outbox.all()} == {"b", "c"}
    assert outbox.broken() == ()
