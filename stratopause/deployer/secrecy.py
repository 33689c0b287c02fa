"""Values that may stand in no file, log or report, told by their name or by how they look."""

from __future__ import annotations

import json
import re
from typing import Any, Final

HIDDEN: Final = "(hidden)"
NO_ECHO: Final = "****"
"""CloudFormation's own word for the value of a parameter with NoEcho.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

_WORDS: Final = r"(?:password|passwd|passphrase|secret|token|credentials?|(?:api|access|private|secret)_?key)"
_NAME: Final = re.compile(f"{_WORDS}$")
_LOOKS: Final = re.compile(
    rf"""
    -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----
    | \b(?:AKIA|ASIA)[A-Z0-9]{{16}}\b
    | \beyJ[\w-]{{8,}}\.eyJ[\w-]{{8,}}\.
    | \b(?:gh[pousr]_[A-Za-z0-9]{{36}} | github_pat_\w{{22}} | glpat-[\w-]{{20}} | xox[abprs]-[\w-]{{10}})
    | ://[^/\s:@]*:[^/\s@]+@
    | \b(?i:{_WORDS})=[^\s&]
    """,
    re.VERBOSE,
)
_SECRET_KEY: Final = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9/+]{40}")
"""A secret access key: 40 characters of Base64; a SHA-1 has as many, all small."""
_REFERENCE: Final = re.compile(r"arn:[a-z-]+:|\{\{resolve:")


def is_secret(name: str, value: str) -> bool:
    """`name` is that of a property, an Output or a variable; the ARN of a secret isn't one."""
    if looks_secret(value) or value == NO_ECHO:
        return True
    if _says_secret(name):
        return bool(value) and not _REFERENCE.match(value)
    return _holds_secret(value)


def looks_secret(value: str) -> bool:
    """Whatever its name: a key, a token, or an address with its password."""
    return bool(_LOOKS.search(value) or _SECRET_KEY.fullmatch(value))


def masked(name: str, value: str) -> str:
    return HIDDEN if is_secret(name, value) else value


def _says_secret(name: str) -> bool:
    """`MasterUserPassword`, `db_token`; not `SecretArn`, `password_name`."""
    return bool(_NAME.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()))


def _holds_secret(value: str) -> bool:
    if not value.startswith(("{", "[")):
        return False
    try:
        return _inside("", json.loads(value))
    except (ValueError, RecursionError):
        return False


def _inside(name: str, value: Any) -> bool:
    if isinstance(value, dict):
        pair = value.get("Name", value.get("name", value.get("Key")))
        if isinstance(pair, str) and _inside(pair, value.get("Value", value.get("value"))):
            return True
        return any(_inside(str(key), one) for key, one in value.items())
    if isinstance(value, list):
        return any(_inside(name, one) for one in value)
    return isinstance(value, str) and is_secret(name, value)
