from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest

from stratopause.emulator import application
from stratopause.emulator.errors import EmulatorMissing


def test_the_pinned_ministack_is_the_one_that_is_corrected() -> None:
    application.check_version()
    requirements = metadata.requires("stratopause") if installed("stratopause") else None
    assert requirements is None or any(application.VERSION in each for each in requirements)


def installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def test_another_ministack_is_refused_with_the_version_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "VERSION", "9.9.9")
    with pytest.raises(EmulatorMissing, match=r"corrects ministack 9\.9\.9; installed is 1") as refusal:
        application.check_version()
    assert "ministack==9.9.9" in str(refusal.value.next_step)


def test_a_missing_ministack_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    with pytest.raises(EmulatorMissing, match="installed is none"):
        application.check_version()


@pytest.mark.emulator
def test_databases_caches_and_containers_are_records_that_start_nothing(cloud: Any) -> None:
    group = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
    password = "a-password-for-nothing"
    database = {
        "Type": "AWS::RDS::DBInstance",
        "DeletionPolicy": "Delete",
        "Properties": {
            "DBInstanceIdentifier": "records",
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.medium",
            "AllocatedStorage": "20",
            "MasterUsername": "owner",
            "MasterUserPassword": password,
        },
    }
    assert cloud.deploy({"Resources": {"Network": group, "Database": database}}) == "CREATE_COMPLETE"
    (instance,) = cloud.client("rds").describe_db_instances()["DBInstances"]
    assert instance["DBInstanceStatus"] == "available"
    assert cloud.delete() == "DELETE_COMPLETE"
