#!/usr/bin/env python3
"""Render, lint and deploy the platform's CloudFormation templates."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stratopause import __version__, cli

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.platform import Platform
    from stratopause.commands.undertaking import Undertaking
    from stratopause.environments.schema import Environment
    from stratopause.rendering.command import Job

HERE = os.path.relpath(os.path.dirname(os.path.abspath(__file__)))


def here(*names: str) -> str:
    return os.path.normpath(os.path.join(HERE, *names))


def path_of(*names: str) -> Path:
    # Loaded here, since it takes half as long as Python takes to start.
    from pathlib import Path

    return Path(here(*names))


ENVIRONMENTS = here("environments")
EMULATOR = ".emulator"
LINT_CONFIGURATION = ".cfnlintrc.yaml"


def platform(environment: Environment) -> Platform:
    from stacks.platform import Platform

    return Platform(environment)


def jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    from stratopause.environments import available
    from stratopause.rendering.command import Job, Workspace, committed

    workspace = Workspace(
        environments=ENVIRONMENTS,
        templates=os.path.normpath(arguments.out),
        cache=here(".cache", "render"),
        sources=(
            here("stacks"),
            here("policies"),
            here("stratopause", "environments"),
            here("stratopause", "rendering"),
            here("stratopause", "wiring"),
        ),
    )
    for name in arguments.environment or committed(available(ENVIRONMENTS)):
        yield Job(name, arguments.suffix, workspace)


def render(arguments: argparse.Namespace) -> int:
    from stratopause.rendering import command, lean

    lean.be_lean()
    if arguments.check:
        return command.check_all(jobs(arguments), platform, arguments.format)
    return command.render_all(jobs(arguments), platform, arguments.format, arguments.force)


def lint(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from stratopause.commands import linting
    from stratopause.rendering import lean

    lean.be_lean()
    if arguments.templates:
        return linting.lint_templates(Path(arguments.templates), path_of(LINT_CONFIGURATION))
    return linting.lint_all(jobs(arguments), platform, path_of(LINT_CONFIGURATION))


def undertaking(arguments: argparse.Namespace, starting: bool = False) -> Undertaking:
    from stratopause.commands.undertaking import Undertaking, log_calls
    from stratopause.environments import load

    if arguments.verbose:
        log_calls()
    environment = load(arguments.environment, ENVIRONMENTS, arguments.suffix)
    return Undertaking(environment, path_of(), local_endpoint(environment, starting) if environment.is_local else None)


def local_endpoint(environment: Environment, starting: bool) -> str | None:
    from stratopause import emulator

    place = path_of(EMULATOR)
    running = emulator.start(place, environment.region) if starting else emulator.status(place)
    return running.endpoint if running else None


def deploy(arguments: argparse.Namespace) -> int:
    from stacks import bootstrap
    from stratopause.commands import deployment
    from stratopause.rendering.templates import render

    wanted = undertaking(arguments, starting=True)
    root = platform(wanted.environment)
    templates = render(root)
    return deployment.deploy(wanted, templates, bootstrap.template(root.tags), arguments.yes)


def doctor(arguments: argparse.Namespace) -> int:
    from stratopause.commands import doctor
    from stratopause.rendering.templates import render

    wanted = undertaking(arguments, starting=True)
    return doctor.doctor(wanted, render(platform(wanted.environment)), arguments.check, arguments.json)


def outputs(arguments: argparse.Namespace) -> int:
    from stratopause.commands import inspection

    return inspection.outputs(undertaking(arguments), arguments.json)


def status(arguments: argparse.Namespace) -> int:
    from stratopause.commands import inspection

    return inspection.status(undertaking(arguments), arguments.json)


def prepare(arguments: argparse.Namespace) -> int:
    from stratopause.commands import deployment

    return deployment.prepare(undertaking(arguments))


def destroy(arguments: argparse.Namespace) -> int:
    from stratopause.commands import deployment

    return deployment.destroy(undertaking(arguments), arguments.confirm)


def emulate(arguments: argparse.Namespace) -> int:
    from stratopause.commands import emulation

    return emulation.ACTIONS[arguments.action](path_of(EMULATOR))


def graph(arguments: argparse.Namespace) -> int:
    from stratopause.rendering.templates import render
    from stratopause.tree.graph import mermaid

    for job in jobs(arguments):
        sys.stdout.write(mermaid(render(platform(job.environment()))))
    return 0


def completion(arguments: argparse.Namespace) -> int:
    import shtab

    sys.stdout.write(shtab.complete(parser(), arguments.shell) + "\n")
    return 0


def parser() -> argparse.ArgumentParser:
    top = cli.Parser(prog="build.py", description=__doc__, allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"stratopause {__version__}")
    top.add_argument(
        "--verbose", action="store_true", help="show tracebacks, and the calls to AWS with their request ids"
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    rendering = commands.add_parser("render", help="write an environment's templates")
    several(rendering)
    rendering.add_argument("--format", choices=("json", "yaml"), default="json", help="of the templates (json)")
    rendering.add_argument("--check", action="store_true", help="write nothing; fail if the templates on disk differ")
    rendering.add_argument("--force", action="store_true", help="render even where nothing changed")
    rendering.set_defaults(run=render)

    linting = commands.add_parser("lint", help="check an environment's templates with cfn-lint")
    several(linting)
    linting.add_argument("--templates", metavar="DIR", help="check the files in DIR as they are instead")
    linting.set_defaults(run=lint)

    deploying = commands.add_parser("deploy", help="bring an environment's stack to its templates, after a yes")
    one(deploying)
    deploying.add_argument("--yes", action="store_true", help="say yes to every question")
    deploying.set_defaults(run=deploy)

    examining = commands.add_parser("doctor", help="look for what would fail in a deployment, and change nothing")
    one(examining)
    examining.add_argument("--check", nargs="+", metavar="NAME", default=[], help="only these checks")
    examining.add_argument("--json", action="store_true", help="as JSON")
    examining.set_defaults(run=doctor)

    for name, run, what in (("outputs", outputs, "print a stack's outputs"), ("status", status, "say how a stack is")):
        looking = commands.add_parser(name, help=what)
        one(looking)
        looking.add_argument("--json", action="store_true", help="as JSON")
        looking.set_defaults(run=run)

    preparing = commands.add_parser("prepare", help="make the service's database user, as deploy does with a new image")
    one(preparing)
    preparing.set_defaults(run=prepare)

    destroying = commands.add_parser("destroy", help="delete an environment's stack, after its name has been typed")
    one(destroying)
    destroying.add_argument("--confirm", metavar="STACK", help="the stack's name, where nobody is there to type it")
    destroying.set_defaults(run=destroy)

    emulating = commands.add_parser("emulator", help="start, stop or look for the CloudFormation on this machine")
    emulating.add_argument("action", choices=("start", "stop", "status"))
    emulating.set_defaults(run=emulate)

    drawing = commands.add_parser("graph", help="draw an environment's stacks and their wires, as Mermaid")
    several(drawing)
    drawing.set_defaults(run=graph)

    completing = commands.add_parser("completion", help="print a completion script for your shell")
    completing.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completing.set_defaults(run=completion)
    return top


def one(command: argparse.ArgumentParser) -> None:
    command.add_argument("environment", metavar="ENV", help="of environments/")
    command.add_argument("--suffix", help="a copy beside the environment, for a pull request, say: pr-42")


def several(command: argparse.ArgumentParser) -> None:
    command.add_argument("environment", nargs="*", metavar="ENV", help="of environments/ (all but local)")
    command.add_argument("--suffix", help="a copy beside the environment, for a pull request, say: pr-42")
    command.add_argument(
        "--out", default=here("templates_out"), metavar="DIR", help="of rendered templates (%(default)s)"
    )


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return cli.run(lambda: int(arguments.run(arguments)), arguments.verbose)


if __name__ == "__main__":
    cli.leave(main)
