"""The locks: everything pinned and hashed, and nothing in them of the machine that made them."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements" / "lock.txt"
# The tools that deployments are measured against can't live with our versions.
OF_THEIR_OWN = ROOT / "requirements" / "peers-deploy.txt"
LOCKS = [LOCK, OF_THEIR_OWN, ROOT / "requirements" / "peers-lint.txt", ROOT / "example-service" / "requirements.txt"]
REQUIREMENT = re.compile(r"^([a-z0-9-]+)==([^ ;]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, set[str]]:
    """Versions by name; a name has several where they differ by platform or Python."""
    found: dict[str, set[str]] = {}
    for name, version in REQUIREMENT.findall(lock.read_text()):
        found.setdefault(name, set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_each_requirement_has_a_version_and_hashes(lock: Path) -> None:
    entries = [entry for entry in re.split(r"\n(?=\S)", lock.read_text()) if not entry.startswith("#")]

    assert entries
    for entry in entries:
        assert REQUIREMENT.match(entry), entry
        assert "--hash=sha256:" in entry, entry


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: str(lock.relative_to(ROOT)))
def test_a_lock_names_no_address_and_no_path(lock: Path) -> None:
    text = lock.read_text()

    assert text.splitlines()[1].strip() == "#    make lock"
    assert not re.search(r"://|--index|--extra-index|--find-links|--trusted-host|\s/\w", text)


def test_the_lock_has_what_setup_cfg_asks_for() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    asked = setup["options"]["install_requires"].split() + " ".join(setup["options.extras_require"].values()).split()
    names = {re.split("[<>=]", requirement)[0] for requirement in asked}

    assert names <= pins(LOCK).keys()


def test_one_botocore_serves_us_and_the_emulator() -> None:
    locked = pins(LOCK)

    assert (locked["boto3"], locked["botocore"], locked["ministack"]) == ({"1.43.106"}, {"1.43.106"}, {"1.5.33"})


@pytest.mark.parametrize("lock", LOCKS[2:], ids=lambda lock: str(lock.relative_to(ROOT)))
def test_the_other_locks_hold_the_versions_that_are_tested(lock: Path) -> None:
    tested = pins(LOCK)

    assert {name: tested[name] for name in pins(lock)} == pins(lock)


def test_what_is_installed_lacks_nothing() -> None:
    """It is installed without looking for what each package depends on: the lock has to name all of it."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout
