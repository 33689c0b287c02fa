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
_WITHOUT_BUCKET: Final = re.compile(r"s3[.-](?!.*\bs3[.-])")
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
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts[-1]))
    found = [file for file in files if file != name and _means(file, parts, is_beside=file == beside)]
    # A longer path says more.
    return max(found, key=lambda file: (file.count("/"), file == beside), default=None)


def _written(url: Any) -> str:
    """What is written of a URL; what isn't is `${}`."""
    if isinstance(url, str):
        return url
    match url if isinstance(url, dict) and len(url) == 1 else None:
        case {"Fn::Sub": str(text)}:
            return _VARIABLE.sub(_UNWRITTEN, text)
        case {"Fn::Sub": [str(text), dict(own)]}:
            return _VARIABLE.sub(lambda found: _written(own.get(found[0][2:-1].strip())) or _UNWRITTEN, text)
        case {"Fn::Join": [str(between), [*parts]]}:
            return between.join(_written(part) or _UNWRITTEN for part in parts)
    return ""


def _end(url: str) -> list[str]:
    """The parts of the path of a URL, behind all that isn't written.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    _, is_absolute, rest = url.partition("?")[0].partition("://")
    host, _, path = rest.partition("/") if is_absolute else ("", "", url)
    _, is_partial, end = path.rpartition(_UNWRITTEN)
    parts = [part for part in end.split("/") if part]
    # In the older style of S3 the bucket is the first of them.
    return parts[1:] if _WITHOUT_BUCKET.match(host) and not is_partial else parts


def _means(file: str, url: list[str], *, is_beside: bool) -> bool:
    """Whether a URL ends in the whole path of a file; of one beside the template, what it ends in may be less."""
    path = file.split("/")
    least = min(len(path), len(url))
    return path[-least:] == url[-least:] and (is_beside or least == len(path))
