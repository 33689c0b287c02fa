from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from stratopause.commands.undertaking import Undertaking
from stratopause.deployer.events import Conversation
from stratopause.deployer.session import Session
from stratopause.environments import load
from tests.stratopause.deployer.fakes import Account

ENVIRONMENTS = Path(__file__).parents[3] / "environments"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    return Account(tmp_path / "outputs")


@pytest.fixture
def undertaking(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Undertaking:
    """A command in the fake account, with the report that it opens."""

    def session(self: Undertaking, report: Conversation, assume_yes: bool = False) -> Session:
        return replace(account.session(assume_yes), conversation=report)

    monkeypatch.setattr(Undertaking, "session", session)
    return Undertaking(load("dev", ENVIRONMENTS), tmp_path)
