"""S3's answer to a request that names the owner a bucket must have, which ministack doesn't look at.

(docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html)
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import s3


def correct() -> None:
    """Refuses what is meant for another account's bucket."""
    original = s3.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], *more: Any, **named: Any) -> Any:
        if headers.get("x-amz-expected-bucket-owner", get_account_id()) != get_account_id():
            return s3._error("AccessDenied", "Access Denied", 403)
        return await original(method, path, headers, *more, **named)

    s3.handle_request = handle_request
