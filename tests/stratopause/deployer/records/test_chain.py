from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stratopause.deployer import canonical
from stratopause.deployer.approval import Approval
from stratopause.deployer.canonical import Malformed
from stratopause.deployer.records import chain
from stratopause.deployer.records.chain import Finding, Link, after, findings
from stratopause.deployer.records.entries import (
    ApprovalFound,
    Awaited,
    Began,
    Body,
    Ended,
    Entry,
    OpenRun,
    Recovered,
    Restored,
    Standing,
)
from tests.stratopause.deployer.records.bucket import NOON, STACK, draft

ARN = "arn:aws:iam::111122223333:role/me"
RUN = "run-1"
DIGEST = "a" * 64

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
digests = st.dictionaries(texts, st.just(DIGEST), max_size=3)
bodies: st.SearchStrategy[Body] = st.one_of(
    st.builds(Began, command=texts, who=texts, overrides=st.lists(texts, max_size=3).map(tuple)),
    st.builds(
        Ended,
        outcome=texts,
        seconds=st.floats(0, 1e6),
        outputs=st.lists(texts).map(tuple),
        policies=st.none() | digests,
    ),
    st.builds(Restored, policies=digests),
    st.builds(Recovered, action=texts, confirmed_by=texts, arguments=st.lists(texts).map(tuple)),
    st.builds(ApprovalFound, run=texts, who=texts, when=st.just(NOON)),
)
drafts = st.builds(draft, run=texts, body=bodies, minutes=st.integers(0, 1000))


def linked(*entries: Entry) -> dict[int, Link]:
    links: dict[int, Link] = {}
    for entry in entries:
        links[len(links) + 1] = Link.of(after(links.get(len(links)), entry))
    return links


def standing(*told: Body, run: str = RUN) -> Standing:
    links = linked(*(draft(run, body) for body in told))
    assert not list(findings(STACK, links))
    return links[len(links)].standing


@given(st.lists(drafts, min_size=1, max_size=6))
def test_a_record_comes_back_as_it_was_and_follows_from_the_one_before(entries: list[Entry]) -> None:
    links = linked(*entries)
    assert [chain.read(link.body) for link in links.values()] == [link.entry for link in links.values()]
    assert all(Link.stored(number, link.body) == link for number, link in links.items())
    assert not list(findings(STACK, links))


@given(st.lists(drafts, min_size=1, max_size=4), st.integers(0), st.integers(0, 7))
@settings(max_examples=300, deadline=None)
def test_no_single_bit_of_any_record_can_be_changed(entries: list[Entry], place: int, bit: int) -> None:
    links = linked(*entries)
    number = place % len(links) + 1
    body = bytearray(links[number].body)
    body[place % len(body)] ^= 1 << bit
    found = list(findings(STACK, links | {number: Link.stored(number, bytes(body))}))
    assert number in {finding.number for finding in found}


@given(st.lists(drafts, min_size=2, max_size=5), st.data())
def test_a_record_that_is_missing_or_moved_is_found(entries: list[Entry], data: st.DataObject) -> None:
    links = linked(*entries)
    gone = data.draw(st.integers(1, len(links) - 1))
    without = {number: link for number, link in links.items() if number != gone}
    assert list(findings(STACK, without)) == [Finding(gone, "it is missing")]

    moved = {n: Link.stored(n, links[other].body) for n, other in zip(links, [*list(links)[1:], 1], strict=True)}
    assert f"it is record 2 of {STACK}" in [
        finding.problem for finding in findings(STACK, moved) if finding.number == 1
    ]


def test_a_record_written_anew_with_a_digest_of_its_own_breaks_the_one_after_it() -> None:
    links = linked(draft(), draft(body=Ended(outcome="Deployed")), draft("run-2"))
    forged = Link.of(after(links[1], draft(body=Ended(outcome="RolledBack"))))
    assert list(findings(STACK, links | {2: forged})) == [
        Finding(3, "it doesn't follow from record 2: one of the two was altered")
    ]


def test_a_record_of_another_stack_is_found() -> None:
    other = Link.of(after(None, replace(draft(), stack="other")))
    assert list(findings(STACK, {1: other})) == [Finding(1, "it is record 1 of other")]


