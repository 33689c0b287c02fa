"""Whom the credentials belong to."""

from __future__ import annotations

from stratopause.deployer.aws.api import Api
from stratopause.deployer.services import Caller


class AwsIdentity:
    def __init__(self, api: Api) -> None:
        self.api = api

    def caller(self) -> Caller:
        """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
        told = self.api.call("sts", "get_caller_identity")
        return Caller(told["Account"], told["Arn"])
