from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from stratopause.linting.errors import WaiverError
from stratopause.linting.findings import Finding
from stratopause.linting.waivers import Waivers

TODAY = dt.date(2026, 11, 24)
FINDING = Finding("cache.json", 3, "W9404", 1, "one zone", "warning", "Group")
WAIVER = {
    "rule": '"W9404"',
    "resource": '"cache.json/Group"',
    "reason": '"Nobody waits for dev."',
    "owner": '"ada"',
    "expires": "2027-01-31",
}


def waivers(tmp_path: Path, *written: dict[str, str], today: dt.date = TODAY) -> Waivers:
    tables = ["\n".join(["[[waiver]]", *(f"{name} = {value}" for name, value in one.items())]) for one in written]
    path = tmp_path / "waivers.toml"
    path.write_text("# who answers for what\n" + "\n\n".join(tables) + "\n")
    return Waivers(str(path), today)


def test_a_finding_that_somebody_answers_for_is_waived(tmp_path: Path) -> None:
    found = waivers(tmp_path, WAIVER)
    other = FINDING._replace(resource="Other")
    assert found.sift("dev", [FINDING, other]) == [other]
    assert [waived.waiver.owner for waived in found.waived] == ["ada"]
    assert not list(found.findings(["dev"], ["dev"]))


def test_without_a_file_nothing_is_waived(tmp_path: Path) -> None:
    assert Waivers(str(tmp_path / "nowhere.toml"), TODAY).sift("dev", [FINDING]) == [FINDING]


def test_a_waiver_is_for_its_environments_its_rule_and_its_place_only(tmp_path: Path) -> None:
    found = waivers(tmp_path, {**WAIVER, "environments": '["dev"]'})
    assert found.sift("production", [FINDING]) == [FINDING]
    for other in (FINDING._replace(rule="W9405"), FINDING._replace(file="database.json")):
        assert found.sift("dev", [other]) == [other]
    whole = waivers(tmp_path, {**WAIVER, "resource": '"cache.json"'})
    assert whole.sift("dev", [FINDING, FINDING._replace(resource="")]) == []


def test_a_waiver_whose_day_is_over_waives_nothing_and_is_a_finding_at_its_line(tmp_path: Path) -> None:
    found = waivers(tmp_path, WAIVER, {**WAIVER, "rule": '"W1"'}, today=dt.date(2027, 2, 1))
    assert found.sift("dev", [FINDING]) == [FINDING]
    over = next(iter(found.findings(["dev"], ["dev"])))
    assert (over.rule, over.line, over.severity) == ("E9901", 2, "error")
    assert over.message == "The waiver of W9404 for cache.json/Group was over on 2027-01-31; ada answers for it"
    assert waivers(tmp_path, WAIVER, today=dt.date(2027, 1, 31)).sift("dev", [FINDING]) == []


def test_a_waiver_that_nothing_needs_is_a_finding_once_all_that_it_is_for_was_linted(tmp_path: Path) -> None:
    found = waivers(tmp_path, WAIVER, {**WAIVER, "environments": '["dev"]'})
    found.sift("dev", [])
    assert [finding.line for finding in found.findings(["dev"], ["dev", "production"])] == [9]
    assert [finding.rule for finding in found.findings(["dev", "production"], ["dev", "production"])] == ["W9902"] * 2


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({**WAIVER, "resaon": '"x"'}, "resaon"),
        ({**WAIVER, "expires": '"soon"'}, "expires"),
        ({name: value for name, value in WAIVER.items() if name != "owner"}, "owner"),
        ({**WAIVER, "reason": '" "'}, r"waivers.toml:2: reason is empty"),
        ({**WAIVER, "expires": "2028-11-24"}, r"waivers.toml:2: expires is 2028-11-24, more than a year away"),
        ({**WAIVER, "rule": "["}, "waivers.toml: "),
    ],
)
def test_a_file_that_can_not_be_used_is_one_clear_error(tmp_path: Path, written: dict[str, str], said: str) -> None:
    with pytest.raises(WaiverError, match=said):
        waivers(tmp_path, written)


def test_a_file_that_can_not_be_read_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(WaiverError, match="it is no file"):
        Waivers(str(tmp_path), TODAY)
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(WaiverError, match="No such file"):
        Waivers(str(tmp_path / "link"), TODAY)


def test_a_waiver_for_an_environment_that_there_is_not_is_a_finding(tmp_path: Path) -> None:
    found = list(waivers(tmp_path, {**WAIVER, "environments": '["dve"]'}).findings(["dev"], ["dev"]))
    assert [finding.message for finding in found] == [
        "The waiver of W9404 for cache.json/Group is for dve, and there is no such environment"
    ]
