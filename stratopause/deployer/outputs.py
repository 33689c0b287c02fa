"""The root's Outputs, collected into one JSON file for tests and other consumers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stratopause.deployer.errors import InvalidOutputs
from stratopause.deployer.secrecy import is_secret
from stratopause.deployer.stacks import Output


def name_of(logical_id: str) -> str:
    """`AlbDnsName` is collected as `alb_dns_name`: each capital letter starts a word."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id).lower()


def collect(outputs: Iterable[Output]) -> dict[str, str]:
    """Values by name, sorted.

    Raises:
        InvalidOutputs: two Outputs have one name.
    """
    collected: dict[str, str] = {}
    for output in outputs:
        name = name_of(output.logical_id)
        if name in collected:
            raise InvalidOutputs(f"two Outputs of the root are both collected as {name}", f"rename {output.logical_id}")
        collected[name] = output.value
    return dict(sorted(collected.items()))


def public(outputs: Iterable[Output]) -> tuple[Output, ...]:
    """Without those that hold a secret: they go into no file."""
    return tuple(output for output in outputs if not is_secret(output.logical_id, output.value))


def as_json(outputs: Iterable[Output], nested: Mapping[str, Iterable[Output]] | None = None) -> str:
    """`nested` are the Outputs of nested stacks by their path; secrets are left out."""
    data: dict[str, Any] = dict(collect(public(outputs)))
    if nested is not None:
        data["nested"] = {path: collect(public(theirs)) for path, theirs in sorted(nested.items())}
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def write(outputs: Iterable[Output], file: Path) -> None:
    """Write the collected outputs, without secrets, whole or not at all.

    Raises:
        InvalidOutputs: two Outputs have one name, or the file can't be written.
    """
    text = as_json(outputs)
    staged = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            staged.write_text(text, encoding="utf-8")
            staged.replace(file)
        finally:
            staged.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidOutputs(f"can't write {file}: {error.strerror}", "the outputs command writes it again") from None


def forget(file: Path) -> None:
    """Remove the outputs of a stack that is gone."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidOutputs(f"can't remove {file}: {error.strerror}", "remove it: the stack is gone") from None
