"""Values that nobody should read off a screen, a file or a log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from stratopause.deployer.changes import PropertyChange, ResourceChange
from stratopause.deployer.review.contexts import ABSENT, at, keys, parsed
from stratopause.deployer.secrecy import HIDDEN, NO_ECHO, looks_secret

SHOWN: Final = frozenset({"true", "false", NO_ECHO})
"""A switch, and CloudFormation's own sign for a hidden value."""

_SECRET: Final = re.compile(
    r"pass(word|wd|phrase)|secret|token|credential|private.?key|api.?key|access.?key|connection.?string",
    re.IGNORECASE,
)
_ADDRESS: Final = re.compile(r"(arn|id|identifier|name|version|length|characters|enabled|duration)$", re.IGNORECASE)
"""What only leads to a secret, or says how it is made."""
_NAMES: Final = ("Name", "Key", "ParameterKey", "ParameterName")


def names_a_secret(name: str) -> bool:
    """The value of something named so isn't to be seen.

    >>> names_a_secret("MasterUserPassword"), names_a_secret("SecretArn")
    (True, False)
    """
    return _SECRET.search(name) is not None and _ADDRESS.search(name) is None


def masked(value: Any, name: str = "") -> Any:
    """`value` of the property `name`, with every secret in it hidden.

    >>> masked([{"Name": "DB_PASSWORD", "Value": "1234"}])
    [{'Name': 'DB_PASSWORD', 'Value': '(hidden)'}]
    """
    if names_a_secret(name) and not isinstance(value, bool) and str(value).lower() not in SHOWN:
        return HIDDEN
    if isinstance(value, Mapping):
        known = any(names_a_secret(str(value[key])) for key in _NAMES if key in value)
        return {key: HIDDEN if known and key == "Value" else masked(one, str(key)) for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one) for one in value]
    return HIDDEN if isinstance(value, str) and looks_secret(value) else value


def shown(change: ResourceChange, detail: PropertyChange, value: str | None) -> str | None:
    """`value`, before or after that change, as it may be shown: text as it is, anything else as JSON."""
    if value is None:
        return None
    path = keys(detail.path)
    if any(masked(value, part) is HIDDEN for part in path) or _is_of_a_secret(change, path):
        return HIDDEN
    return without_secrets(value)


def without_secrets(text: str) -> str:
    """JSON with its secrets hidden; other text whole, unless it looks like one or is JSON cut amid what may be one."""
    if not text.startswith(("{", "[")):
        return str(masked(text))
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return HIDDEN if _SECRET.search(text) else str(masked(text))
    return json.dumps(masked(whole), sort_keys=True, ensure_ascii=False)


def _is_of_a_secret(change: ResourceChange, path: tuple[str, ...]) -> bool:
    """The value of a pair such as `{"Name": "DB_PASSWORD", "Value": …}`; one whose name isn't told may be."""
    if path[-1:] != ("Value",):
        return False
    contexts = [found for one in (change.before_context, change.after_context) if (found := parsed(one)) is not None]
    pairs = [pair for one in contexts if (pair := at(one, *path[:-1])) is not ABSENT]
    if not pairs:
        return "Environment" in path
    return any(masked(pair).get("Value") is HIDDEN for pair in pairs if isinstance(pair, Mapping))
