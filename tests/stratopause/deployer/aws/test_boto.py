from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws, told
from stratopause.deployer.errors import (
    DeploymentError,
    NoCredentials,
    NotFound,
    Refused,
    Stale,
    Throttled,
    Unreachable,
    WrongTarget,
)
from stratopause.deployer.target import LOCAL_ACCOUNT, Target

REMOTE = Target("clinic-dev", "dev", "999988887777", "eu-central-1")


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.mark.parametrize(
    ("code", "message", "error"),
    [
        ("AccessDenied", "no", Refused),
        ("ValidationError", "Stack with id clinic-dev does not exist", NotFound),
        ("ValidationError", "Stack [clinic-dev] does not exist", NotFound),
        ("ValidationError", "Role x does not exist", Refused),
        ("ChangeSetNotFound", "gone", NotFound),
        ("404", "Not Found", NotFound),
        ("InvalidChangeSetStatus", "obsolete", Stale),
        ("Throttling", "Rate exceeded", Throttled),
        ("SlowDown", "Rate exceeded", Throttled),
        ("ExpiredToken", "expired", NoCredentials),
        ("InvalidClientTokenId", "who?", NoCredentials),
    ],
)
def test_an_answer_of_no_is_told_by_what_can_be_done_about_it(
    code: str, message: str, error: type[DeploymentError]
) -> None:
    with pytest.raises(DeploymentError, match=f"{code}: ") as raised, told("describe_stacks"):
        raise ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("cause", "error"),
    [
        (NoCredentialsError(), NoCredentials),
        (ProfileNotFound(profile="nobody"), NoCredentials),
        (EndpointConnectionError(endpoint_url="https://x"), Unreachable),
        (ResponseParserError("Unable to parse response"), Unreachable),
    ],
)
def test_no_answer_is_told_by_what_can_be_done_about_it(cause: Exception, error: type[DeploymentError]) -> None:
    with pytest.raises(error) as raised, told("describe_stacks"):
        raise cause
    assert raised.value.next_step


@pytest.mark.parametrize("code", ["400", "403"])
def test_a_refusal_without_a_reason_is_told_with_what_can_be_behind_it(code: str) -> None:
    with pytest.raises(Refused) as raised, told("head_object"):
        raise ClientError({"Error": {"Code": code, "Message": "Forbidden"}}, "HeadObject")
    assert "log in again" in (raised.value.next_step or "")


def test_missing_credentials_are_one_clear_line() -> None:
    with pytest.raises(NoCredentials, match="AWS doesn't know who is asking"):
        Aws(REMOTE).call("sts", "get_caller_identity")


def test_a_profile_that_does_not_exist_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(NoCredentials, match="nobody"):
        Aws(REMOTE).call("sts", "get_caller_identity")


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_another_region_in_the_callers_settings_is_refused(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "us-east-1")
    with pytest.raises(WrongTarget, match=f"meant for region eu-central-1, {variable} is us-east-1"):
        Aws(REMOTE)
    monkeypatch.setenv(variable, "eu-central-1")
    assert Aws(REMOTE).client("cloudformation").meta.region_name == "eu-central-1"


def test_every_page_is_read_with_the_token_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    aws = Aws(REMOTE)
    with Stubber(aws.client("cloudformation")) as stub:
        for token, following in ((None, "1"), ("1", "2"), ("2", None)):
            expected = {"StackName": "s", **({"NextToken": token} if token else {})}
            answer: dict[str, Any] = {"StackResourceSummaries": [], **({"NextToken": following} if following else {})}
            stub.add_response("list_stack_resources", answer, expected)
        assert len(list(aws.pages("cloudformation", "list_stack_resources", StackName="s"))) == 3
        stub.assert_no_pending_responses()


class Recorder(BaseHTTPRequestHandler):
    """Answers GetCallerIdentity, and keeps what was asked."""

    seen: list[dict[str, str]] = []

    def do_POST(self) -> None:
        self.seen.append(dict(self.headers))
        self.rfile.read(int(self.headers["Content-Length"]))
        body = (
            b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>000000000000</Account>"
            b"<Arn>arn:aws:iam::000000000000:root</Arn><UserId>x</UserId></GetCallerIdentityResult>"
            b"<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def local() -> Iterator[Target]:
    Recorder.seen = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield Target("clinic-local", "local", LOCAL_ACCOUNT, "us-east-1", endpoint_url=url)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("profile", ["work", "nobody"])
def test_the_local_endpoint_sees_nothing_of_the_callers_settings(
    local: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile work]\nregion = eu-west-1\ncredential_process = /bin/false\n")
    settings = {
        "AWS_PROFILE": profile,
        "AWS_CONFIG_FILE": str(config),
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real-token",
        "AWS_ENDPOINT_URL": "https://sts.example.org",
        "AWS_CA_BUNDLE": "/nowhere",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    assert Aws(local).call("sts", "get_caller_identity")["Account"] == LOCAL_ACCOUNT
    (headers,) = Recorder.seen
    assert "Credential=local/" in headers["Authorization"]
    assert "/us-east-1/sts/" in headers["Authorization"]
    assert not any("real" in value.lower() for value in headers.values())
    assert dict(os.environ) == before


def test_calls_are_logged_with_their_request_id_and_nothing_of_their_content(
    local: Target, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "stratopause.aws"):
        Aws(local).call("sts", "get_caller_identity")
    assert [record.getMessage() for record in caplog.records if record.name == "stratopause.aws"] == [
        "sts GetCallerIdentity: 200, request request-1"
    ]
