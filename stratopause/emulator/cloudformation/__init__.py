"""CloudFormation as AWS has it, where ministack differs.

Each module here corrects one thing and says which; `correct` puts them in place, once in a process.
"""

from __future__ import annotations

import importlib

MODULES = (
    "operation_ids",
    "documents",
    "names",
    "parameters",
    "references",
    "events",
    "operations",
    "rollback",
    "differences",
    "reviews",
    "answers",
    "history",
    "interruptions",
    "stack_policies",
    "protection",
    "skips",
    "hooks",
    "trail",
    "tokens",
)


def correct() -> None:
    """Corrects ministack's CloudFormation; to be called before it answers the first request."""
    for name in MODULES:
        importlib.import_module(f"{__name__}.{name}")
    importlib.import_module(f"{__name__}.corrections").apply()
