from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stratopause.deployer.preflight.checks import CHECKS
from tests.stratopause.deployer.faults.client import Client
from tests.stratopause.deployer.faults.place import Injected, Place
from tests.stratopause.deployer.faults.proxy import Proxy


@pytest.fixture
def place(clean_account: str, tmp_path: Path) -> Iterator[Place]:
    with Proxy(clean_account) as proxy:
        yield Place(clean_account, proxy, Client(tmp_path, [check.name for check in CHECKS]))


@pytest.fixture
def injected(request: pytest.FixtureRequest) -> Injected:
    """Notes how many faults a test has injected; all of them count as survived if it passes."""
    return lambda count: request.node.user_properties.append(("faults", count))


@pytest.fixture
def exhaustive(request: pytest.FixtureRequest) -> bool:
    """`make fuzz` has something go wrong at every call, `make test` at some."""
    return bool(request.config.getoption("--hypothesis-profile") == "fuzz")
