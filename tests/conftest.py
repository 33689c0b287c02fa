from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# `make test` runs the same examples each time; `make fuzz` looks for new ones.
settings.register_profile("test", deadline=None, derandomize=True)
settings.register_profile("fuzz", deadline=None, max_examples=5_000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("test")

# What a command shows must not depend on the terminal, or the job, that the tests were started from.
os.environ["TERM"] = "xterm"
for name in {*os.environ} & {"CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}:
    del os.environ[name]
for name in [name for name in os.environ if name.startswith(("AWS_", "GITHUB_"))]:
    del os.environ[name]


@pytest.fixture(scope="session")
def emulator_endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a CloudFormation on this machine, one for each process that runs tests."""
    from stratopause.emulator import start, stop

    directory = tmp_path_factory.mktemp("emulator")
    yield start(directory).endpoint
    stop(directory)


@pytest.fixture
def clean_account(emulator_endpoint: str) -> str:
    """The emulator's URL, with nothing in its account."""
    from urllib.request import Request, urlopen

    with urlopen(Request(f"{emulator_endpoint}/_ministack/reset", method="POST"), timeout=30):
        return emulator_endpoint


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many faults the deployer has survived that tests have injected, and how many mistakes lint has found."""
    for what, done in (("faults", "survived"), ("mistakes", "found")):
        counted = {
            outcome: sum(
                value
                for report in terminalreporter.getreports(outcome)
                if report.when == "call"
                for name, value in report.user_properties
                if name == what
            )
            for outcome in ("passed", "failed")
        }
        if total := sum(counted.values()):
            terminalreporter.write_line(f"{what} injected: {total}, {done}: {counted['passed']}")
