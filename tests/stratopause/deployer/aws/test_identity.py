from __future__ import annotations

from collections.abc import Callable

from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.identity import AwsIdentity
from stratopause.deployer.services import Caller
from stratopause.deployer.target import LOCAL_ACCOUNT


def test_the_caller_is_read_with_account_and_partition(aws: Aws, stubbed: Callable[[str], Stubber]) -> None:
    arn = "arn:aws-us-gov:iam::000000000000:root"
    answer = {"Account": LOCAL_ACCOUNT, "Arn": arn, "UserId": "x"}
    stubbed("sts").add_response("get_caller_identity", answer, {})
    caller = AwsIdentity(aws).caller()
    assert caller == Caller(LOCAL_ACCOUNT, arn)
    assert caller.partition == "aws-us-gov"


def test_an_arn_without_a_partition_has_none() -> None:
    assert Caller(LOCAL_ACCOUNT, "somebody").partition == ""
