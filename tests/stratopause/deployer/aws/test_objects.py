from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from collections.abc import Callable

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.objects import AwsObjects
from stratopause.deployer.errors import NotFound, Refused
from stratopause.deployer.target import LOCAL_ACCOUNT, Target

BODY = b'{"a":1}'
OURS = {"Bucket": "b", "ExpectedBucketOwner": LOCAL_ACCOUNT}
PUT = {
    **OURS,
    "Key": "k",
    "Body": BODY,
    "IfNoneMatch": "*",
    "ContentType": "application/json",
    "ChecksumSHA256": b64encode(hashlib.sha256(BODY).digest()).decode(),
}


@pytest.fixture
def objects(aws: Aws, target: Target) -> AwsObjects:
    return AwsObjects(aws, target)


@pytest.fixture
def s3(stubbed: Callable[[str], Stubber]) -> Stubber:
    return stubbed("s3")


def test_the_newest_is_the_first_key_with_its_prefix(objects: AwsObjects, s3: Stubber) -> None:
    asked = {**OURS, "Prefix": "records/", "MaxKeys": 1}
    s3.add_response("list_objects_v2", {"Contents": [{"Key": "records/9"}]}, asked)
    s3.add_response("list_objects_v2", {"KeyCount": 0}, asked)
    assert objects.newest("b", "records/") == "records/9"
    assert objects.newest("b", "records/") is None


def test_keys_are_read_from_every_page(objects: AwsObjects, s3: Stubber) -> None:
    asked = {**OURS, "Prefix": "records/"}
    more = {"Contents": [{"Key": "records/1"}, {"Key": "records/2"}], "NextContinuationToken": "next"}
    s3.add_response("list_objects_v2", more, asked)
    s3.add_response("list_objects_v2", {"Contents": [{"Key": "records/3"}]}, {**asked, "ContinuationToken": "next"})
    assert objects.keys("b", "records/") == ("records/1", "records/2", "records/3")


def test_an_object_is_read_whole_and_one_that_is_not_there_is_not_found(objects: AwsObjects, s3: Stubber) -> None:
    body = StreamingBody(io.BytesIO(BODY), len(BODY))
    s3.add_response("get_object", {"Body": body}, {**OURS, "Key": "k"})
    s3.add_client_error("get_object", "NoSuchKey", "gone", 404)
    assert objects.read("b", "k") == BODY
    with pytest.raises(NotFound):
        objects.read("b", "k")


@pytest.mark.parametrize(("code", "status"), [("PreconditionFailed", 412), ("412", 412)])
def test_an_object_is_written_with_its_digest_where_there_is_none_yet(
    objects: AwsObjects, s3: Stubber, code: str, status: int
) -> None:
    s3.add_response("put_object", {}, PUT)
    s3.add_client_error("put_object", code, "taken", status, expected_params=PUT)
    assert objects.write_new("b", "k", BODY)
    assert not objects.write_new("b", "k", BODY)


def test_a_bucket_that_takes_nothing_is_refused(objects: AwsObjects, s3: Stubber) -> None:
    s3.add_client_error("put_object", "AccessDenied", "no", 403)
    with pytest.raises(Refused, match="AccessDenied"):
        objects.write_new("b", "k", BODY)


def test_what_somebody_else_writes_at_the_same_moment_is_tried_again_a_few_times(
    objects: AwsObjects, s3: Stubber
) -> None:
    s3.add_client_error("put_object", "ConditionalRequestConflict", "at the same time", 409)
    s3.add_client_error("put_object", "PreconditionFailed", "taken", 412)
    assert not objects.write_new("b", "k", BODY)
    for _ in range(3):
        s3.add_client_error("put_object", "ConditionalRequestConflict", "at the same time", 409)
    with pytest.raises(Refused, match="at the same time"):
        objects.write_new("b", "k", BODY)
