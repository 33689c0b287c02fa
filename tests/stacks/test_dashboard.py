"""What holds for the dashboard over all stacks."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from stacks.dashboard import Dashboard, Partition

Template = dict[str, Any]


@pytest.fixture(scope="module")
def template() -> Template:
    return Dashboard("example", "aws").render()


def body(template: Template) -> tuple[str, dict[str, Any]]:
    text, names = template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    return text, names


def test_the_body_is_json_and_each_name_in_it_is_filled_in(template: Template) -> None:
    text, names = body(template)
    assert json.loads(text)["widgets"]
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(names)
    assert {name["Ref"] for name in names.values()} == set(template["Parameters"])


def test_every_stack_that_serves_is_on_it(template: Template) -> None:
    widgets = json.loads(body(template)[0])["widgets"]
    shown = {metric[0] for widget in widgets for metric in widget["properties"]["metrics"]}
    assert shown == {"AWS/ApplicationELB", "ECS/ContainerInsights", "AWS/ECS", "AWS/RDS", "AWS/ElastiCache"}


def test_no_two_graphs_overlap_and_none_is_cut_off(template: Template) -> None:
    widgets = json.loads(body(template)[0])["widgets"]
    cells = {(widget["x"], widget["y"]) for widget in widgets}
    assert len(cells) == len(widgets)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)


@pytest.mark.parametrize(
    ("partition", "host"),
    [("aws", "${AWS::Region}.console.aws.amazon.com"), ("aws-us-gov", "console.amazonaws-us-gov.com")],
)
def test_the_url_leads_to_the_console_of_the_partition(partition: Partition, host: str) -> None:
    url = Dashboard("example", partition).render()["Outputs"]["Url"]["Value"]["Fn::Sub"]
    assert url == f"https://{host}/cloudwatch/home?region=${{AWS::Region}}#dashboards/dashboard/${{Dashboard}}"
