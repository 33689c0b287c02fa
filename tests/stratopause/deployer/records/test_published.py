from __future__ import annotations

import pytest

from stratopause.deployer.errors import Refused
from stratopause.deployer.records import published
from stratopause.deployer.records.chain import Link, after
from stratopause.deployer.records.published import Published
from stratopause.deployer.records.shelves import BucketShelf
from tests.stratopause.deployer.records.bucket import STACK, Bucket, draft


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def chain_(bucket: Bucket) -> Published:
    return Published(BucketShelf(bucket, "artifacts", STACK))


def test_the_head_is_known_once_somebody_looked(chain_: Published, bucket: Bucket) -> None:
    assert not chain_.is_known
    chain_.look()
    assert (chain_.is_known, chain_.head) == (True, None)
    link = chain_.add(after(None, draft()))
    assert link == chain_.head
    assert bucket.calls == ["newest", "write_new"]


def test_a_record_that_is_there_already_is_not_added_again_wherever_it_came_to_stand(bucket: Bucket) -> None:
    mine = after(None, draft("mine"))
    for waits in range(4):
        bucket.objects.clear()
        others = Published(BucketShelf(bucket, "artifacts", STACK))
        for entry in [draft("other", minutes=1)] * waits + [mine] + [draft("later", minutes=2)] * 2:
            link = Link.of(after(others.head, entry))
            others.add_as_it_is(link)
        again = Published(BucketShelf(bucket, "artifacts", STACK))
        again.look()
        assert again.add(mine) is None
        assert len(bucket.objects) == waits + 3


def test_who_is_too_late_comes_after_those_who_were_first(chain_: Published, bucket: Bucket) -> None:
    chain_.look()
    first = Published(BucketShelf(bucket, "artifacts", STACK))
    first.add(after(None, draft("first")))
    link = chain_.add(after(None, draft("second")))
    assert link is not None
    assert link.entry == after(first.head, draft("second"))
    assert bucket.calls == ["newest", "write_new", "write_new", "newest", "read", "write_new"]


def test_who_never_gets_a_turn_gives_up(chain_: Published, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "TRIES", 3)
    monkeypatch.setattr(bucket, "write_new", lambda *_: False)
    with pytest.raises(Refused, match="others keep adding records of clinic-dev"):
        chain_.add(after(None, draft()))
    assert bucket.calls == ["newest"] * 3


def test_records_are_read_by_their_numbers(chain_: Published) -> None:
    for run in ("a", "b", "c"):
        chain_.add(after(chain_.head, draft(run)))
    assert [link.entry.run for link in chain_.read([3, 1]) if link.entry] == ["c", "a"]
