from __future__ import annotations

from stratopause.emulator.resources.tags import without_system_tags


def test_what_cloudformation_adds_is_taken_from_tags_of_either_shape_and_nothing_else() -> None:
    properties = {
        "Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "root"}, {"Key": "owner", "Value": "team"}],
        "HostedZoneTags": {"aws:cloudformation:stack-name": "root", "owner": "team"},
        "VpcTags": [{"Key": "aws:cloudformation:stack-name", "Value": "root"}],
        "PropagateTags": "SERVICE",
        "Name": "aws:kept",
    }
    assert without_system_tags(properties) == {
        "Tags": [{"Key": "owner", "Value": "team"}],
        "HostedZoneTags": {"owner": "team"},
        "PropagateTags": "SERVICE",
        "Name": "aws:kept",
    }
