"""Which file a `TemplateURL` names.

A path is seen from the template that nests it, as `aws cloudformation package` takes it. A URL names where the file
was uploaded to, with all that lies beside it: the file of the directory is meant whose path the URL ends in.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator
from typing import Any, Final

from stratopause.tree.decoding import Template
from stratopause.tree.text import is_literal

STACK: Final = "AWS::CloudFormation::Stack"

_UNWRITTEN: Final = "${}"
_VARIABLE: Final = re.compile(r"\$\{[^}]*\}")
_OF_OTHERS: Final = "submodules"
"""Where projects of AWS keep what they take from each other."""


def children(name: str, template: Template, files: Collection[str]) -> Iterator[str]:
    """The paths of the files that a template nests, whether they are there or not."""
    for resource in template["Resources"].values():
        if isinstance(resource, dict) and resource.get("Type") == STACK:
            properties = resource.get("Properties")
            url = properties.get("TemplateURL") if isinstance(properties, dict) else None
            if child := nested_file(name, url, files):
                yield child


def nested_file(name: str, url: Any, files: Collection[str]) -> str | None:
    """The file that a template nests, seen from the directory; None for a URL of none of `files`."""
    if isinstance(url, str) and url and "://" not in url:
        return posixpath.normpath(posixpath.join(posixpath.dirname(name), url)) if is_literal(url) else None
    parts = _end(_written(url))
    if not parts or _OF_OTHERS in parts:
        return None
    named = {file: common for file in files if file != name and (common := _in_common(file.split("/"), parts))}
    best = [file for file, common in named.items() if common == max(named.values())]
    beside = [file for file in best if posixpath.dirname(file) == posixpath.dirname(name)]
    return best[0] if len(best) == 1 else beside[0] if len(beside) == 1 else None


def _written(url: Any) -> str:
    """What is written of a URL; what isn't is `${}`."""
    if isinstance(url, str):
        return url
    match url if isinstance(url, dict) and len(url) == 1 else None:
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return _VARIABLE.sub(_UNWRITTEN, text)
        case {"Fn::Join": [str(between), [*parts]]}:
            return between.join(_written(part) or _UNWRITTEN for part in parts)
    return ""


def _end(url: str) -> list[str]:
    """The parts of the path of a URL, behind all that isn't written.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    _, is_absolute, rest = url.partition("://")
    host, _, path = rest.partition("/") if is_absolute else ("", "", url)
    _, is_partial, end = path.rpartition(_UNWRITTEN)
    parts = [part for part in end.split("/") if part]
    # In the older style of S3 the bucket is the first of them.
    return parts[1:] if host.startswith("s3") and not is_partial else parts


def _in_common(file: list[str], url: list[str]) -> int:
    """How many parts both end in, if one of them has no others."""
    common = 0
    for one, other in zip(reversed(file), reversed(url), strict=False):
        if one != other:
            return 0
        common += 1
    return common
