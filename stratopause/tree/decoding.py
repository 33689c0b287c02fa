"""A template's text as data, in either of its two languages, with bounds on what it may come to."""

from __future__ import annotations

import json
from typing import Any, Final

from stratopause.tree.text import BEGIN, END, clean

Template = dict[str, Any]

MAX_BYTES: Final = 1_000_000
"""CloudFormation takes no larger template. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
MAX_DEPTH: Final = 120
MAX_PARTS: Final = 250_000
"""Of a template with its YAML aliases written out."""


class UndecodableError(Exception):
    """Why a text is no template."""


class NotAnObjectError(UndecodableError):
    """It is a list, or a single value."""


class ExcessiveError(UndecodableError):
    """It is more than anybody should have to look at, or no text at all: cfn-lint isn't asked, either."""


def decode(content: bytes) -> Template:
    """Raises UndecodableError."""
    if len(content) > MAX_BYTES:
        raise ExcessiveError(f"it is larger than {MAX_BYTES:,} bytes, the most that CloudFormation takes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExcessiveError(f"byte {error.start} isn't UTF-8") from error
    try:
        decoded = json.loads(text) if text.lstrip()[:1] == "{" else _from_yaml(text)
    except json.JSONDecodeError as error:
        decoded = _flow_style(text, error)
    except RecursionError as error:
        raise ExcessiveError(f"it is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise UndecodableError(str(error) or type(error).__name__) from error
    _refuse_excess(decoded)
    if not isinstance(decoded, dict):
        raise NotAnObjectError("it isn't an object")
    template: Template = decoded
    # Both languages can write these characters as escapes, too.
    return _cleaned(template) if BEGIN in text or END in text or "\\ue00" in text.lower() else template


def _flow_style(text: str, error: json.JSONDecodeError) -> Any:
    """YAML may begin with a brace, too."""
    try:
        return _from_yaml(text)
    except ExcessiveError:
        raise
    except UndecodableError:
        raise UndecodableError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error


def _from_yaml(text: str) -> Any:
    from stratopause.tree import yaml_decoding

    return yaml_decoding.decode(text)


def _refuse_excess(decoded: Any) -> None:
    parts, level = 0, [decoded]
    for _ in range(MAX_DEPTH):
        parts += len(level)
        if parts > MAX_PARTS:
            raise ExcessiveError(f"it has more than {MAX_PARTS:,} parts")
        level = [part for value in level for part in _parts(value)]
        if not level:
            return
    raise ExcessiveError(f"it is nested deeper than {MAX_DEPTH} levels")


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(name)): _cleaned(part) for name, part in value.items()}
    return [_cleaned(part) for part in value] if isinstance(value, list) else value
