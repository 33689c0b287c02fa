from __future__ import annotations

import re
from pathlib import Path

import pytest

from stratopause.linting import pages
from stratopause.linting.controls import SAFEGUARDS, serving
from stratopause.rules import catalogue

DOCS = Path(__file__).parents[3] / "docs"
PROMISE = (DOCS / "lint.md").read_text().split("## What plain cfn-lint finds of it")[0]
PROMISED = re.findall(r"^\| ([EWI]9\d{3}) \|", PROMISE, re.MULTILINE)


def test_the_pages_say_what_the_code_says() -> None:
    written = {name: (DOCS / name).read_text() for name, _ in pages.pages()}
    assert written == dict(pages.pages()), "python -m stratopause.linting.pages docs"
    assert {path.name for path in (DOCS / "rules").iterdir()} == {f"{rule}.md" for rule in catalogue()}


def test_what_is_promised_is_what_there_is() -> None:
    assert sorted(PROMISED) == sorted(catalogue())
    assert len(PROMISED) == len(set(PROMISED))


@pytest.mark.parametrize("rule", sorted(catalogue()))
def test_a_page_says_what_it_is_and_how_to_fix_it(rule: str) -> None:
    page = catalogue()[rule].__doc__ or ""
    assert "How to fix" in page
    assert len(page.split()) > 40


def test_every_rule_serves_a_safeguard_and_every_safeguard_that_a_template_shows_has_rules() -> None:
    assert not [rule for rule in catalogue() if not serving(rule)]
    named = {rule for safeguard in SAFEGUARDS for rule in safeguard.rules}
    assert named <= set(catalogue())
    for safeguard in SAFEGUARDS:
        assert bool(safeguard.rules) is not bool(safeguard.elsewhere), safeguard.cfr


def test_the_technical_safeguards_are_all_there() -> None:
    sections = [safeguard.cfr for safeguard in SAFEGUARDS]
    assert len(sections) == len(set(sections))
    for section in ("(a)(1)", "(a)(2)(i)", "(a)(2)(ii)", "(a)(2)(iii)", "(a)(2)(iv)", "(b)", "(c)(1)", "(c)(2)", "(d)"):
        assert f"164.312{section}" in sections
    assert {f"164.312(e){part}" for part in ("(1)", "(2)(i)", "(2)(ii)")} <= set(sections)
