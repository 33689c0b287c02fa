from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stacks.bootstrap import template as bootstrap_template
from stacks.platform import Platform
from stratopause.commands import deployment, inspection, outputs, preparation, recovery
from stratopause.commands import undertaking as undertaking_module
from stratopause.commands.deployment import Rendered, Wishes
from stratopause.commands.undertaking import ExamplesLeft, Undertaking, target
from stratopause.deployer.errors import DeploymentError, NotApproved, StackAbsent
from stratopause.environments import load
from stratopause.rendering.templates import render
from tests.stratopause.deployer.fakes import clinic, template

ENVIRONMENTS = Path(__file__).parents[3] / "environments"


YES = Wishes(yes=True)


def rendered(templates: dict[str, bytes]) -> Rendered:
    return Rendered(templates, lambda: bootstrap_template({}))


def undertaking(tmp_path: Path, name: str = "local", endpoint_url: str | None = None) -> Undertaking:
    """Without an image, so that no database is prepared."""
    environment = load(name, ENVIRONMENTS)
    without = msgspec.structs.replace(environment.service, image=None)
    return Undertaking(msgspec.structs.replace(environment, service=without), tmp_path, endpoint_url)


def test_an_environment_with_examples_in_it_is_stopped_with_file_key_and_what_to_put(tmp_path: Path) -> None:
    with pytest.raises(ExamplesLeft, match=r'dev.toml: account is "\d+", an example; put the id of your account') as no:
        deployment.deploy(undertaking(tmp_path, "dev"), rendered(clinic()), YES)
    assert "environments/dev.toml" in str(no.value.next_step)


def test_a_target_is_what_the_environment_says_and_its_copy_is_not_protected() -> None:
    dev, copy = load("dev", ENVIRONMENTS), load("dev", ENVIRONMENTS, "pr-42")
    assert target(dev).stack == dev.prefix
    assert target(dev).protected
    assert not target(copy).protected
    assert (target(copy).stack, target(copy).copy) == (f"{dev.prefix}-pr-42", "dev-pr-42")
    assert target(copy).tags["environment"] == copy.prefix
    government = msgspec.structs.replace(dev, region="us-gov-west-1")
    assert target(government).partition == "aws-us-gov"


def test_while_no_emulator_runs_there_is_nothing_local(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    local = undertaking(tmp_path)
    with pytest.raises(StackAbsent):
        outputs.outputs(local, clinic(), "table", with_nested=False)
    assert inspection.status(local, in_json=True) == 0
    assert json.loads(capsys.readouterr().out)["status"] is None
    assert recovery.destroy(local) == 0
    assert "nothing to destroy" in capsys.readouterr().err


def test_the_log_of_calls_goes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("stratopause.aws")
    undertaking_module.log_calls()
    log.debug("sts GetCallerIdentity: 200, request 1")
    log.removeHandler(log.handlers[-1])
    assert capsys.readouterr().err == "sts GetCallerIdentity: 200, request 1\n"


@pytest.mark.emulator
def test_data_goes_to_stdout_and_progress_to_stderr(
    clean_account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    local = undertaking(tmp_path, endpoint_url=clean_account)
    topic: dict[str, Any] = {"Topic": {"Type": "AWS::SNS::Topic"}}
    root = {"platform.json": template(topic, {"TopicArn": {"Value": {"Ref": "Topic"}}})}

    assert deployment.deploy(local, rendered(root), YES) == 0
    told = capsys.readouterr()
    assert "is deployed" in told.err
    assert "topic_arn" in told.out

    assert outputs.outputs(local, root, "json", with_nested=False) == 0
    assert capsys.readouterr().out == (tmp_path / "outputs" / "local.json").read_text()
    assert outputs.outputs(local, root, "table", with_nested=False) == 0
    assert "arn:aws:sns:" in capsys.readouterr().out

    assert inspection.status(local, in_json=True) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "CREATE_COMPLETE"
    assert inspection.status(local, in_json=False) == 0
    assert "CREATE_COMPLETE" in capsys.readouterr().out

    with pytest.raises(NotApproved):
        recovery.destroy(local)
    assert recovery.destroy(local, local.environment.prefix) == 0
    assert not (tmp_path / "outputs" / "local.json").exists()


@pytest.mark.emulator
def test_the_first_deployment_with_an_image_prepares_the_database_and_one_without_change_does_not(
    clean_account: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = load("local", ENVIRONMENTS)
    image = "000000000000.dkr.ecr.us-east-1.amazonaws.com/example-service@sha256:" + "0" * 64
    with_image = msgspec.structs.replace(environment, service=msgspec.structs.replace(environment.service, image=image))
    local = Undertaking(with_image, tmp_path, clean_account)
    templates = render(Platform(with_image))

    without = undertaking(tmp_path, endpoint_url=clean_account)
    without_image = render(Platform(without.environment))
    assert deployment.deploy(without, rendered(without_image), YES) == 0
    assert "preparing the database" not in capsys.readouterr().err
    assert deployment.deploy(local, rendered(templates), YES) == 0
    assert "the database is prepared" in capsys.readouterr().err
    assert deployment.deploy(local, rendered(templates), YES) == 0
    assert "preparing the database" not in capsys.readouterr().err
    assert preparation.prepare(local) == 0
    assert "the database is prepared" in capsys.readouterr().err


def test_without_an_image_there_is_nothing_to_prepare_with(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="has no image to prepare the database with") as refused:
        preparation.prepare(undertaking(tmp_path))
    assert "service.image in environments/local.toml" in str(refused.value.next_step)
