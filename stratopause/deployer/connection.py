"""Joining a target with its account, and naming the run."""

from __future__ import annotations

import getpass
import re
import secrets
import subprocess
from pathlib import Path

from stratopause.deployer.aws.api import Api
from stratopause.deployer.aws.artifacts import AwsArtifacts
from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.cloudformation import AwsCloudFormation
from stratopause.deployer.aws.identity import AwsIdentity
from stratopause.deployer.aws.objects import AwsObjects
from stratopause.deployer.aws.parameters import AwsParameters
from stratopause.deployer.aws.protections import AwsProtections
from stratopause.deployer.aws.signatures import AwsSignatures
from stratopause.deployer.aws.tasks import AwsTasks
from stratopause.deployer.aws.trail import AwsTrail
from stratopause.deployer.clock import LOCAL_PACE, Pace
from stratopause.deployer.events import Conversation
from stratopause.deployer.means import Means
from stratopause.deployer.services import Services
from stratopause.deployer.session import Session
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
    pace = LOCAL_PACE if target.is_local else Pace()
    means = Means(services_over(Aws(target), target), run_name(), commit(project), pace=pace)
    return Session(target, means, conversation, outputs, assume_yes, project / "records")


def services_over(api: Api, target: Target) -> Services:
    return Services(
        api=api,
        cloudformation=AwsCloudFormation(api),
        artifacts=AwsArtifacts(api, target),
        identity=AwsIdentity(api),
        protections=AwsProtections(api),
        tasks=AwsTasks(api),
        objects=AwsObjects(api, target),
        signatures=AwsSignatures(api),
        trail=AwsTrail(api),
        parameters=AwsParameters(api),
    )


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
