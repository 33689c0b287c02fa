from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, resource, template
from tests.hostile import hostile

RULE = "E9604"
GOOD: dict[str, Any] = {
    "Name": "web",
    "User": "10001:10001",
    "ReadonlyRootFilesystem": True,
    "Privileged": False,
    "LinuxParameters": {"Capabilities": {"Drop": ["ALL"], "Add": ["NET_BIND_SERVICE"]}},
}
WITHOUT: dict[str, Any] = {"Ref": "AWS::NoValue"}


def _task(*containers: Body, **properties: Any) -> dict[str, Any]:
    return template(Task=resource("ECS::TaskDefinition", {"ContainerDefinitions": list(containers), **properties}))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"User": "app"},
        {"User": 10001},
        {"User": "1000:0"},
        {"User": {"Fn::ImportValue": "user"}},
        {"Privileged": WITHOUT},
        {"ReadonlyRootFilesystem": "true"},
        {"ReadonlyRootFilesystem": {"Fn::ImportValue": "x"}},
    ],
)
def test_a_container_that_can_do_little_is_fine(changed: dict[str, Any]) -> None:
    assert not found(RULE, forest(platform=_task(GOOD | changed)))


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        ({"User": WITHOUT}, ("User",)),
        ({"User": ""}, ("User",)),
        ({"User": "root"}, ("User",)),
        ({"User": "0:0"}, ("User",)),
        ({"User": 0}, ("User",)),
        ({"User": "Root:app"}, ("User",)),
        ({"Privileged": True}, ("Privileged",)),
        ({"Privileged": "true"}, ("Privileged",)),
        ({"ReadonlyRootFilesystem": False}, ("ReadonlyRootFilesystem",)),
        ({"ReadonlyRootFilesystem": WITHOUT}, ("ReadonlyRootFilesystem",)),
        (
            {"LinuxParameters": {"Capabilities": {"Add": ["SYS_ADMIN"]}}},
            ("LinuxParameters", "Capabilities", "Add", 0),
        ),
    ],
)
def test_a_container_that_can_do_more_is_found(changed: dict[str, Any], path: tuple[str | int, ...]) -> None:
    (problem,) = found(RULE, forest(platform=_task(GOOD, GOOD | changed)))
    expected = ("Resources", "Task", "Properties", "ContainerDefinitions", 1, *path)
    assert problem.path == expected
    assert "the container web of Task (ECS::TaskDefinition)" in problem.message


def test_what_is_not_written_at_all_is_found() -> None:
    assert len(found(RULE, forest(platform=_task({"Name": "web"})))) == 2


@pytest.mark.parametrize("mode", ["PidMode", "IpcMode"])
def test_a_task_that_shares_with_its_host_is_found(mode: str) -> None:
    assert not found(RULE, forest(platform=_task(GOOD, **{mode: "task"})))
    (problem,) = found(RULE, forest(platform=_task(GOOD, **{mode: "host"})))
    assert problem.path[-1] == mode


def test_windows_knows_only_users() -> None:
    family = {"OperatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}
    assert not found(RULE, forest(platform=_task({"User": "ContainerUser"}, RuntimePlatform=family)))
    (problem,) = found(RULE, forest(platform=_task({"User": "ContainerAdministrator"}, RuntimePlatform=family)))
    assert problem.path[-1] == "User"


@pytest.mark.parametrize(
    "properties",
    [
        {"ContainerProperties": {"Image": "x"}},
        {"EcsProperties": {"TaskProperties": [{"Containers": [{"Image": "x"}]}]}},
        {"NodeProperties": {"NodeRangeProperties": [{"Container": {"Image": "x"}}]}},
    ],
)
def test_containers_of_jobs_are_judged(properties: Body) -> None:
    assert len(found(RULE, forest(platform=template(Job=resource("Batch::JobDefinition", properties))))) == 2


def test_hostile_values_do_no_harm() -> None:
    for changed in hostile(_task(GOOD, RuntimePlatform={"OperatingSystemFamily": "LINUX"}, PidMode="task")):
        found(RULE, forest(platform=changed))
