"""The graph of nested stacks, read off templates."""

from __future__ import annotations

import json
from typing import Any

from stratopause.tree.graph import Connection, connections, mermaid
from stratopause.tree.nesting import STACK


def nested(**parameters: object) -> dict[str, Any]:
    return {"Type": STACK, "Properties": {"TemplateURL": "x.json", "Parameters": parameters}}


ROOT = {
    "Resources": {
        "Keys": nested(),
        "Network": nested(KeyArn={"Fn::GetAtt": ["Keys", "Outputs.KeyArn"]}),
        "Database": {
            **nested(
                KeyArn={"Fn::GetAtt": "Keys.Outputs.KeyArn"},
                SubnetIds={"Fn::Join": [",", [{"Fn::GetAtt": ["Network", f"Outputs.Subnet{x}"]} for x in "AB"]]},
                Size="large",
            ),
            "DependsOn": "Keys",
        },
        "Topic": {"Type": "AWS::SNS::Topic"},
    }
}


def test_every_wire_is_found_in_either_form_and_at_any_depth() -> None:
    assert connections(ROOT) == (
        Connection("Keys", "Database"),
        Connection("Keys", "Database", "KeyArn", "KeyArn"),
        Connection("Keys", "Network", "KeyArn", "KeyArn"),
        Connection("Network", "Database", "SubnetA", "SubnetIds"),
        Connection("Network", "Database", "SubnetB", "SubnetIds"),
    )


def test_an_attribute_of_a_resource_is_no_wire() -> None:
    assert connections({"Resources": {"A": nested(Arn={"Fn::GetAtt": ["Topic", "TopicArn"]})}}) == ()


def test_an_arrow_that_a_longer_way_tells_is_left_out() -> None:
    child = json.dumps({"Resources": {"One": {}, "Two": {}}}).encode()
    drawn = mermaid({"platform.json": json.dumps(ROOT).encode(), "x.json": child})
    assert drawn == (
        "flowchart LR\n"
        '    Database["Database<br/>2 resources"]\n'
        '    Keys["Keys<br/>2 resources"]\n'
        '    Network["Network<br/>2 resources"]\n'
        "    Keys --> Network\n"
        "    Network --> Database\n"
    )
