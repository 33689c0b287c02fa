from __future__ import annotations

import json

import pytest

from example_service.readiness import LASTS_SECONDS, Readiness


def fail() -> None:
    raise ConnectionError("host db.example.org, user Jane Doe")


def test_a_failing_dependency_is_unavailable_and_its_text_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    assert Readiness({"database": fail, "cache": lambda: None}).ask() == {"database": False, "cache": True}

    line = json.loads(capsys.readouterr().out)
    assert (line["event"], line["dependency"], line["error"]) == ("unavailable", "database", "ConnectionError")
    assert "Jane" not in json.dumps(line)


def test_a_dependency_is_asked_once_in_a_few_seconds() -> None:
    asked: list[str] = []
    now = 100.0
    readiness = Readiness({"database": lambda: asked.append("database")}, clock=lambda: now)

    readiness.ask()
    readiness.ask()
    assert len(asked) == 1

    now += LASTS_SECONDS
    readiness.ask()
    assert len(asked) == 2
