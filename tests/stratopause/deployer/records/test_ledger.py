from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stratopause.deployer.errors import Refused, Throttled, Unreachable
from stratopause.deployer.events import RecordsDiffer, RecordsNotKept, RecordsOutOfReach, RecordsSent
from stratopause.deployer.records import published
from stratopause.deployer.records.chain import Finding
from stratopause.deployer.records.entries import Began, Body, Ended, Restored
from tests.stratopause.deployer.records.bucket import STACK, Bucket, Machine

BEGAN = Began(command="deploy", who="arn:aws:iam::111122223333:role/me")
ENDED = Ended(outcome="Deployed", policies={"Database": "a" * 64})
NUMBERS = tuple(f"records/{STACK}/{9_999_999_999 - number:010d}.json" for number in range(1, 9))


@pytest.fixture
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture
def machine(tmp_path: Path, bucket: Bucket) -> Machine:
    return Machine(tmp_path / "here", bucket)


@pytest.fixture
def other(tmp_path: Path, bucket: Bucket) -> Machine:
    return Machine(tmp_path / "there", bucket)


def files(machine: Machine) -> dict[str, bytes]:
    directory = machine.directory
    return {str(file.relative_to(directory)): file.read_bytes() for file in sorted(directory.rglob("*.json"))}


def told(machine: Machine) -> list[Body]:
    return [entry.body for entry in machine.ledger().entries()]


def without_bucket(machine: Machine) -> Machine:
    return Machine(machine.directory, None, machine.clock, machine.shown)


def test_records_lie_in_the_bucket_the_newest_key_first_and_here_byte_for_byte(
    machine: Machine, bucket: Bucket
) -> None:
    ledger = machine.ledger()
    ledger.append(BEGAN)
    ended = ledger.append(ENDED)
    assert list(bucket.objects) == list(NUMBERS[:2])
    assert bucket.newest("artifacts", f"records/{STACK}/") == NUMBERS[1]
    assert files(machine) == {"0001.json": bucket.objects[NUMBERS[0]], "0002.json": bucket.objects[NUMBERS[1]]}
    assert (ended.number, ended.run, ended.body) == (2, "run-1", ENDED)
    assert machine.ledger().last() == ended
    assert machine.shown == []
    assert machine.ledger().verify() == ()


def test_to_begin_costs_a_list_and_a_get_and_each_record_a_put(machine: Machine, other: Machine) -> None:
    assert machine.bucket is not None
    for _ in range(3):
        machine.ledger().append(BEGAN)
    machine.bucket.calls.clear()
    ledger = other.ledger("run-2")
    assert ledger.last()
    assert (ledger.policies(), ledger.lifted(), ledger.awaited()) == ({}, (), ())
    assert ledger.open_run()
    ledger.append(BEGAN)
    ledger.append(ENDED)
    assert machine.bucket.calls == ["newest", "read", "write_new", "write_new"]


def test_there_is_nothing_before_the_first_record(machine: Machine) -> None:
    ledger = machine.ledger()
    assert (ledger.last(), ledger.open_run(), ledger.policies()) == (None, None, {})
    assert (ledger.entries(), ledger.verify()) == ((), ())


def test_a_run_that_nobody_ended_is_found_from_elsewhere_behind_whatever_followed(
    machine: Machine, other: Machine
) -> None:
    began = machine.ledger("run-1").append(BEGAN)
    assert other.ledger("run-2").open_run() == began
    other.ledger("run-2").append(Restored(policies={"Database": "a" * 64}), "run-1")
    ledger = other.ledger("run-2")
    assert ledger.open_run() == began
    assert ledger.policies() == {"Database": "a" * 64}
    ledger.append(ENDED, "run-1")
    assert machine.ledger().open_run() is None


def test_an_open_run_that_cant_be_read_is_none(other: Machine, machine: Machine, bucket: Bucket) -> None:
    machine.ledger().append(BEGAN)
    machine.ledger().append(Restored(policies={}))
    del bucket.objects[NUMBERS[0]]
    assert other.ledger().open_run() is None
    assert machine.ledger().open_run() is not None
    assert RecordsOutOfReach(STACK, f"no {NUMBERS[0]}") in other.shown


def test_two_who_write_at_once_both_write_and_the_chain_doesnt_fork(machine: Machine, other: Machine) -> None:
    here, there = machine.ledger("here"), other.ledger("there")
    assert (here.last(), there.last()) == (None, None)
    here.append(BEGAN)
    there.append(BEGAN)
    here.append(ENDED)
    assert [entry.run for entry in machine.ledger().entries()] == ["here", "there", "here"]
    assert (machine.ledger().verify(), other.ledger().verify(), machine.shown) == ((), (), [])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_no_order_of_writers_loses_a_record(tmp_path_factory: pytest.TempPathFactory, order: list[int]) -> None:
    bucket = Bucket()
    machines = [Machine(tmp_path_factory.mktemp("machine"), bucket) for _ in range(4)]
    ledgers = [machine.ledger(f"run-{number}") for number, machine in enumerate(machines)]
    for ledger in ledgers:
        ledger.last()
    for writer in order:
        ledgers[writer].append(BEGAN)
    assert [entry.run for entry in machines[0].ledger().entries()] == [f"run-{writer}" for writer in order]
    assert [machine.ledger().verify() for machine in machines] == [()] * 4


