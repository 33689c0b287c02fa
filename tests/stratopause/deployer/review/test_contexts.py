from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer.review.contexts import ABSENT, UNKNOWN, at, keys, may_be_equal, may_become, parsed, properties

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("cut", ["", '{"Properties": {"A', "[]", '"text"', '{"Properties": []}', "{" * 100_000])
def test_a_context_that_is_missing_or_cut_is_none(cut: str) -> None:
    assert parsed(cut) is None
    assert properties(cut) is None


def test_the_properties_of_a_resource_without_any_are_empty() -> None:
    assert properties("{}") == {}
    assert properties('{"Properties": {"A": 1}}') == {"A": 1}


@pytest.mark.parametrize("path", [("b",), ("a", "2"), ("a", "x"), ("a", "0", "c"), ("a", "-1")])
def test_nothing_is_at_a_path_that_leads_nowhere(path: tuple[str, ...]) -> None:
    assert at({"a": [1, 2]}, *path) is ABSENT


def test_a_path_leads_through_keys_and_positions() -> None:
    assert at({"a": [{"b": 1}]}, *keys("/a/0/b")) == 1


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("arn:a", UNKNOWN, True),
        ("", UNKNOWN, True),
        ("arn:a/*", f"{UNKNOWN}/*", True),
        ("arn:a\n/*", f"{UNKNOWN}/*", True),
        ("arn:a/*", f"{UNKNOWN}/b", False),
        ("arn:a", "arn:a", False),
        ("a.b", f"{UNKNOWN}.c", False),
    ],
)
def test_an_unknown_value_may_become_whatever_fits_its_known_part(before: str, after: str, may: bool) -> None:
    assert may_become(before, after) is may


@given(JSON)
def test_every_value_may_be_equal_to_itself(value: object) -> None:
    assert may_be_equal(value, value)


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ({"a": 1}, {"a": 2}, False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ([1], [1, 2], False),
        (["x"], [UNKNOWN], True),
        ({"a": ["x"]}, {"a": UNKNOWN}, True),
        ({"a": ["x"]}, {"a": f"{UNKNOWN}/b"}, False),
        ("x/c", f"{UNKNOWN}/b", False),
    ],
)
def test_only_what_is_known_to_differ_differs(before: object, after: object, may: bool) -> None:
    assert may_be_equal(before, after) is may
