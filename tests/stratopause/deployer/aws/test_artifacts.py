from __future__ import annotations

import hashlib
import io
from base64 import b64encode
from collections.abc import Iterator

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from stratopause.deployer.aws.artifacts import AwsArtifacts
from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.errors import Refused
from stratopause.deployer.target import LOCAL_ACCOUNT, Target
from stratopause.deployer.templates import Artifact

TARGET = Target("clinic", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url="http://127.0.0.1:9")
BODY = b'{"Resources":{}}'
DIGEST = hashlib.sha256(BODY)
ARTIFACT = Artifact("root.json", BODY, DIGEST.hexdigest())
CHECKSUM = b64encode(DIGEST.digest()).decode()
ASKED = {"Bucket": "b", "Key": ARTIFACT.key, "ChecksumMode": "ENABLED", "ExpectedBucketOwner": LOCAL_ACCOUNT}

PUT = {
    "Bucket": "b",
    "Key": ARTIFACT.key,
    "Body": BODY,
    "ContentType": "application/json",
    "ChecksumSHA256": CHECKSUM,
    "ExpectedBucketOwner": LOCAL_ACCOUNT,
}


@pytest.fixture
def aws() -> Aws:
    return Aws(TARGET)


@pytest.fixture
def stub(aws: Aws) -> Iterator[Stubber]:
    with Stubber(aws.client("s3")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def test_a_template_that_is_there_with_the_same_digest_is_present(aws: Aws, stub: Stubber) -> None:
    stub.add_response("head_object", {"ChecksumSHA256": CHECKSUM}, ASKED)
    assert AwsArtifacts(aws, TARGET).present("b", [ARTIFACT]) == {ARTIFACT.key}


def test_a_template_that_was_replaced_under_its_address_is_not_present(aws: Aws, stub: Stubber) -> None:
    stub.add_response("head_object", {"ChecksumSHA256": b64encode(b"x" * 32).decode()}, ASKED)
    stub.add_response("head_object", {}, ASKED)
    artifacts = AwsArtifacts(aws, TARGET)
    assert artifacts.present("b", [ARTIFACT]) == frozenset()
    assert artifacts.present("b", [ARTIFACT]) == frozenset()


def test_a_template_that_is_not_there_is_not_present(aws: Aws, stub: Stubber) -> None:
    stub.add_client_error("head_object", "404", "Not Found", 404)
    assert AwsArtifacts(aws, TARGET).present("b", [ARTIFACT]) == frozenset()


def test_a_template_goes_with_its_digest_to_a_bucket_of_our_account_only(aws: Aws, stub: Stubber) -> None:
    stub.add_response("put_object", {}, PUT | {"IfNoneMatch": "*"})
    assert AwsArtifacts(aws, TARGET).put("b", ARTIFACT)


def test_a_template_that_is_there_already_is_not_put_again(aws: Aws, stub: Stubber) -> None:
    stub.add_client_error("put_object", "PreconditionFailed", "taken", 412, expected_params=PUT | {"IfNoneMatch": "*"})
    stub.add_response("head_object", {"ChecksumSHA256": CHECKSUM}, ASKED)
    assert not AwsArtifacts(aws, TARGET).put("b", ARTIFACT)


def test_something_else_under_the_address_of_a_template_is_replaced(aws: Aws, stub: Stubber) -> None:
    stub.add_client_error("put_object", "PreconditionFailed", "taken", 412, expected_params=PUT | {"IfNoneMatch": "*"})
    stub.add_response("head_object", {"ChecksumSHA256": b64encode(b"x" * 32).decode()}, ASKED)
    stub.add_response("put_object", {}, PUT)
    assert AwsArtifacts(aws, TARGET).put("b", ARTIFACT)


def test_a_bucket_that_takes_nothing_is_refused(aws: Aws, stub: Stubber) -> None:
    stub.add_client_error("put_object", "AccessDenied", "no", 403)
    with pytest.raises(Refused, match="AccessDenied"):
        AwsArtifacts(aws, TARGET).put("b", ARTIFACT)


def test_a_template_is_read_whole_from_a_bucket_of_our_account(aws: Aws, stub: Stubber) -> None:
    body = StreamingBody(io.BytesIO(BODY), len(BODY))
    stub.add_response(
        "get_object", {"Body": body}, {"Bucket": "b", "Key": ARTIFACT.key, "ExpectedBucketOwner": LOCAL_ACCOUNT}
    )
    assert AwsArtifacts(aws, TARGET).read("b", ARTIFACT.key) == BODY


def test_a_template_has_one_address_whatever_the_endpoint(aws: Aws) -> None:
    assert AwsArtifacts(aws, TARGET).url("b", "k.json") == "https://b.s3.us-east-1.amazonaws.com/k.json"
