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
    from argparse import _SubParsersAction
    from pathlib import Path

    from stacks.platform import Platform
    from stratopause.commands.deployment import Rendered, Wishes
    from stratopause.commands.recovery import Answers
    from stratopause.commands.undertaking import Undertaking
    from stratopause.environments.schema import Environment
    from stratopause.rendering.command import Job, Workspace

    Commands = _SubParsersAction[cli.Parser]

HERE = cli.shortest(os.path.dirname(os.path.abspath(__file__)))


def here(*names: str) -> str:
    return os.path.normpath(os.path.join(HERE, *names))


def path_of(*names: str) -> Path:
    # Loaded here, since it takes half as long as Python takes to start.
    from pathlib import Path

    return Path(here(*names))


ENVIRONMENTS = here("environments")
EMULATOR = ".emulator"
LINT_CONFIGURATION = ".cfnlintrc.yaml"
WAIVERS = "waivers.toml"
TEMPLATES = here("templates_out")


def platform(environment: Environment) -> Platform:
    from stacks.platform import Platform

    return Platform(environment)


def workspace(templates: str) -> Workspace:
    from stratopause.rendering.command import Workspace

    return Workspace(
        environments=ENVIRONMENTS,
        templates=os.path.normpath(templates),
        cache=here(".cache", "render"),
        sources=(
            here("stacks"),
            here("policies"),
            here("stratopause", "environments"),
            here("stratopause", "rendering"),
            here("stratopause", "wiring"),
        ),
    )


def committed() -> list[str]:
    from stratopause.environments import available
    from stratopause.rendering.command import committed

    return committed(available(ENVIRONMENTS))


def jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    from stratopause.rendering.command import Job

    for name in arguments.environment or committed():
        yield Job(name, arguments.suffix, workspace(arguments.out))


def render(arguments: argparse.Namespace) -> int:
    from stratopause.rendering import command, lean

    lean.be_lean()
    if arguments.check:
        return command.check_all(jobs(arguments), platform, arguments.format)
    return command.render_all(jobs(arguments), platform, arguments.format, arguments.force)


def lint(arguments: argparse.Namespace) -> int:
    from stratopause.commands import linting
    from stratopause.rendering import lean

    if arguments.explain is not None:
        return linting.explain(arguments.explain)
    lean.be_lean()
    options = linting.Options(
        here(LINT_CONFIGURATION), here(WAIVERS), here(".cache", "lint"), arguments.format, arguments.output
    )
    if arguments.templates is not None:
        return linting.lint_templates(arguments.templates, options)
    return linting.lint_all(jobs(arguments), platform, options, committed())


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


def rendered(arguments: argparse.Namespace, environment: Environment) -> Rendered:
    from stratopause.commands.deployment import Rendered
    from stratopause.rendering import command

    job = command.Job(arguments.environment, arguments.suffix, workspace(TEMPLATES))
    return Rendered(command.templates(job, platform), lambda: bootstrap_template(environment))


def bootstrap_template(environment: Environment) -> bytes:
    from stacks import bootstrap

    return bootstrap.template(environment.resource_tags)


def wishes(arguments: argparse.Namespace) -> Wishes:
    from stratopause.commands.deployment import Wishes

    chosen = vars(arguments)
    return Wishes(
        yes=arguments.yes,
        json=arguments.json,
        everything=arguments.all,
        skipped_checks=chosen.get("skip_check") or (),
        reverts_drift=chosen.get("revert_drift", False),
        losses=chosen.get("allow_data_loss") or (),
        in_console=chosen.get("wait_for_console", False),
    )


