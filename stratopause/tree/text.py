"""Text that is known in part: what CloudFormation will put in stands in it as tokens.

A token is a name between two characters that no template may contain, so a value made by `Fn::Sub` or `Fn::Join` stays
a plain `str`, and two values are the same if they are made of the same things:

- a pseudo parameter: `AWS::Region`
- an attribute of a resource of the tree: `Keys/DataKey.Arn`; a `Ref` has no attribute: `Keys/DataKey`
- what isn't known, with the reason: `?imported`
"""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache
from typing import Final, NamedTuple

BEGIN: Final = "\ue000"
END: Final = "\ue001"
_TOKEN: Final = re.compile(f"({BEGIN}[^{END}]*{END})")

REGION: Final = f"{BEGIN}AWS::Region{END}"
ACCOUNT: Final = f"{BEGIN}AWS::AccountId{END}"
PARTITION: Final = f"{BEGIN}AWS::Partition{END}"
URL_SUFFIX: Final = f"{BEGIN}AWS::URLSuffix{END}"
STACK_NAME: Final = f"{BEGIN}AWS::StackName{END}"
STACK_ID: Final = f"{BEGIN}AWS::StackId{END}"
NO_VALUE: Final = f"{BEGIN}AWS::NoValue{END}"

_MEANT: Final = {
    REGION: re.compile(r"[a-z]{2}(-[a-z]+)+-\d"),
    ACCOUNT: re.compile(r"\d{12}"),
    PARTITION: re.compile(r"aws(-[a-z]+)*"),
    URL_SUFFIX: re.compile(r"amazonaws\.com(\.cn)?"),
    STACK_NAME: re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}"),
}


class Reference(NamedTuple):
    """An attribute of a resource; a `Ref` has none."""

    place: str
    """The resource: the logical ids of the nested stacks that lead to it and its own, joined by slashes."""
    attribute: str = ""

    def __str__(self) -> str:
        return f"{BEGIN}{self.place}{'.' if self.attribute else ''}{self.attribute}{END}"


def unknown(reason: str) -> str:
    return f"{BEGIN}?{reason.replace(',', ' ').replace(BEGIN, '').replace(END, '')}{END}"


def another(name: str) -> str:
    """What a parameter is that is none of the literals that it is compared with."""
    return unknown(f"another {name}")


def is_another(text: str) -> bool:
    return text.startswith(f"{BEGIN}?another ") and text.find(END) == len(text) - 1


def is_known(text: str) -> bool:
    """Whether everything in it is known, or comes from the tree."""
    return f"{BEGIN}?" not in text


def is_literal(text: str) -> bool:
    return BEGIN not in text


def referred(text: object) -> Reference | None:
    """What a text refers to, if it is nothing else."""
    if not isinstance(text, str) or not text.startswith(BEGIN) or text.find(END) != len(text) - 1:
        return None
    return _reference(text)


def references(text: str) -> list[Reference]:
    """Everything of the tree that a text refers to."""
    return [found for token in _TOKEN.findall(text) if (found := _reference(token))]


def replace_references(text: str, by: dict[Reference, str]) -> str:
    return _TOKEN.sub(lambda match: by.get(_reference(match[0]) or Reference(""), match[0]), text)


def pseudo(name: str) -> str:
    return f"{BEGIN}{name}{END}"


def shown(text: object) -> str:
    """For a person: tokens as `Fn::Sub` writes them."""
    return str(text).replace(BEGIN, "${").replace(END, "}")


def clean(text: str) -> str:
    """Without the characters that only tokens may have."""
    return text.replace(BEGIN, "").replace(END, "") if BEGIN in text or END in text else text


def _reference(token: str) -> Reference | None:
    name = token[1:-1]
    if name.startswith(("?", "AWS::")):
        return None
    place, _, attribute = name.partition(".")
    return Reference(place, attribute)


def may_be(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    """Whether text can be what a pattern of IAM says: `*` is any characters, `?` is one.

    A pseudo parameter may be any region, account, partition or suffix, what is unknown may be anything, and an
    attribute of a resource is only ever itself, or what a wildcard takes.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html#reference_policies_elements_resource_wildcards
    """
    if pattern in {"*", text}:
        return True
    if ignore_case:
        pattern, text = lower(pattern), lower(text)
    return _may_be(pattern, text)


def may_equal(one: str, other: str) -> bool:
    """Whether two texts can come to the same, without wildcards."""
    return one == other or _matched(_symbols(one, wild=False), _symbols(other, wild=False))


def lower(text: str) -> str:
    """In lower case, but for the tokens."""
    return "".join(part if part.startswith(BEGIN) else part.lower() for part in _TOKEN.split(text))


@lru_cache(maxsize=20_000)
def _may_be(pattern: str, text: str) -> bool:
    if BEGIN not in pattern and BEGIN not in text:
        return _compiled(pattern).fullmatch(text) is not None
    return _matched(_symbols(pattern, wild=True), _symbols(text, wild=False))


@lru_cache(maxsize=5_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    # IAM has no sets of characters. What fnmatch makes of stars takes linear time.
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


_MOST_STEPS: Final = 1_000_000
"""Longer texts than any name or ARN are taken for equal rather than compared for minutes."""
_ANY: Final = "*any"
_ONE: Final = "?one"


@lru_cache(maxsize=20_000)
def _symbols(text: str, *, wild: bool) -> tuple[str, ...]:
    found: list[str] = []
    for part in _TOKEN.split(text):
        if part.startswith(f"{BEGIN}?"):
            found.append(_ANY)
        elif part.startswith(BEGIN):
            found.append(part)
        elif wild:
            found += [{"*": _ANY, "?": _ONE}.get(character, character) for character in part]
        else:
            found += part
    return tuple(found)


def _matched(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether there is a text that both stand for. Which beginnings of both can be equal, beginning by beginning."""
    if len(one) * len(other) > _MOST_STEPS:
        return True
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        at, to = todo.pop()
        if at == len(one) and to == len(other):
            return True
        for step in _steps(one, at, other, to):
            if step not in reached:
                reached.add(step)
                todo.append(step)
    return False


def _steps(one: tuple[str, ...], at: int, other: tuple[str, ...], to: int) -> list[tuple[int, int]]:
    left = one[at] if at < len(one) else None
    right = other[to] if to < len(other) else None
    found = []
    if left == _ANY:
        found += [(at + 1, to), *([(at, to + 1)] if right else [])]
    if right == _ANY:
        found += [(at, to + 1), *([(at + 1, to)] if left else [])]
    if left and right:
        if left == right or (left == _ONE and right != _ANY) or (right == _ONE and left != _ANY):
            found.append((at + 1, to + 1))
        found += [(at + 1, end) for end in _meant(left, other, to)]
        found += [(end, to + 1) for end in _meant(right, one, at)]
    return found


def _meant(token: str, symbols: tuple[str, ...], begin: int) -> list[int]:
    """Where a pseudo parameter that begins here may end in the symbols of the other side."""
    if token not in _MEANT:
        return []
    end, ends = begin, []
    while end < len(symbols) and len(symbols[end]) == 1:
        end += 1
        if _MEANT[token].fullmatch("".join(symbols[begin:end])):
            ends.append(end)
    return ends
