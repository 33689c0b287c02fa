from __future__ import annotations

import time
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.tree.text import (
    ACCOUNT,
    PARTITION,
    REGION,
    URL_SUFFIX,
    Reference,
    clean,
    is_known,
    may_be,
    may_equal,
    references,
    referred,
    replace_references,
    shown,
    unknown,
)

KEY, OTHER = str(Reference("Keys/Data", "Arn")), str(Reference("Keys/Logs", "Arn"))
ANY = unknown("imported")
PIECES = st.sampled_from(["a", "b", ":", "*", "?", REGION, ACCOUNT, KEY, OTHER, ANY])
LITERALS = st.text("ab:", max_size=8)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*", KEY),
        (KEY, KEY),
        (f"logs.{REGION}.{URL_SUFFIX}", "logs.eu-central-1.amazonaws.com"),
        ("logs.us-gov-west-1.amazonaws.com", f"logs.{REGION}.{URL_SUFFIX}"),
        ("logs.cn-north-1.amazonaws.com.cn", f"logs.{REGION}.{URL_SUFFIX}"),
        (f"arn:{PARTITION}:logs:{REGION}:123456789012:log-group:*", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/x:*"),
        (f"arn:aws:s3:::{ANY}/*", "arn:aws:s3:::bucket/key"),
        (f"{KEY}/*", f"{KEY}/key"),
        ("rds.*.amazonaws.com", f"rds.{REGION}.amazonaws.com"),
        ("kms:Generate?ataKey*", "kms:GenerateDataKeyPair"),
        ("?", "a"),
    ],
)
def test_what_may_be_the_same_is(pattern: str, text: str) -> None:
    assert may_be(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (KEY, OTHER),
        (KEY, "arn:aws:kms:eu-central-1:123456789012:key/1"),
        (f"logs.{REGION}.amazonaws.com", f"rds.{REGION}.amazonaws.com"),
        (f"logs.{REGION}.amazonaws.com", "logs.amazonaws.com"),
        (f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::12345:root"),
        (f"arn:{PARTITION}:iam", "arn:gcp:iam"),
        (f"{KEY}/*", f"{OTHER}/key"),
        ("log-group:/a*", "log-group:/b"),
        ("", "a"),
        ("a", ""),
    ],
)
def test_what_is_surely_different_is_not(pattern: str, text: str) -> None:
    assert not may_be(pattern, text)


def test_case_counts_unless_it_does_not() -> None:
    assert not may_be("kms:Decrypt", "KMS:decrypt")
    assert may_be("kms:Decrypt", "KMS:decrypt", ignore_case=True)
    assert may_be(f"A{KEY}", f"a{KEY}", ignore_case=True)


@given(pattern=st.text("ab:*?", max_size=8), text=LITERALS)
def test_on_literal_text_it_is_what_a_shell_does(pattern: str, text: str) -> None:
    assert may_be(pattern, text) == fnmatchcase(text, pattern)


@given(pieces=st.lists(PIECES, max_size=8))
def test_whatever_it_is_made_of_a_text_may_be_itself(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert may_equal(text, text)
    assert may_be(text, text)


@given(one=st.lists(PIECES, max_size=6), other=st.lists(PIECES, max_size=6))
def test_equality_is_the_same_from_both_sides(one: list[str], other: list[str]) -> None:
    assert may_equal("".join(one), "".join(other)) == may_equal("".join(other), "".join(one))


@given(before=LITERALS, after=LITERALS, put=LITERALS)
def test_what_is_not_known_may_be_anything(before: str, after: str, put: str) -> None:
    assert may_equal(f"{before}{ANY}{after}", f"{before}{put}{after}")


def test_no_pattern_takes_long() -> None:
    begun = time.process_time()
    assert not may_be("*a" * 60 + "b", "a" * 500)
    assert not may_be(f"*{KEY}" * 60 + "b", f"a{KEY}" * 100)
    assert time.process_time() - begun < 5


def test_a_token_is_told_from_the_text_around_it() -> None:
    assert referred(KEY) == Reference("Keys/Data", "Arn")
    assert referred(str(Reference("Topic"))) == Reference("Topic", "")
    for text in (f"{KEY}/*", f"{KEY}{OTHER}", REGION, ANY, "text", 5, None):
        assert referred(text) is None
    assert references(f"{KEY}/{REGION}/{ANY}/{OTHER}") == [Reference("Keys/Data", "Arn"), Reference("Keys/Logs", "Arn")]
    assert replace_references(f"{KEY}/{REGION}", {Reference("Keys/Data", "Arn"): "key"}) == f"key/{REGION}"


def test_a_person_reads_tokens_as_sub_writes_them() -> None:
    assert shown(f"arn:{PARTITION}:{KEY}") == "arn:${AWS::Partition}:${Keys/Data.Arn}"


def test_only_tokens_have_their_characters() -> None:
    assert clean(KEY) == "Keys/Data.Arn"
    assert not is_known(f"a{ANY}")
    assert is_known(f"{KEY}{REGION}")
    assert references(unknown(f"a {KEY}, b")) == []
