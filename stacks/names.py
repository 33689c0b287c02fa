"""Names that must be known before the resource, and unique although what bears them is retained."""

from __future__ import annotations

from troposphere import Join, Select, Split, StackId

UNIQUE_LENGTH = 8


def unique(prefix: str, separator: str = "-") -> Join:
    """`prefix` and the first eight hexadecimal digits of the stack's own id.

    A stack that is created again has another id, so a retained namesake is never in the way.
    """
    stack_uuid = Select(2, Split("/", StackId))
    return Join(separator, [prefix, Select(0, Split("-", stack_uuid))])
