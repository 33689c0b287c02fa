"""Sentences about a deployment, free of what a terminal would obey."""

from __future__ import annotations

from stratopause.deployer.changes import Kind
from stratopause.deployer.events import (
    CancelUpdate,
    DeleteAndCreateAgain,
    Happened,
    MakeBootstrap,
    MakeChanges,
    Question,
    RollBack,
)
from stratopause.deployer.stacks import Path

MARKS = {
    Kind.ADD: ("+", "green"),
    Kind.IMPORT: ("<", "green"),
    Kind.MODIFY: ("~", "yellow"),
    Kind.MAYBE_REPLACE: ("?", "magenta"),
    Kind.REPLACE: ("!", "bold magenta"),
    Kind.REMOVE: ("-", "bold red"),
    Kind.UNKNOWN: ("?", "magenta"),
}
"""A sign and a style for each kind of change."""


def clean(text: str) -> str:
    """`text` on one line, with whatever a terminal would obey made visible: names and reasons come from outside."""
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in " ".join(text.split()))


def place(root: str, path: Path, logical_id: str = "") -> str:
    """`clinic-dev/Database/Instance`."""
    return clean("/".join((root, *path, *([logical_id] if logical_id else []))))


def failure(cause: Happened) -> str:
    event = cause.event
    where = place(cause.root, cause.path, event.logical_id)
    return f"{where} ({clean(event.type)}): {cut(event.reason) or 'CloudFormation gives no reason'}"


def cut(text: str, longest: int = 600) -> str:
    """`text`, cleaned; a long one loses its end, so that what explains it stays on the same screen."""
    text = clean(text)
    return text if len(text) <= longest else f"{text[: longest - 2]} …"


def question(asked: Question) -> str:
    match asked:
        case MakeChanges(stack):
            return f"Make these changes to {stack}?"
        case MakeBootstrap(stack):
            return f"Make {stack}, a bucket for templates and an image repository, in this account and region?"
        case DeleteAndCreateAgain(stack):
            return f"Delete {stack}, whose creation was rolled back, and create it again?"
        case CancelUpdate(stack, who):
            begun = f", which {clean(who)} began," if who else ""
            return f"Cancel the update of {stack}{begun} so that what was before is restored?"
        case RollBack(stack, skipped):
            without = f" without {clean(', '.join(skipped))}" if skipped else ""
            return f"Take {stack} back to how it was{without}?"


def duration(seconds: float) -> str:
    """`3 s`, `12 min 5 s`."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
