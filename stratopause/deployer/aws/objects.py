"""Small files in the artifact bucket, each written once."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import Any, Final

from stratopause.deployer.aws.api import Api
from stratopause.deployer.errors import Refused
from stratopause.deployer.target import Target

TAKEN: Final = {"PreconditionFailed", "412"}
CONTENDED: Final = {"ConditionalRequestConflict", "409"}
"""Somebody else writes or deletes it at the same moment: to be tried again."""


class AwsObjects:
    """`services.Objects` in S3. Every request names the owner that the bucket must have."""

    def __init__(self, api: Api, target: Target) -> None:
        self.api = api
        self.target = target

    def newest(self, bucket: str, prefix: str) -> str | None:
        page = self._call("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=1)
        return next((one["Key"] for one in page.get("Contents", [])), None)

    def keys(self, bucket: str, prefix: str) -> tuple[str, ...]:
        found: list[str] = []
        more: dict[str, Any] = {}
        while True:
            page = self._call("list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
            found += [one["Key"] for one in page.get("Contents", [])]
            if not page.get("NextContinuationToken"):
                return tuple(found)
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def read(self, bucket: str, key: str) -> bytes:
        return bytes(self._call("get_object", Bucket=bucket, Key=key)["Body"].read())

    def write_new(self, bucket: str, key: str, body: bytes, tries: int = 3) -> bool:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
        try:
            self._put(bucket, key, body)
        except Refused as error:
            if error.code in CONTENDED and tries > 1:
                return self.write_new(bucket, key, body, tries - 1)
            if error.code in TAKEN:
                return False
            raise
        return True

    def _put(self, bucket: str, key: str, body: bytes) -> None:
        self._call(
            "put_object",
            Bucket=bucket,
            Key=key,
            Body=body,
            IfNoneMatch="*",
            ContentType="application/json",
            ChecksumSHA256=b64encode(hashlib.sha256(body).digest()).decode(),
        )

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.api.call("s3", operation, ExpectedBucketOwner=self.target.account, **parameters)
