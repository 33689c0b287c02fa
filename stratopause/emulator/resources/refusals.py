"""A refusal as CloudFormation shows it: the service's own sentence inside a resource handler's answer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

ANSWER = re.compile(r"<Code>(?P<code>.*?)</Code>\s*<Message>(?P<message>.*?)</Message>", re.DOTALL)


class Refusal(Exception):
    """A service said no; `str()` is the reason that the stack event carries.

    `message` is the service's sentence where a public source has it, else one worded here; `service` its
    name as the AWS SDK for Java spells it (`Rds`, `Kms`, `CloudWatchLogs`), `code` the handler's error code
    (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html).
    """

    def __init__(self, message: str, service: str, code: str = "InvalidRequest", status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.service = service
        self.code = code
        self.status = status

    def __str__(self) -> str:
        return (
            f'Resource handler returned message: "{self.message} (Service: {self.service}, '
            f'Status Code: {self.status}, Request ID: {uuid.uuid4()}) (SDK Attempt Count: 1)" '
            f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {self.code})"
        )


class AlreadyExists(Exception):
    """A resource of this identifier exists outside the stack."""

    def __init__(self, type_name: str, property_name: str, identifier: str) -> None:
        super().__init__(identifier)
        self.type_name = type_name
        self.property_name = property_name
        self.identifier = identifier

    def __str__(self) -> str:
        identifier = f'{{"/properties/{self.property_name}":"{self.identifier}"}}'
        return (
            f"Resource handler returned message: \"Resource of type '{self.type_name}' with identifier "
            f"'{identifier}' already exists.\" (RequestToken: {uuid.uuid4()}, HandlerErrorCode: AlreadyExists)"
        )


class InvalidProperties(Exception):
    """Properties that don't follow the provider schema of their type."""

    def __init__(self, logical_id: str, violations: list[str]) -> None:
        super().__init__(", ".join(violations))
        self.logical_id = logical_id
        self.violations = violations

    def __str__(self) -> str:
        return (
            f"Properties validation failed for resource {self.logical_id} with message: [{', '.join(self.violations)}]"
        )


@contextmanager
def told_by(type_name: str) -> Iterator[None]:
    """Gives a service's error, which ministack's handlers raise as its whole XML document, the form of a refusal."""
    try:
        yield
    except ValueError as error:
        answer = ANSWER.search(str(error).encode().decode("unicode_escape"))
        if answer is None:
            raise
        raise Refusal(answer["message"], type_name.split("::")[1].capitalize(), answer["code"]) from error
