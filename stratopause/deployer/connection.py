"""Joining a target with its account, and naming the run."""

from __future__ import annotations

import getpass
import re
import secrets
import subprocess
from pathlib import Path

from stratopause.deployer.account import AwsIdentity, AwsProtections
from stratopause.deployer.aws import Aws
from stratopause.deployer.cloudformation import AwsCloudFormation
from stratopause.deployer.ecs import AwsTasks
from stratopause.deployer.events import Conversation
from stratopause.deployer.execute import Means
from stratopause.deployer.services import Services
from stratopause.deployer.session import Session
from stratopause.deployer.storage import AwsArtifacts
from stratopause.deployer.target import Target


def begin(
    target: Target, conversation: Conversation, outputs: Path, assume_yes: bool = False, project: Path = Path()
) -> Session:
    """A session with the target's account; nothing is asked of AWS yet.

    Collected outputs go to the directory `outputs`; the commit of the repository at `project` is noted in the
    change set.

    Raises:
        WrongTarget: AWS_REGION names another region than the target's.
    """
    aws = Aws(target)
    services = Services(
        AwsCloudFormation(aws), AwsArtifacts(aws, target), AwsIdentity(aws), AwsProtections(aws), AwsTasks(aws)
    )
    return Session(target, Means(services, run_name(), commit(project)), conversation, outputs, assume_yes)


def run_name() -> str:
    """Who deploys, and a random end: a change set's name and the token of its requests.

    Both take letters, digits and hyphens, a letter first, 128 at most.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
    """
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    return f"by-{re.sub('[^A-Za-z0-9]+', '-', user).strip('-')[:64]}-{secrets.token_hex(6)}"


def commit(project: Path) -> str:
    """The commit that is checked out, `-dirty` where files differ from it; empty outside of a repository."""
    try:
        described = subprocess.run(
            ["git", "-C", str(project), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return f"commit {described.stdout.strip()}"
