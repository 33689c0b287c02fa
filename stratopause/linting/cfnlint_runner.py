"""cfn-lint on one template after the other, in this process.

What cfn-lint finds and says is what its own command does, with three differences: its configuration is only the file
that is given (never a `.cfnlintrc` that lies beside somebody's templates or in a home directory, which could name rules
to import), informational rules are always on, and a template that cfn-lint can't cope with is a finding. As in the
command a template's own `Metadata` may leave out rules, but none of `mandatory_checks`.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cfnlint.config import ConfigMixIn
from cfnlint.helpers import REGIONS
from cfnlint.runner import Runner
from cfnlint.runner.template import run_template_by_file_path

from stratopause.linting.errors import LintError
from stratopause.linting.findings import Finding, Found, RuleFacts, crashed

if TYPE_CHECKING:
    from cfnlint.match import Match

ADAPTER: Final = "stratopause.linting.adapter"
PLUGIN: Final = "stratopause/linting/plugin"


class CfnLint:
    """cfn-lint, configured and with its rules loaded, which takes longer than linting a template."""

    def __init__(self, regions: Sequence[str], configuration: str | None) -> None:
        """`regions` default to the templates' own or the caller's (`AWS_REGION`).

        Raises LintError.
        """
        if configuration and not os.path.isfile(configuration):
            raise LintError(f"{configuration}: no such file", "it configures cfn-lint; restore it")
        try:
            # os.devnull: without a file of its own cfn-lint looks for one in the working and the home directory.
            self.config = _Configuration(
                ["--config-file", configuration or os.devnull], include_checks=["I"], regions=list(regions)
            )
            if unknown := sorted(set(self.config.regions) - set(REGIONS)):
                raise LintError(
                    f"cfn-lint knows no region {unknown[0]!r}", "check the environment's region, or AWS_REGION"
                )
            self.rules = Runner(self.config).rules
            # Its configuration sets up logging; what it has to say of a template are findings.
            logging.getLogger("cfnlint").setLevel(logging.CRITICAL)
        except (LintError, MemoryError):
            raise
        except Exception as error:
            # CfnLintExitException and ConfigFileError, what YAML says of a broken file, a home that can't be read.
            place = configuration or "cfn-lint can't be loaded"
            raise LintError(f"{place}: {' '.join(str(error).split())}", "it configures cfn-lint; correct it") from error

    def ignores(self, rule: str) -> bool:
        """Whether the configuration leaves a rule out."""
        return any(rule.startswith(prefix) for prefix in self.config.ignore_checks) and not any(
            rule.startswith(prefix) for prefix in self.config.mandatory_checks
        )

    def lint(self, file: str) -> Found:
        """What is found in a file, which is named as it is seen from the working directory."""
        # The metadata of the file before would still hold if this one can't be parsed.
        self.config.set_template_args({})
        try:
            matches = list(run_template_by_file_path(file, self.config, self.rules, ignore_bad_template=False))
        except Exception as error:  # noqa: BLE001 - whatever a hostile template makes cfn-lint end in
            message = f"Unknown exception while linting the template: {type(error).__name__}: {error}"
            return crashed(file, message)
        findings = [_finding(match, file) for match in matches]
        return findings, {match.rule.id: RuleFacts(match.rule.shortdesc, match.rule.source_url) for match in matches}


class _Configuration(ConfigMixIn):  # type: ignore[misc] # cfn-lint's types aren't followed
    """The project's, without our own rules: those are held against the tree, and not against each template again."""

    @property
    def append_rules(self) -> list[str]:
        return [rules for rules in super().append_rules if rules != ADAPTER and not rules.endswith(PLUGIN)]


def _finding(match: Match, file: str) -> Finding:
    rule, path = match.rule, list(getattr(match, "path", None) or [])
    resource = str(path[1]) if len(path) > 1 and path[0] == "Resources" else ""
    return Finding(file, match.linenumber, rule.id, match.columnnumber, str(match.message), rule.severity, resource)


class Places:
    """Lines and columns of paths into the templates of a directory, as cfn-lint finds them."""

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self._templates: dict[str, Any] = {}

    def of(self, file: str, path: Sequence[str | int]) -> tuple[int, int]:
        """The line and column of what a path leads to, or of the nearest above it; 1, 1 if there is none."""
        if file not in self._templates:
            self._templates[file] = _template(os.path.join(self._directory, file))
        template = self._templates[file]
        for length in range(len(path), 0, -1):
            found = template and template.get_location_yaml(template.template, list(path[:length]))
            if found:
                return found[0] + 1, found[1] + 1
        return 1, 1


def _template(path: str) -> Any:
    from cfnlint.decode import decode
    from cfnlint.template import Template

    try:
        decoded, matches = decode(path)
        return None if matches else Template(path, decoded)
    except Exception:  # noqa: BLE001 - whatever a hostile template makes cfn-lint end in
        return None
