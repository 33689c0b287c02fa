"""Passwords that are signatures: each is made on the spot from the task role's credentials and lives for 15 minutes.

No call is made to make one, and nothing is stored, so nothing can leak or has to be rotated.
"""

from __future__ import annotations

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from redis.credentials import CredentialProvider

from example_service.settings import Endpoint

LIFETIME_SECONDS = 900


def database_password(session: boto3.Session, region: str, database: Endpoint) -> str:
    """A password for `database.user`, who must have been granted `rds_iam`.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.Connecting.Python.html
    """
    client = session.client("rds", region_name=region)
    password: str = client.generate_db_auth_token(database.host, database.port, database.user, Region=region)
    return password


def cache_password(session: boto3.Session, region: str, cache_name: str, user: str) -> str:
    """A password for `user` of the replication group `cache_name`: a presigned `connect`, without its scheme.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
    """
    request = AWSRequest("GET", f"https://{cache_name}/", params={"Action": "connect", "User": user})
    SigV4QueryAuth(session.get_credentials(), "elasticache", region, expires=LIFETIME_SECONDS).add_auth(request)
    return str(request.url).removeprefix("https://")


class CacheLogin(CredentialProvider):
    """Gives the cache's client a fresh password for each connection."""

    def __init__(self, session: boto3.Session, region: str, cache_name: str, user: str) -> None:
        self.session = session
        self.region = region
        self.cache_name = cache_name
        self.user = user

    def get_credentials(self) -> tuple[str, str]:
        """User and password, in this order."""
        return self.user, cache_password(self.session, self.region, self.cache_name, self.user)
