"""A deployer in a process of its own, which can be killed: `build.py deploy --yes` of two small stacks below a root."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

STACK = "clinic-local"


@dataclass(frozen=True)
class Told:
    """What a command told whoever ran it: its outcome or its error, and what to do next."""

    outcome: str
    message: str = ""
    next_step: str = ""
    exit_code: int = 0


def templates(version: int, broken: bool = False) -> dict[str, bytes]:
    """`version` changes one of the two nested stacks."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": f"version {version}"}}
    value = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Name"}}}
    alerts = {"Topic": topic, "Value": value}
    named = {"Parameters": {"Name": {"Fn::GetAtt": ["Archive", "Outputs.Name"]}}}
    return {
        name: json.dumps(template).encode()
        for name, template in {
            "platform.json": {
                "Resources": {"Archive": nested("archive.json"), "Alerts": nested("alerts.json", named)},
                "Outputs": {"TopicArn": {"Value": {"Fn::GetAtt": ["Alerts", "Outputs.Arn"]}, "Description": "a topic"}},
            },
            "archive.json": {
                "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}},
                "Outputs": {"Name": {"Value": {"Ref": "Bucket"}, "Description": "of the bucket"}},
            },
            "alerts.json": {
                "Parameters": {"Name": {"Type": "String"}},
                "Resources": alerts,
                "Outputs": {"Arn": {"Value": {"Ref": "Topic"}, "Description": "of the topic"}},
            },
        }.items()
    }


def nested(file: str, more: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": file, **(more or {})}}


class Silent:
    """Says yes, and shows nothing."""

    can_ask = False

    def show(self, event: object) -> None:
        pass

    def agrees(self, _: object) -> bool:
        return True

    def types(self, _: str) -> bool:
        return False


def session(endpoint: str, directory: Path) -> Any:
    from stratopause.deployer.connection import begin
    from stratopause.deployer.target import LOCAL_ACCOUNT, Target

    target = Target(
        STACK, "local", LOCAL_ACCOUNT, "us-east-1", tags={"owner": "us"}, protected=False, endpoint_url=endpoint
    )
    return begin(target, Silent(), directory / "outputs", assume_yes=True, project=directory)


def deploy(endpoint: str, directory: Path, version: int, skipped: Sequence[str]) -> Told:
    """Deploys; gives what was told."""
    from stacks.bootstrap import template
    from stratopause.deployer import deployment
    from stratopause.deployer.ready import Order
    from stratopause.errors import StratopauseError

    order = Order(templates(version), lambda: template({}), skipped=skipped)
    try:
        outcome = deployment.deploy(session(endpoint, directory), order)
    except StratopauseError as error:
        return Told(type(error).__name__, error.message, error.next_step or "", error.exit_code)
    return Told(type(outcome).__name__)


def run(endpoint: str, directory: Path, version: int, skipped: Sequence[str]) -> None:
    """In the process of the client: leaves what was told in a file."""
    told = deploy(endpoint, directory, version, skipped)
    (directory / "told.json").write_text(json.dumps(vars(told)))


class Client:
    """Starts deployments, each in a process of its own that begins with everything imported."""

    def __init__(self, directory: Path, skipped: Sequence[str] = ()) -> None:
        self.directory, self.skipped = directory, tuple(skipped)
        self.process: ForkServerProcess | None = None
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__, "stratopause.deployer.deployment", "boto3", "stacks.bootstrap"])

    def deploy(self, endpoint: str, version: int) -> Told | None:
        """What was told; None where the process was killed before it told anything."""
        file = self.directory / "told.json"
        file.unlink(missing_ok=True)
        self.process = self._context.Process(target=run, args=(endpoint, self.directory, version, self.skipped))
        self.process.start()
        self.process.join(timeout=120)
        assert not self.process.is_alive(), "the deployment hangs"
        return Told(**json.loads(file.read_text())) if file.exists() else None

    def kill(self) -> None:
        """SIGKILL: nothing of the client runs after this."""
        assert self.process is not None
        assert self.process.pid is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.join()