def test_a_record_that_lies_about_all_of_them_is_found() -> None:
    links = linked(draft(), draft("run-2"))
    entry = links[2].entry
    assert entry is not None
    lie = replace(entry, standing=Standing(), digest="0" * 64)
    body = canonical.encoded(replace(lie, digest=canonical.digest(lie)))
    assert list(findings(STACK, links | {2: Link.stored(2, body)})) == [
        Finding(2, "what it says all records come to isn't so")
    ]


def test_after_one_that_cant_be_read_the_chain_goes_on() -> None:
    first = Link.stored(1, b"{}")
    links = {1: first, 2: Link.of(after(first, draft()))}
    (finding,) = findings(STACK, links)
    assert finding == Finding(1, "it isn't what was written: the whole: Object missing required field stack")


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"\xff", "it isn't JSON"), (b"{" * chain.LARGEST + b"{", "larger than 1024 KiB"), (b"1", "Expected object")],
)
def test_what_is_no_record_is_malformed(body: bytes, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        chain.read(body)
    assert Link.stored(1, body).entry is None


def test_the_same_record_in_other_bytes_is_malformed() -> None:
    with pytest.raises(Malformed, match="it was altered"):
        chain.read(msgspec.json.format(Link.of(after(None, draft())).body))


def test_a_run_is_open_until_it_has_ended_itself() -> None:
    assert standing(draft().body).open == OpenRun(run=RUN, number=1)
    assert standing(draft().body, Ended(outcome="Deployed")).open is None
    links = linked(draft("run-1"), draft("run-2"), draft("run-1", Ended(outcome="Deployed")))
    assert links[3].standing.open == OpenRun(run="run-2", number=2)


def test_policies_are_those_of_the_last_end_that_looked_and_of_what_was_restored() -> None:
    seen = Ended(outcome="Deployed", policies={"Database": DIGEST, "Keys": DIGEST})
    assert standing(seen).policies == {"Database": DIGEST, "Keys": DIGEST}
    assert standing(seen, Ended(outcome="RolledBack")).policies == {"Database": DIGEST, "Keys": DIGEST}
    assert standing(seen, Ended(outcome="Deployed", policies={})).policies == {}
    assert standing(Restored(policies={"Cache": DIGEST})).policies == {"Cache": DIGEST}


def test_a_policy_that_is_lifted_stands_no_more_until_it_is_restored_or_set_again() -> None:
    seen = Ended(outcome="Deployed", policies={"Database": DIGEST, "Keys": DIGEST})
    began = Began(command="deploy", who=ARN, overrides=("Database", "Keys"))
    lifted = standing(seen, began)
    assert (lifted.lifted, lifted.policies) == (("Database", "Keys"), {})
    restored = standing(seen, began, Restored(policies={"Keys": DIGEST}))
    assert (restored.lifted, restored.policies) == (("Database",), {"Keys": DIGEST})
    ended = standing(seen, began, Ended(outcome="Deployed", policies={"Database": DIGEST}))
    assert (ended.lifted, ended.policies) == (("Keys",), {"Database": DIGEST})
    assert standing(began, Ended(outcome="RolledBack")).lifted == ("Database", "Keys")
    assert standing(began, began).lifted == ("Database", "Keys")


def test_an_approval_in_the_console_is_awaited_until_it_is_found_or_cloudtrail_has_forgotten_it() -> None:
    approval = Approval(how="console", when=NOON, pending=True)
    began = Began(command="apply", who=ARN, change_set="change-set", approval=approval)
    awaited = (Awaited(run=RUN, change_set="change-set", when=NOON),)
    found = ApprovalFound(run=RUN, who=ARN, when=NOON)
    assert standing(began, Ended(outcome="Deployed")).awaited == awaited
    assert standing(began, replace(found, run="other")).awaited == awaited
    assert standing(began, Ended(outcome="Declined")).awaited == ()
    assert standing(began, Ended(outcome="NotExecuted")).awaited == ()
    assert standing(began, found).awaited == ()
    assert standing(replace(began, approval=Approval(how="yes", when=NOON, who=ARN))).awaited == ()
    days = int(chain.CLOUDTRAIL_KEEPS / timedelta(minutes=1))
    links = linked(draft(body=began), draft(body=Ended(outcome="Deployed"), minutes=days))
    assert links[2].standing.awaited == ()


def test_to_recover_a_stack_changes_nothing_of_what_is_open() -> None:
    recovered = Recovered(action="continue-rollback", confirmed_by=ARN)
    assert standing(draft().body, recovered) == standing(draft().body)
