from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.target import LOCAL_ACCOUNT, Target

TARGET = Target("clinic", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url="http://127.0.0.1:9")


@pytest.fixture
def target() -> Target:
    return TARGET


@pytest.fixture
def aws() -> Aws:
    return Aws(TARGET)


@pytest.fixture
def stubbed(aws: Aws) -> Iterator[Callable[[str], Stubber]]:
    """A stub of a service, which must have been asked for all that it has answers to."""
    stubs = []
    with ExitStack() as stack:

        def of(service: str) -> Stubber:
            stub: Stubber = stack.enter_context(Stubber(aws.client(service)))
            stubs.append(stub)
            return stub

        yield of
        for stub in stubs:
            stub.assert_no_pending_responses()
