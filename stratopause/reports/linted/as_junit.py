"""For a CI server: JUnit's XML, a suite for each environment and a case for each template with what was found in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from stratopause.linting.findings import Finding
from stratopause.reports.linted import Linted


def text(linted: Sequence[Linted]) -> str:
    report: Any = JUnitXml("lint")
    for one in linted:
        report.append(_suite(one))
    written: bytes = report.tostring()
    return written.decode().rstrip("\n") + "\n"


def _suite(one: Linted) -> TestSuite:
    suite = TestSuite(_xml(one.name))
    by_file: dict[str, list[Finding]] = {}
    for finding in one.findings:
        by_file.setdefault(finding.file, []).append(finding)
    for file, findings in by_file.items():
        case = TestCase(_xml(file), classname="lint")
        case.result = [_failure(finding) for finding in findings]
        suite.add_testcase(case)
    clean = one.files - len(by_file)
    if clean:
        suite.add_testcase(TestCase(f"{clean} clean", classname="lint"))
    return suite


def _failure(finding: Finding) -> Failure:
    failure = Failure(_xml(finding.message), finding.rule)
    failure.text = _xml(str(finding))
    return failure


def _xml(text: str) -> str:
    """XML has no way to write most control characters."""
    return "".join(one if one.isprintable() or one == "\n" else repr(one)[1:-1] for one in text)
