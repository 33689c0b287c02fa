"""Templates in the artifact bucket, under the digest of their content."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from stratopause.deployer.aws.api import Api
from stratopause.deployer.errors import NotFound, Refused
from stratopause.deployer.target import Target
from stratopause.deployer.templates import Artifact

LOOKS_AT_ONCE: Final = 8
TAKEN: Final = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class AwsArtifacts:
    """`services.Artifacts` in S3. Encryption is the bucket's own default; S3 checks the digest on arrival."""

    def __init__(self, api: Api, target: Target) -> None:
        self.api = api
        self.target = target

    def url(self, bucket: str, key: str) -> str:
        return f"https://{bucket}.s3.{self.target.region}.amazonaws.com/{key}"

    def present(self, bucket: str, artifacts: Collection[Artifact]) -> frozenset[str]:
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as threads:
            found = threads.map(lambda artifact: self._holds(bucket, artifact), artifacts)
            return frozenset(artifact.key for artifact, is_there in zip(artifacts, found, strict=True) if is_there)

    def read(self, bucket: str, key: str) -> bytes:
        told = self.api.call("s3", "get_object", Bucket=bucket, Key=key, ExpectedBucketOwner=self.target.account)
        return bytes(told["Body"].read())

    def put(self, bucket: str, artifact: Artifact) -> bool:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
        try:
            self._put(bucket, artifact, IfNoneMatch="*")
        except Refused as error:
            if error.code not in TAKEN:
                raise
            if self._holds(bucket, artifact):
                return False
            self._put(bucket, artifact)
        return True

    def _put(self, bucket: str, artifact: Artifact, **condition: str) -> None:
        self.api.call(
            "s3",
            "put_object",
            Bucket=bucket,
            Key=artifact.key,
            Body=artifact.body,
            ContentType="application/json",
            ChecksumSHA256=_checksum(artifact),
            ExpectedBucketOwner=self.target.account,
            **condition,
        )

    def _holds(self, bucket: str, artifact: Artifact) -> bool:
        try:
            found = self.api.call(
                "s3",
                "head_object",
                Bucket=bucket,
                Key=artifact.key,
                ChecksumMode="ENABLED",
                ExpectedBucketOwner=self.target.account,
            )
        except NotFound:
            return False
        return bool(found.get("ChecksumSHA256") == _checksum(artifact))


def _checksum(artifact: Artifact) -> str:
    return b64encode(bytes.fromhex(artifact.digest)).decode()