def plan(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from stratopause.commands import deployment

    wanted = undertaking(arguments, starting=True)
    given = rendered(arguments, wanted.environment)
    file = Path(arguments.out) if arguments.out else None
    return deployment.plan(wanted, given, wishes(arguments), file, arguments.detailed_exitcode)


def apply(arguments: argparse.Namespace) -> int:
    from pathlib import Path

    from stratopause.commands import deployment

    signed = deployment.read_plan(Path(arguments.plan))
    arguments.environment, arguments.suffix = signed.plan.environment, signed.plan.suffix
    return deployment.apply(undertaking(arguments), signed, wishes(arguments), arguments.plan)


def deploy(arguments: argparse.Namespace) -> int:
    from stratopause.commands import deployment

    wanted = undertaking(arguments, starting=True)
    return deployment.deploy(wanted, rendered(arguments, wanted.environment), wishes(arguments))


def doctor(arguments: argparse.Namespace) -> int:
    from stratopause.commands import doctor
    from stratopause.rendering.templates import render

    wanted = undertaking(arguments, starting=True)
    return doctor.doctor(wanted, render(platform(wanted.environment)), arguments.check, arguments.json)


def outputs(arguments: argparse.Namespace) -> int:
    from stratopause.commands import outputs

    wanted = undertaking(arguments)
    given = rendered(arguments, wanted.environment)
    return outputs.outputs(wanted, given.templates, arguments.format, arguments.nested)


def drift(arguments: argparse.Namespace) -> int:
    from stratopause.commands import drift

    return drift.drift(undertaking(arguments), arguments.json, arguments.detailed_exitcode)


def status(arguments: argparse.Namespace) -> int:
    from stratopause.commands import inspection

    return inspection.status(undertaking(arguments), arguments.json)


def watch(arguments: argparse.Namespace) -> int:
    from stratopause.commands import watching

    return watching.watch(undertaking(arguments), arguments.json, arguments.minutes)


def history(arguments: argparse.Namespace) -> int:
    from stratopause.commands import history

    return history.history(undertaking(arguments), arguments.json, arguments.verify)


def prepare(arguments: argparse.Namespace) -> int:
    from stratopause.commands import preparation

    return preparation.prepare(undertaking(arguments))


def destroy(arguments: argparse.Namespace) -> int:
    from stratopause.commands import recovery

    return recovery.destroy(undertaking(arguments), arguments.confirm)


def answers(arguments: argparse.Namespace) -> Answers:
    from stratopause.commands.recovery import Answers

    chosen = vars(arguments)
    return Answers(arguments.yes, chosen.get("confirm"), arguments.bootstrap)


def cancel(arguments: argparse.Namespace) -> int:
    from stratopause.commands import recovery

    return recovery.cancel(undertaking(arguments), answers(arguments))


def rollback(arguments: argparse.Namespace) -> int:
    from stratopause.commands import recovery

    return recovery.rollback(undertaking(arguments), answers(arguments), arguments.skip)


def recover(arguments: argparse.Namespace) -> int:
    from stratopause.commands import recovery

    return recovery.recover(undertaking(arguments), answers(arguments), arguments.delete, arguments.retain)


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
    describe_templates(commands)
    describe_deployments(commands)
    describe_looking(commands)
    describe_recovery(commands)
    describe_the_rest(commands)
    return top


def describe_templates(commands: Commands) -> None:
    rendering = commands.add_parser("render", help="write an environment's templates")
    several(rendering)
    rendering.add_argument("--format", choices=("json", "yaml"), default="json", help="of the templates (json)")
    rendering.add_argument("--check", action="store_true", help="write nothing; fail if the templates on disk differ")
    rendering.add_argument("--force", action="store_true", help="render even where nothing changed")
    rendering.set_defaults(run=render)

    linting = commands.add_parser("lint", help="prove an environment's templates, each and as a whole")
    several(linting)
    linting.add_argument("--templates", metavar="DIR", help="check the files in DIR as they are instead")
    cli.describe_findings(linting)
    linting.set_defaults(run=lint)

    drawing = commands.add_parser("graph", help="draw an environment's stacks and their wires, as Mermaid")
    several(drawing)
    drawing.set_defaults(run=graph)


def describe_deployments(commands: Commands) -> None:
    planning = commands.add_parser("plan", help="show what would change, and leave it for approval")
    one(planning)
    planning.add_argument("--out", metavar="FILE", help="leave a plan there, for apply")
    planning.add_argument("--detailed-exitcode", action="store_true", help="exit with 2 where something would change")
    reviewed(planning)
    checked(planning)
    planning.set_defaults(run=plan)

    applying = commands.add_parser("apply", help="make exactly the changes of a plan, after a yes")
    applying.add_argument("plan", metavar="PLAN", help="the file that plan --out has left")
    approved(applying)
    reviewed(applying)
    applying.set_defaults(run=apply)

    deploying = commands.add_parser("deploy", help="bring an environment's stack to its templates, after a yes")
    one(deploying)
    approved(deploying)
    reviewed(deploying)
    checked(deploying)
    deploying.set_defaults(run=deploy)

    preparing = commands.add_parser("prepare", help="make the service's database user, as deploy does with a new image")
    one(preparing)
    preparing.set_defaults(run=prepare)

    destroying = commands.add_parser("destroy", help="delete an environment's stack, after its name has been typed")
    one(destroying)
    destroying.add_argument("--confirm", metavar="STACK", help="the stack's name, where nobody is there to type it")
    destroying.set_defaults(run=destroy)


def describe_looking(commands: Commands) -> None:
    examining = commands.add_parser("doctor", help="look for what would fail in a deployment, and change nothing")
    one(examining)
    examining.add_argument("--check", nargs="+", metavar="NAME", default=[], help="only these checks")
    examining.add_argument("--json", action="store_true", help="as JSON")
    examining.set_defaults(run=doctor)

    giving = commands.add_parser("outputs", help="give a stack's outputs to whoever needs them")
    one(giving)
    giving.add_argument("--format", choices=("table", "json", "env", "github", "ssm"), default="table", help="(table)")
    giving.add_argument("--json", action="store_const", const="json", dest="format", help="as --format json")
    giving.add_argument("--nested", action="store_true", help="those of the nested stacks, too")
    giving.set_defaults(run=outputs)

    telling = commands.add_parser("status", help="say how a stack is")
    one(telling)
    telling.add_argument("--json", action="store_true", help="as JSON")
    telling.set_defaults(run=status)

    comparing = commands.add_parser("drift", help="find what was changed by hand since the last deployment")
    one(comparing)
    comparing.add_argument("--json", action="store_true", help="as JSON")
    comparing.add_argument("--detailed-exitcode", action="store_true", help="exit with 2 where something has drifted")
    comparing.set_defaults(run=drift)

    watching = commands.add_parser("watch", help="follow what runs on a stack already, whoever began it")
    one(watching)
    watching.add_argument("--minutes", type=float, metavar="N", help="look away after N minutes (never)")
    watching.add_argument("--json", action="store_true", help="as JSON, one object per line")
    watching.set_defaults(run=watch)

    recalling = commands.add_parser("history", help="list what was done to a stack, by whom, and how it ended")
    one(recalling)
    recalling.add_argument("--json", action="store_true", help="as JSON")
    recalling.add_argument("--verify", action="store_true", help="check that no record was altered or taken away")
    recalling.set_defaults(run=history)


def describe_recovery(commands: Commands) -> None:
    cancelling = commands.add_parser("cancel", help="cancel a running update: what was before is restored")
    recovering(cancelling)
    cancelling.set_defaults(run=cancel)

    restoring = commands.add_parser("rollback", help="take a stack whose last operation failed back to how it was")
    recovering(restoring)
    named(restoring)
    restoring.add_argument(
        "--skip", nargs="+", metavar="NAME", default=[], help="go on without these, as Database.Instance"
    )
    restoring.set_defaults(run=rollback)

    helping = commands.add_parser("recover", help="explain how a stack is, and lead it out of that")
    recovering(helping)
    named(helping)
    helping.add_argument("--delete", action="store_true", help="delete what a failed creation or deletion left")
    helping.add_argument(
        "--retain", nargs="+", metavar="NAME", default=[], help="delete all but these, as Database.Instance"
    )
    helping.set_defaults(run=recover)


def describe_the_rest(commands: Commands) -> None:
    emulating = commands.add_parser("emulator", help="start, stop or look for the CloudFormation on this machine")
    emulating.add_argument("action", choices=("start", "stop", "status"))
    emulating.set_defaults(run=emulate)

    completing = commands.add_parser("completion", help="print a completion script for your shell")
    completing.add_argument("shell", choices=("bash", "zsh", "tcsh"))
    completing.set_defaults(run=completion)


def one(command: argparse.ArgumentParser) -> None:
    command.add_argument("environment", metavar="ENV", help="of environments/")
    command.add_argument("--suffix", help="a copy beside the environment, for a pull request, say: pr-42")


def reviewed(command: argparse.ArgumentParser) -> None:
    command.add_argument("--yes", action="store_true", help="say yes to every question")
    command.add_argument("--all", action="store_true", help="show every change, also those that change nothing")
    command.add_argument("--json", action="store_true", help="as JSON")


def checked(command: argparse.ArgumentParser) -> None:
    command.add_argument("--skip-check", action="append", metavar="NAME", help="don't make this check of doctor")
    command.add_argument("--revert-drift", action="store_true", help="change back what was changed by hand")


def approved(command: argparse.ArgumentParser) -> None:
    command.add_argument("--wait-for-console", action="store_true", help="leave the decision to the AWS console")
    command.add_argument(
        "--allow-data-loss", nargs="+", metavar="NAME", help="lose the data of these (Database/Instance), if it must be"
    )


def recovering(command: argparse.ArgumentParser) -> None:
    one(command)
    command.add_argument("--yes", action="store_true", help="say yes to every question")
    command.add_argument("--bootstrap", action="store_true", help="the stack that the account and region share instead")


def named(command: argparse.ArgumentParser) -> None:
    command.add_argument("--confirm", metavar="STACK", help="the stack's name, where nobody is there to type it")


def several(command: argparse.ArgumentParser) -> None:
    command.add_argument("environment", nargs="*", metavar="ENV", help="of environments/ (all but local)")
    command.add_argument("--suffix", help="a copy beside the environment, for a pull request, say: pr-42")
    command.add_argument("--out", default=TEMPLATES, metavar="DIR", help="of rendered templates (%(default)s)")


def main(argv: list[str] | None = None) -> int:
    arguments = parser().parse_args(argv)
    return cli.run(lambda: int(arguments.run(arguments)), arguments.verbose)


if __name__ == "__main__":
    cli.leave(main)
