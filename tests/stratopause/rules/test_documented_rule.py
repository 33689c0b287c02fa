"""The rule that docs/adding-a-rule.md shows does what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.forest import forest, resource, template

PAGE = Path(__file__).parents[3] / "docs" / "adding-a-rule.md"


def test_the_documented_rule_finds_a_queue_that_loses_what_it_can_not_deliver() -> None:
    rule: dict[str, Any] = {}
    exec(PAGE.read_text().split("```python\n")[1].split("```")[0], rule)
    redriven = resource("SQS::Queue", {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}}})
    found = forest(a=template(Queue=redriven, Dead=resource("SQS::Queue"), Lost=resource("SQS::Queue")))
    problems = list(rule["check"](found.trees[0]))
    assert [problem.path for problem in problems] == [("Resources", "Lost")]
    assert problems[0].message == "Lost (SQS::Queue) loses what can't be delivered; give it a RedrivePolicy"
