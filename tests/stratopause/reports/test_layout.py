from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.reports.layout import cut, difference, differences, fitting, wrapped


@pytest.mark.parametrize(
    ("before", "after", "width", "told"),
    [
        ("a", "b", 80, "a → b"),
        (None, "b", 80, "(none) → b"),
        ("a", None, 80, "a → (none)"),
        (None, None, 80, ""),
        ("", "b", 80, '"" → b'),
        ("a", UNKNOWN, 80, "a → (known after apply)"),
        ("a\x1b[2J", "b", 80, "a\\x1b[2J → b"),
        ("x" * 40 + "old", "x" * 40 + "new", 40, "…xxxxxxxxold → …xxxxxxxxnew"),
        ("x" * 60, "y" * 60, 33, "xxxxxxxxxxxxxx… → yyyyyyyyyyyyyy…"),
        ("x" * 60, "y", 33, "x" * 28 + "… → y"),
        ("x", "y" * 60, 33, "x → " + "y" * 28 + "…"),
    ],
)
def test_of_two_values_what_differs_stays_visible(before: str | None, after: str | None, width: int, told: str) -> None:
    assert difference(before, after, width) == told


@given(st.text(max_size=200), st.text(max_size=200), st.integers(20, 200))
def test_a_difference_is_one_printable_line_that_fits(before: str, after: str, width: int) -> None:
    told = difference(before, after, width)
    assert len(told) <= width
    assert told.isprintable()


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('{"a": 1, "b": 2}', '{"a": 1, "b": 3}', [("b", "2", "3")]),
        ('{"a": "x"}', '{"b": "y"}', [("a", "x", None), ("b", None, "y")]),
        ('["x"]', '["x", {"y": 1}]', [("1", None, '{"y": 1}')]),
        ('{"a": [1]}', '{"a": {"b": 1}}', [("a", "[1]", '{"b": 1}')]),
        ("{}", "{}", []),
        ("text", "{}", []),
        (None, "{}", []),
        ("{", "{}", []),
        ("[" * 100_000, "[]", []),
    ],
)
def test_json_differs_part_by_part_and_other_text_as_a_whole(
    before: str | None, after: str | None, told: list[tuple[str, str | None, str | None]]
) -> None:
    assert list(differences(before, after)) == told


def test_a_long_word_is_never_broken() -> None:
    arn = "arn:" + "x" * 60
    assert list(wrapped(f"see {arn} there", 30, "  ")) == ["  see", f"      {arn}", "      there"]


def test_a_text_is_on_as_many_lines_as_it_takes() -> None:
    assert list(wrapped("one two three four five six", 22, "  ")) == ["  one two three four", "      five six"]


def test_what_does_not_fit_is_counted() -> None:
    parts = ["9 Subnet", "5 RouteTable", "1 VPC", "1 InternetGateway"]
    assert fitting(parts, 80, "type") == "9 Subnet, 5 RouteTable, 1 VPC, 1 InternetGateway"
    assert fitting(parts, 47, "type") == "9 Subnet, 5 RouteTable, 1 VPC, and 1 more type"
    assert fitting(parts, 45, "type") == "9 Subnet, 5 RouteTable, and 2 more types"
    assert fitting(parts, 5, "type") == "9 Subnet, and 3 more types"
    assert fitting([], 5, "type") == ""


def test_what_is_cut_shows_that_it_is() -> None:
    assert (cut("abc", 3), cut("abcd", 3), cut("abc", 0)) == ("abc", "ab…", "…")
