"""What a deployment costs beside CloudFormation's own time, against the AWS command line and SAM's."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

from benchmarks.fleet import PARTS
from benchmarks.processes import BenchmarkError, Command, run
from stratopause.emulator import files
from tests.stratopause.deployer.faults.proxy import Proxy

SMALL = Path(__file__).parent / "small_platform.py"
BUCKET = "artifacts"
KEYS = ("AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_DEFAULT_REGION=us-east-1")
FIRST, LATER, NOTHING = "first deployment", "later deployment", "nothing changed"
SITUATIONS = (FIRST, LATER, NOTHING)

Typed = list[str | Path]


class Tool(Protocol):
    """What deploys: the name of its stack, and what a user types."""

    stack: str

    def commands(self, endpoint: str) -> list[Command]: ...


@dataclass
class Project:
    """A copy of the project with a small platform, and an emulator of its own."""

    python: Path
    directory: Path
    running: files.Running
    version: int = 0

    @property
    def templates(self) -> Path:
        return self.directory / "templates_out" / "local"

    def change(self) -> None:
        """Renders another version: one of the two nested stacks differs."""
        self.version += 1
        text = SMALL.read_text("utf-8").replace('VERSION = "1"', f'VERSION = "{self.version}"')
        (self.directory / "stacks" / "platform.py").write_text(text, "utf-8")
        run(Command([self.python, "build.py", "render", "local"], self.directory))

    def listen(self, endpoint: str) -> None:
        """Where `build.py` finds the emulator."""
        files.write(self.directory / ".emulator", files.Running(endpoint, self.running.pid, self.running.token))


@dataclass
class Ours:
    project: Project
    stack: str = "stratopause-local"

    def commands(self, endpoint: str) -> list[Command]:
        self.project.listen(endpoint)
        return [Command([self.project.python, "build.py", "deploy", "local", "--yes"], self.project.directory)]


@dataclass
class AwsCommandLine:
    project: Project
    programs: Path
    stack: str = "by-aws"

    def commands(self, endpoint: str) -> list[Command]:
        aws: Typed = ["env", *KEYS, f"AWS_ENDPOINT_URL={endpoint}", self.programs / "aws", "cloudformation"]
        root, packaged = self.project.templates / "platform.json", self.project.directory / "packaged.json"
        uploading: Typed = ["package", "--s3-bucket", BUCKET, "--use-json"]
        uploading += ["--template-file", root, "--output-template-file", packaged]
        deploying: Typed = ["deploy", "--template-file", packaged, "--stack-name", self.stack]
        more = ["--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset"]
        return [
            Command([*aws, *uploading], self.project.directory),
            Command([*aws, *deploying, *more], self.project.directory),
        ]


@dataclass
class Sam:
    project: Project
    programs: Path
    stack: str = "by-sam"

    def commands(self, endpoint: str) -> list[Command]:
        sam: Typed = ["env", *KEYS, f"AWS_ENDPOINT_URL={endpoint}", "SAM_CLI_TELEMETRY=0", self.programs / "sam"]
        root = self.project.templates / "platform.json"
        what: Typed = ["deploy", "--template-file", root, "--stack-name", self.stack]
        how = ["--s3-bucket", BUCKET, "--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset"]
        return [Command([*sam, *what, *how, "--no-confirm-changeset", "--region", "us-east-1"], self.project.directory)]


@dataclass
class Figures:
    """Seconds that each tool adds, and the calls that it makes, by tool and situation."""

    seconds: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[tuple[str, str], int] = field(default_factory=dict)

    def added(self, tool: str, situation: str) -> float:
        return median(self.seconds[tool, situation])


def measure(python: Path, root: Path, work: Path, programs: Path, runs: int) -> Figures:
    """Each situation in turn, the tools interleaved; the first round isn't timed: in it the calls are counted."""
    figures = Figures()
    with project(python, root, work) as place:
        account = Account(place.running.endpoint)
        tools: dict[str, Tool] = {
            "build.py": Ours(place),
            "aws": AwsCommandLine(place, programs),
            "sam": Sam(place, programs),
        }
        with Proxy(place.running.endpoint) as proxy:
            for number in range(runs + 1):
                _progress(f"round {number} of {runs}")
                for situation in SITUATIONS:
                    if situation != NOTHING:
                        place.change()
                    for name, tool in tools.items():
                        if situation == FIRST:
                            account.delete(tool.stack)
                        seconds = added(tool, account, place.running.endpoint if number else proxy.endpoint, proxy)
                        if number:
                            figures.seconds[name, situation].append(seconds)
                        else:
                            figures.calls[name, situation] = sum("/_" not in call.operation for call in proxy.calls)
    _progress("")
    return figures


def added(tool: Tool, account: Account, endpoint: str, proxy: Proxy) -> float:
    """Runs a tool; the seconds that it took, without those in which the stack was at work."""
    proxy.begin()
    commands = tool.commands(endpoint)
    before = account.operations(tool.stack)
    seconds = sum(run(command).seconds for command in commands)
    new = account.operations(tool.stack)[len(before) :]
    return seconds - sum(ended - began for began, ended in new)


class Account:
    """What is in the emulator, seen from behind."""

    def __init__(self, endpoint: str) -> None:
        import boto3

        keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
        self.cloudformation: Any = boto3.client("cloudformation", endpoint_url=endpoint, **keys)
        boto3.client("s3", endpoint_url=endpoint, **keys).create_bucket(Bucket=BUCKET)

    def delete(self, stack: str) -> None:
        self.cloudformation.delete_stack(StackName=stack)

    def operations(self, stack: str) -> list[tuple[float, float]]:
        """When each operation on a stack began and ended, in seconds, oldest first; none where there is no stack."""
        try:
            pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
            events = [event for page in pages for event in page["StackEvents"] if event["LogicalResourceId"] == stack]
        except self.cloudformation.exceptions.ClientError:
            return []
        found: list[tuple[float, float]] = []
        for event in reversed(events):
            at = event["Timestamp"].timestamp()
            if event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
                found.append((at, at))
            elif found:
                found[-1] = (found[-1][0], at)
        return found


@contextmanager
def project(python: Path, root: Path, directory: Path) -> Iterator[Project]:
    """The copy, with the emulator running while the block does."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for part in PARTS:
        source = root / part
        if source.is_dir():
            shutil.copytree(source, directory / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, directory / part)
    place = directory / ".emulator"
    place.mkdir()
    process = subprocess.Popen([python, "-m", "benchmarks.instant", place], cwd=root)
    try:
        yield Project(python, directory, _ready(process, place))
    finally:
        process.terminate()
        process.wait(timeout=10)


def _ready(process: subprocess.Popen[bytes], place: Path) -> files.Running:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        running = files.read(place)
        if running is not None:
            return running
        time.sleep(0.05)
    raise BenchmarkError("the emulator doesn't answer")


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{line}")
        sys.stderr.flush()


def counted(figures: Figures) -> str:
    """The calls, as a table of Markdown."""
    tools = list(dict.fromkeys(tool for tool, _ in figures.calls))
    lines = [f"| API calls | {' | '.join(tools)} |", f"|---|{'---|' * len(tools)}"]
    lines += [
        f"| {situation} | {' | '.join(str(figures.calls[tool, situation]) for tool in tools)} |"
        for situation in SITUATIONS
    ]
    return "\n".join(lines)