def test_threads_that_add_at_the_same_time_lose_nothing(tmp_path: Path, bucket: Bucket) -> None:
    machines = [Machine(tmp_path / str(number), bucket) for number in range(8)]

    def write(number: int) -> None:
        ledger = machines[number].ledger(f"run-{number}")
        for _ in range(3):
            ledger.append(BEGAN)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    entries = machines[0].ledger().entries()
    assert sorted(entry.run for entry in entries) == sorted(f"run-{number}" for number in range(8) for _ in range(3))
    assert [machine.ledger().verify() for machine in machines] == [()] * 8


def test_without_a_bucket_records_wait_here_and_are_sent_once_there_is_one(machine: Machine, bucket: Bucket) -> None:
    alone = without_bucket(machine)
    alone.ledger().append(BEGAN)
    alone.ledger().append(ENDED)
    assert told(alone) == [BEGAN, ENDED]
    assert (alone.ledger().open_run(), alone.ledger().policies()) == (None, ENDED.policies)
    assert (alone.ledger().verify(), alone.shown) == ((), [])
    assert machine.ledger().last()
    assert machine.shown == [RecordsSent(STACK, 2)]
    assert list(files(machine)) == ["0001.json", "0002.json"]
    assert list(bucket.objects.values()) == list(files(machine).values())
    assert told(machine) == [BEGAN, ENDED]


def test_what_cant_be_written_is_shown_once_kept_here_and_sent_by_the_next_command(
    machine: Machine, bucket: Bucket
) -> None:
    bucket.failing["write_new"] = [Refused("not allowed", "AccessDenied")] * 2
    ledger = machine.ledger()
    ledger.append(BEGAN)
    assert ledger.append(ENDED).number == 2
    assert ledger.last() is not None
    assert machine.shown == [RecordsOutOfReach(STACK, "not allowed")]
    assert bucket.objects == {}
    assert told(machine) == [BEGAN, ENDED]
    assert machine.ledger("run-2").last() == ledger.last()
    assert machine.shown[1:] == [RecordsSent(STACK, 2)]
    assert machine.ledger().verify() == ()


def test_what_waited_is_added_after_what_others_wrote_meanwhile(
    machine: Machine, other: Machine, bucket: Bucket
) -> None:
    bucket.failing["write_new"] = [Unreachable("no network")]
    machine.ledger("here").append(BEGAN)
    other.ledger("there").append(BEGAN)
    other.ledger("there").append(ENDED)
    machine.ledger("here").append(ENDED)
    runs = [(entry.number, entry.run, type(entry.body)) for entry in other.ledger().entries()]
    assert runs == [(1, "there", Began), (2, "there", Ended), (3, "here", Began), (4, "here", Ended)]
    assert machine.ledger().verify() == ()


def test_a_bucket_that_cant_be_read_at_first_is_read_before_anything_is_sent(
    machine: Machine, other: Machine, bucket: Bucket
) -> None:
    other.ledger("there").append(BEGAN)
    bucket.failing["newest"] = [Throttled("slow down", "SlowDown")] * 2
    ledger = machine.ledger("here")
    assert ledger.last() is None
    ledger.append(BEGAN)
    assert [entry.run for entry in machine.ledger().entries()] == ["there", "here"]
    assert machine.shown == [RecordsOutOfReach(STACK, "slow down")]


