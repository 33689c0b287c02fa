from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.emulator


def code(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return str(refusal.value.response["Error"]["Code"])


def test_a_bucket_of_another_owner_is_refused(cloud: Any) -> None:
    for owner, calls in (("000000000000", []), ("111111111111", ["AccessDenied", "403"])):
        where = {"Bucket": "artifacts", "Key": "a", "ExpectedBucketOwner": owner}
        if calls:
            assert [code(cloud.s3.put_object, Body=b"1", **where), code(cloud.s3.head_object, **where)] == calls
        else:
            cloud.s3.put_object(Body=b"1", **where)


def test_an_object_is_written_once_and_keeps_its_checksum(cloud: Any) -> None:
    checksum = b64encode(sha256(b"1").digest()).decode()
    new = {"Bucket": "artifacts", "Key": "a", "Body": b"1", "IfNoneMatch": "*", "ChecksumSHA256": checksum}
    cloud.s3.put_object(**new)
    assert code(cloud.s3.put_object, **new) == "PreconditionFailed"
    told = cloud.s3.head_object(Bucket="artifacts", Key="a", ChecksumMode="ENABLED")
    assert told["ChecksumSHA256"] == checksum


def test_objects_are_listed_in_the_order_of_the_alphabet_page_by_page(cloud: Any) -> None:
    for key in ("r/c", "r/a", "r/b", "s"):
        cloud.s3.put_object(Bucket="artifacts", Key=key, Body=b"")
    pages = cloud.s3.get_paginator("list_objects_v2").paginate(
        Bucket="artifacts", Prefix="r/", PaginationConfig={"PageSize": 2}
    )
    assert [[one["Key"] for one in page["Contents"]] for page in pages] == [["r/a", "r/b"], ["r/c"]]
