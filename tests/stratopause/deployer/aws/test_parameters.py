from __future__ import annotations

from collections.abc import Callable

from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.parameters import AwsParameters


def test_what_differs_is_written_and_only_what_is_new_gets_tags(aws: Aws, stubbed: Callable[[str], Stubber]) -> None:
    ssm = stubbed("ssm")
    present = [{"Name": "/a", "Value": "1"}, {"Name": "/b", "Value": "old"}]
    ssm.add_response("get_parameters", {"Parameters": present}, {"Names": ["/a", "/b", "/c"]})
    ssm.add_response("put_parameter", {}, {"Name": "/b", "Value": "2", "Type": "String", "Overwrite": True})
    tags = [{"Key": "owner", "Value": "us"}, {"Key": "stage", "Value": "dev"}]
    ssm.add_response("put_parameter", {}, {"Name": "/c", "Value": "3", "Type": "String", "Tags": tags})
    values = {"/c": "3", "/b": "2", "/a": "1"}
    assert AwsParameters(aws).put(values, {"stage": "dev", "owner": "us"}) == ("/b", "/c")


def test_more_than_ten_are_asked_for_ten_at_once(aws: Aws, stubbed: Callable[[str], Stubber]) -> None:
    ssm = stubbed("ssm")
    names = [f"/{number:02}" for number in range(11)]
    for some in (names[:10], names[10:]):
        told = [{"Name": name, "Value": "x"} for name in some]
        ssm.add_response("get_parameters", {"Parameters": told}, {"Names": some})
    assert AwsParameters(aws).put(dict.fromkeys(names, "x"), {}) == ()


def test_nothing_to_write_asks_nothing(aws: Aws) -> None:
    assert AwsParameters(aws).put({}, {}) == ()
