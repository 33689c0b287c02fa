from __future__ import annotations

import pytest

from stratopause.deployer.errors import WrongTarget
from stratopause.deployer.target import LOCAL_ACCOUNT, Target


def local(url: str, account: str = LOCAL_ACCOUNT) -> Target:
    return Target("clinic-local", "local", account, "us-east-1", endpoint_url=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://localhost:1", "https://[::1]:4566"])
def test_a_local_endpoint_on_this_machine_is_taken(url: str) -> None:
    assert local(url).is_local


@pytest.mark.parametrize(
    "url",
    [
        "https://cloudformation.us-east-1.amazonaws.com",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1@example.org",
        "http://localhost.example.org:4566",
        "ftp://127.0.0.1",
        "http://[::1",
        "127.0.0.1:4566",
        "",
    ],
)
def test_any_other_endpoint_is_refused(url: str) -> None:
    with pytest.raises(WrongTarget, match="isn't on this machine"):
        local(url)


def test_a_real_account_is_never_deployed_to_a_local_endpoint() -> None:
    with pytest.raises(WrongTarget, match="account 999988887777"):
        local("http://127.0.0.1:4566", "999988887777")


def test_the_console_link_quotes_the_ids_and_follows_the_partition() -> None:
    commercial = Target("s", "dev", "999988887777", "eu-west-1")
    link = commercial.change_set_link("arn:aws:x/y", "arn:z&a")
    assert link == (
        "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1"
        "#/stacks/changesets/changes?stackId=arn%3Aaws%3Ax%2Fy&changeSetId=arn%3Az%26a"
    )
    government = Target("s", "dev", "999988887777", "us-gov-west-1", "aws-us-gov")
    assert "console.amazonaws-us-gov.com" in str(government.change_set_link("a", "b"))
    assert local("http://127.0.0.1:1").change_set_link("a", "b") is None


def test_a_copy_has_files_and_commands_of_its_own() -> None:
    copy = Target("clinic-dev-pr-42", "dev", "999988887777", "eu-west-1", suffix="pr-42")
    assert copy.copy == "dev-pr-42"
    assert copy.command("status") == "python build.py status dev --suffix pr-42"
