from __future__ import annotations

from pathlib import Path

import pytest

from tests.stratopause.deployer.desk import Desk
from tests.stratopause.deployer.fakes import Account


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "outputs")


@pytest.fixture
def desk() -> Desk:
    return Desk()
