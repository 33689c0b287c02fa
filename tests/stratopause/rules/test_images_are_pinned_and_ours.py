from __future__ import annotations

from typing import Any

import pytest

from tests.forest import Body, forest, found, nested, places, resource, template
from tests.hostile import hostile

RULE = "E9605"
DIGEST = "@sha256:" + "0a" * 32
HOST = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
OURS = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/app"


def _task(image: Any) -> dict[str, Any]:
    parameters = {name: {"Type": "String"} for name in ("Image", "Tag", "Digest", "Registry")}
    return template(
        Task=resource("ECS::TaskDefinition", {"ContainerDefinitions": [{"Name": "web", "Image": image}]}),
        Repository=resource("ECR::Repository"),
    ) | {"Parameters": parameters}


@pytest.mark.parametrize(
    "image",
    [
        f"{HOST}/app{DIGEST}",
        f"{HOST}/team/app:v1{DIGEST}",
        f"111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/app{DIGEST}",
        f"111122223333.dkr-ecr.eu-central-1.on.aws/app{DIGEST}",
        f"111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/app{DIGEST}",
        {"Fn::Sub": OURS + DIGEST},
        {"Fn::Sub": OURS + "@${Digest}"},
        {"Fn::Sub": OURS + "@sha256:${Digest}"},
        {"Fn::Sub": "${Repository.RepositoryUri}" + DIGEST},
        {"Fn::Join": ["@", [{"Fn::GetAtt": ["Repository", "RepositoryUri"]}, {"Ref": "Digest"}]]},
        {"Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com/${Repository}@${Digest}"},
        {"Fn::Sub": "${Registry}/app" + DIGEST},
        {"Ref": "Image"},
        {"Fn::ImportValue": "image"},
        "{{resolve:ssm:/app/image}}",
    ],
)
def test_an_image_by_its_digest_in_a_registry_of_the_account_is_fine(image: Any) -> None:
    assert not found(RULE, forest(platform=_task(image)))


@pytest.mark.parametrize(
    ("image", "why"),
    [
        (f"{HOST}/app:latest", ["named by a tag"]),
        (f"{HOST}/app", ["named by no digest"]),
        (f"{HOST}/app@sha256:abc", ["isn't one"]),
        ({"Fn::Sub": OURS + ":1.2.3"}, ["named by a tag"]),
        ({"Fn::Sub": OURS + ":${Tag}"}, ["named by a tag"]),
        ({"Fn::Sub": "${Repository.RepositoryUri}:${Tag}"}, ["named by a tag"]),
        ({"Fn::GetAtt": ["Repository", "RepositoryUri"]}, ["named by no digest"]),
        ({"Fn::Sub": "${Registry}/app:1"}, ["named by a tag"]),
        ("nginx", ["no registry of the account", "named by no digest"]),
        ("nginx:1.27", ["no registry of the account", "named by a tag"]),
        (f"library/nginx{DIGEST}", ["no registry of the account"]),
        (f"docker.io/library/nginx{DIGEST}", ["no registry of the account"]),
        (f"public.ecr.aws/nginx/nginx{DIGEST}", ["no registry of the account"]),
        (f"ghcr.io/app/app{DIGEST}", ["no registry of the account"]),
        (f"localhost:5000/app{DIGEST}", ["no registry of the account"]),
        ({"Fn::Sub": "ghcr.io/app/app@${Digest}"}, ["no registry of the account"]),
    ],
)
def test_an_image_that_is_not_is_found(image: Any, why: list[str]) -> None:
    (problem,) = found(RULE, forest(platform=_task(image)))
    assert problem.path == ("Resources", "Task", "Properties", "ContainerDefinitions", 0, "Image")
    assert all(reason in problem.message for reason in why)
    assert problem.message.count(" and ") == len(why) - 1


def test_an_image_that_a_parent_passes_or_that_is_a_default_is_judged() -> None:
    child = _task({"Ref": "Image"})
    child["Parameters"]["Image"]["Default"] = "nginx:latest"
    assert places(RULE, forest(platform=template(C=nested("child.json")), child=child)) == ["child.json/Task"]
    root = template(C=nested("child.json", Image=f"{HOST}/app{DIGEST}"))
    assert not found(RULE, forest(platform=root, child=child))


@pytest.mark.parametrize(
    "one",
    [
        resource("Lambda::Function", {"Code": {"ImageUri": f"{HOST}/app:v1"}}),
        resource("Batch::JobDefinition", {"ContainerProperties": {"Image": "busybox"}}),
        resource(
            "AppRunner::Service",
            {"SourceConfiguration": {"ImageRepository": {"ImageIdentifier": f"{HOST}/app:v1"}}},
        ),
    ],
)
def test_other_images_are_judged(one: Body) -> None:
    assert places(RULE, forest(platform=template(One=one))) == ["platform.json/One"]


def test_an_image_that_may_be_given_is_not_judged_by_what_is_made_up_for_it() -> None:
    task = resource("ECS::TaskDefinition", {"ContainerDefinitions": [{"Image": {"Ref": "Sidecar"}}]})
    tree = template(Task=task | {"Condition": "HasSidecar"}) | {
        "Parameters": {"Sidecar": {"Type": "String", "Default": ""}, "Reach": {"Type": "String", "Default": "Public"}},
        "Conditions": {
            "HasSidecar": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Sidecar"}, ""]}]},
            "IsPublic": {"Fn::Equals": [{"Ref": "Reach"}, "Public"]},
        },
    }
    assert any(one.resource("Task") for one in forest(platform=tree).trees)
    assert not found(RULE, forest(platform=tree))


def test_hostile_values_do_no_harm() -> None:
    for changed in hostile(_task("nginx")):
        found(RULE, forest(platform=changed))
    for image in ("@" * 900, ":" * 900, "/" * 900, "{{resolve:" * 90, "a" * 100_000, "\ue000\ue001@", " "):
        found(RULE, forest(platform=_task(image)))
