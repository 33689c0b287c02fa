"""The pages of the documentation that say what the code says: `python -m stratopause.linting.pages docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from stratopause.linting import controls, explaining
from stratopause.rules import catalogue

_CONTROLS = """\
# HIPAA's security rule, and what shows in a template

Written by `python -m stratopause.linting.pages docs` from `stratopause/linting/controls.py`. The same with what was
found: `python build.py lint production --format controls`.

A safeguard is *covered* if the rules that serve it find nothing that nobody answers for. That is evidence of how the
platform is declared; whether it is so deployed, `drift` tells, and whether it suffices, an assessor. The references to
SP 800-66r2 and SP 800-53r5 are our reading of them.
"""


def pages() -> Iterator[tuple[str, str]]:
    """Each page by its path below `docs`."""
    yield "controls.md", f"{_CONTROLS}\n" + "\n".join(controls.table((), ())) + "\n"
    for rule in catalogue():
        served = "\n".join(f"- {one.cfr}, {one.title}" for one in controls.serving(rule))
        serves = f"\nServes, of 45 CFR:\n\n{served}\n" if served else ""
        yield f"rules/{rule}.md", explaining.page(rule) + serves


def write(docs: Path) -> None:
    for name, text in pages():
        (docs / name).parent.mkdir(exist_ok=True)
        (docs / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
