"""What CloudFormation refuses by size, found before anything is uploaded.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from stratopause.rendering.errors import LimitExceeded

BODY: Final = 1_048_576
SECTIONS: Final = {"Resources": 500, "Parameters": 200, "Outputs": 200, "Mappings": 200}
DESCRIPTION: Final = 1024
OUTPUT_DESCRIPTION: Final = 1024
PARAMETER_DESCRIPTION: Final = 4000
LOGICAL_ID: Final = 255


def check(name: str, template: Mapping[str, Any], body: bytes) -> None:
    """Hold one template to the limits.

    Raises:
        LimitExceeded: every limit that it exceeds, with the template's file name.
    """
    broken = [*_excesses(template), *_size(body)]
    if broken:
        raise LimitExceeded(f"{name}: {'; '.join(broken)}", "split the stack, or shorten what is named")


def _size(body: bytes) -> Iterator[str]:
    if len(body) > BODY:
        yield f"{len(body):,} bytes, CloudFormation takes {BODY:,}"


def _excesses(template: Mapping[str, Any]) -> Iterator[str]:
    for section, limit in SECTIONS.items():
        count = len(template.get(section, {}))
        if count > limit:
            yield f"{count} {section}, CloudFormation takes {limit}"
    yield from _too_long("Description", template.get("Description", ""), DESCRIPTION)
    for section, limit in (("Outputs", OUTPUT_DESCRIPTION), ("Parameters", PARAMETER_DESCRIPTION)):
        for logical_id, value in template.get(section, {}).items():
            yield from _too_long(f"Description of {logical_id}", value.get("Description", ""), limit)
    for logical_id in template.get("Resources", {}):
        yield from _too_long("logical id", logical_id, LOGICAL_ID)


def _too_long(what: str, text: str, limit: int) -> Iterator[str]:
    """Limits on text count bytes of UTF-8."""
    length = len(text.encode())
    if length > limit:
        yield f"{what} of {length} bytes, CloudFormation takes {limit}"