def test_a_write_that_came_through_though_nobody_heard_of_it_is_not_repeated(
    machine: Machine, other: Machine, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_new = bucket.write_new

    def unheard(name: str, key: str, body: bytes) -> bool:
        write_new(name, key, body)
        raise Unreachable("the answer was lost")

    with monkeypatch.context() as patch:
        patch.setattr(bucket, "write_new", unheard)
        machine.ledger("here").append(BEGAN)
    assert told(machine) == [BEGAN]
    other.ledger("there").append(BEGAN)
    machine.ledger("here").append(ENDED)
    assert [entry.run for entry in machine.ledger().entries()] == ["here", "there", "here"]
    assert machine.ledger().verify() == ()


def test_a_write_that_was_repeated_on_the_way_is_no_conflict(
    machine: Machine, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = machine.ledger()
    assert ledger.last() is None
    once = bucket.write_new

    def twice(name: str, key: str, body: bytes) -> bool:
        once(name, key, body)
        return once(name, key, bytes([*body]))

    monkeypatch.setattr(bucket, "write_new", twice)
    ledger.append(BEGAN)
    assert told(machine) == [BEGAN]
    assert list(files(machine)) == []
    assert machine.ledger().verify() == ()


def test_others_who_never_stop_are_a_warning_not_an_endless_loop(
    machine: Machine, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published, "TRIES", 3)
    ledger = machine.ledger()
    assert ledger.last() is None
    monkeypatch.setattr(bucket, "write_new", lambda *_: False)
    ledger.append(BEGAN)
    assert machine.shown == [
        RecordsOutOfReach(STACK, "others keep adding records of clinic-dev at the same time"),
    ]


def test_records_that_the_bucket_lost_are_brought_back_from_here(machine: Machine, bucket: Bucket) -> None:
    ledger = machine.ledger()
    for body in (BEGAN, ENDED, BEGAN):
        ledger.append(body)
    whole = dict(bucket.objects)
    del bucket.objects[NUMBERS[2]], bucket.objects[NUMBERS[1]]
    assert machine.ledger().verify() == (
        Finding(2, "it is on this machine and not in the bucket"),
        Finding(3, "it is on this machine and not in the bucket"),
    )
    machine.ledger().append(ENDED)
    assert machine.shown == [RecordsSent(STACK, 2)]
    assert {key: bucket.objects[key] for key in whole} == whole
    assert machine.ledger().verify() == ()

    bucket.objects.clear()
    assert machine.ledger().last()
    assert len(bucket.objects) == 4


def test_whoever_has_seen_the_newest_record_knows_that_it_is_gone(
    machine: Machine, other: Machine, bucket: Bucket
) -> None:
    machine.ledger().append(BEGAN)
    machine.ledger().append(ENDED)
    assert other.ledger().last()
    del bucket.objects[NUMBERS[1]]
    assert other.ledger().verify() == (Finding(2, "it is on this machine and not in the bucket"),)


def test_a_fork_is_told_and_neither_side_is_overwritten(machine: Machine, other: Machine, bucket: Bucket) -> None:
    machine.ledger("here").append(BEGAN)
    machine.ledger("here").append(ENDED)
    here = files(machine)
    bucket.objects.clear()
    other.ledger("there").append(BEGAN)
    there = dict(bucket.objects)

    assert machine.ledger().last() == other.ledger().last()
    different = RecordsDiffer(STACK, 1, "the copy on this machine is another")
    apart = RecordsDiffer(STACK, 2, "what is on this machine and what is in the bucket aren't one chain")
    assert machine.shown == [different, apart]
    assert (files(machine), bucket.objects) == (here, there)
    assert machine.ledger().verify() == (
        Finding(1, "the copy on this machine is another than the one in the bucket"),
        Finding(2, "it is on this machine and not in the bucket"),
    )


def test_a_newest_record_that_isnt_what_was_written_is_told_and_written_after(
    machine: Machine, other: Machine, bucket: Bucket
) -> None:
    machine.ledger().append(BEGAN)
    bucket.objects[NUMBERS[0]] = b"{}"
    ledger = other.ledger()
    assert (ledger.last(), ledger.open_run()) == (None, None)
    assert ledger.append(ENDED).number == 2
    assert other.shown == [RecordsDiffer(STACK, 1, "it isn't what was written")]
    assert [finding.number for finding in other.ledger().verify()] == [1]
    assert told(other) == [ENDED]


def test_a_directory_that_cant_be_written_is_shown_once_and_the_bucket_has_all(
    machine: Machine, bucket: Bucket
) -> None:
    machine.directory.write_text("a file is in the way")
    ledger = machine.ledger()
    ledger.append(BEGAN)
    ledger.append(ENDED)
    (shown,) = machine.shown
    assert isinstance(shown, RecordsNotKept)
    assert len(bucket.objects) == 2


def test_a_file_that_waits_and_isnt_what_was_put_there_is_found(machine: Machine) -> None:
    alone = without_bucket(machine)
    alone.ledger().append(BEGAN)
    (file,) = (machine.directory / "unsent").iterdir()
    file.write_bytes(file.read_bytes().replace(b"deploy", b"revert"))
    assert alone.ledger().verify() == (Finding(0, f"{file} isn't what was written"),)
    assert machine.ledger().last() is None
    assert machine.ledger().verify() == (Finding(0, f"{file} isn't what was written"),)


def test_verifying_raises_where_the_bucket_cant_be_read(machine: Machine, bucket: Bucket) -> None:
    bucket.failing["keys"] = [Unreachable("no network")] * 2
    with pytest.raises(Unreachable):
        machine.ledger().verify()
    assert machine.ledger().entries() == ()
    assert machine.shown == [RecordsOutOfReach(STACK, "no network")]
