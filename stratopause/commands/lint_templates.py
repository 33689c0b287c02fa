"""`stratopause-lint`: linting templates of any project, whoever wrote them."""

from __future__ import annotations

import argparse
import os

from stratopause import __version__, cli
from stratopause.commands import linting
from stratopause.commands.linting import Options

CONFIGURATION = ".cfnlintrc.yaml"
WAIVERS = "waivers.toml"


def parser() -> argparse.ArgumentParser:
    parser = cli.Parser(prog="stratopause-lint", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"stratopause {__version__}")
    parser.add_argument("directory", nargs="?", default=".", metavar="DIR", help="of templates, or one file (.)")
    cli.describe_findings(parser)
    parser.add_argument("--config", metavar="FILE", help=f"configures cfn-lint ({CONFIGURATION}, where there is one)")
    parser.add_argument(
        "--waivers", default=WAIVERS, metavar="FILE", help="findings that somebody answers for (%(default)s)"
    )
    parser.add_argument("--cache", default=os.path.join(".cache", "lint"), metavar="DIR", help="(%(default)s)")
    return parser


def lint(arguments: argparse.Namespace) -> int:
    if arguments.explain is not None:
        return linting.explain(arguments.explain)
    configuration = arguments.config or (CONFIGURATION if os.path.isfile(CONFIGURATION) else None)
    options = Options(configuration, arguments.waivers, arguments.cache, arguments.format, arguments.output)
    return linting.lint_templates(arguments.directory, options)


def main() -> None:
    """Ends the process as cfn-lint's command does: with the sum of 2, 4 and 8, or 1 if it can't lint."""
    arguments = parser().parse_args()
    cli.leave(lambda: cli.run(lambda: lint(arguments)))


if __name__ == "__main__":
    main()
