"""A task reaches what it needs to start: its image, its log, its secrets.

A task on Fargate goes there by its own network interface. Without a way it never starts; ECS says after some minutes

> ResourceInitializationError: unable to pull secrets or registry auth

or `CannotPullContainerError`, and the stack is rolled back. Each thing needs a way of its own:

- the image: `ecr.api` and `ecr.dkr`, and the layers come from `s3`
- the `awslogs` driver: `logs`
- secrets: `secretsmanager` or `ssm`; files of variables: `s3`

A way is either a route of each subnet to a NAT gateway (or by a public address to the internet gateway) with a group
that lets HTTPS out to any address, or an endpoint in the same VPC. That of type interface takes the name over by
`PrivateDnsEnabled`, which the VPC has to support, and its group and that of the task must let HTTPS through. The
gateway for S3 must be in the route table of each of the subnets, and the task's group must let HTTPS out to its prefix
list. An endpoint's policy, if it has one, must let through what is asked for, the bucket of ECR's layers as well.
Images of public registries can't be had by an endpoint. Nothing is said of a registry of one's own, nor of what
platform versions before 1.4.0 reach by an interface of AWS.

A task definition that nothing in the tree runs is taken to be run where the service of its stack runs.

**How to fix:** add the endpoint, or open the way to it that the message names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule, _containers, _tasks
from stratopause.rules._known import known
from stratopause.rules._settings import flag
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.policies import Request, allows, many
from stratopause.tree.standing import Standing, values
from stratopause.tree.text import PARTITION, REGION, is_known, is_literal, shown

RULE = Rule(
    "E9205",
    "Tasks reach what they start with",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html",
    ("reach",),
)

ENDPOINT: Final = "AWS::EC2::VPCEndpoint"
VPC: Final = "AWS::EC2::VPC"

# https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway
_LAYERS: Final = f"arn:{PARTITION}:s3:::prod-{REGION}-starport-layer-bucket/layer"
_NOT_OURS: Final = {
    # Neither does the address that ECR signs carry a principal of the account, nor is the bucket one of it.
    "aws:principalaccount": None,
    "aws:principalarn": None,
    "aws:principalorgid": None,
    "aws:resourceaccount": None,
    "aws:resourceorgid": None,
}
_ASKED: Final = {
    "ecr.api": (Request("ecr:GetAuthorizationToken"),),
    "ecr.dkr": (Request("ecr:BatchGetImage"), Request("ecr:GetDownloadUrlForLayer")),
    "s3": (Request("s3:GetObject", _LAYERS, context=_NOT_OURS),),
    "logs": (Request("logs:CreateLogStream"), Request("logs:PutLogEvents")),
    "secretsmanager": (Request("secretsmanager:GetSecretValue"),),
    "ssm": (Request("ssm:GetParameters"),),
}

_PRIVATE_IMAGE: Final = re.compile(r"[^/]+\.dkr[.-]ecr[.-][^/]+/")
_REPOSITORY: Final = "AWS::ECR::Repository"
_OUTSIDE: Final = "the internet"
_PUBLIC: Final = re.compile(
    r"(?:(?:[\w.-]+\.)?docker\.(?:io|com)|public\.ecr\.aws|ghcr\.io|quay\.io|(?:[\w-]+\.)?gcr\.io|registry\.k8s\.io"
    r"|mcr\.microsoft\.com|docker\.elastic\.co)/.*|[^/.:]+(?:/.*)?|[^/]+",
    re.DOTALL,
)
"""Images of public registries; without the name of one it is Docker Hub."""

_BY_THE_TASK_LATELY: Final = ("ecr.api", "secretsmanager", "ssm")
_OLD_PLATFORM: Final = re.compile(r"1\.[0-3](\..*)?")
_PLATFORM: Final = (
    "PlatformVersion",
    "Targets.*.EcsParameters.PlatformVersion",
    "Target.EcsParameters.PlatformVersion",
)


class Need(NamedTuple):
    """Something a task needs to start, why, and where the task definition says so."""

    service: str
    why: str
    path: Path


def check(tree: Tree) -> Iterator[Problem]:
    endpoints = _Endpoints(tree)
    for run in _tasks.runs(tree):
        if _tasks.is_fargate(run.task, run.runner) and run.standing.subnets:
            for need in _needs(tree, run.task):
                if need.service in _BY_THE_TASK_LATELY and _is_old(run.runner):
                    continue
                if why := endpoints.missing(run, need.service):
                    yield run.task.problem(
                        f"{run.task.name}, run by {run.runner.name}, doesn't get to {shown(need.service)} for "
                        f"{need.why}: {why}",
                        *need.path,
                    )
    yield from _names(tree)


def _is_old(runner: Resource) -> bool:
    """Whether it is run on a platform, or may be, on which AWS's own interface gets logins and secrets.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-version-migration.html
    """
    versions = [known(value) for value in values(runner, *_PLATFORM)]
    return any(one is None or _OLD_PLATFORM.fullmatch(one) for one in versions)


# What is needed


def _needs(tree: Tree, task: Resource) -> Iterator[Need]:
    """Each service once."""
    found: dict[str, Need] = {}
    for container in _containers.of(task):
        for need in _of_container(tree, container):
            found.setdefault(need.service, need)
    yield from found.values()


def _of_container(tree: Tree, container: _containers.Container) -> Iterator[Need]:
    at: Path = container.path
    yield from _of_image(tree, container.body.get("Image"), (*at, "Image"))
    logs = container.body.get("LogConfiguration")
    logs = logs if isinstance(logs, dict) else {}
    if logs.get("LogDriver") == "awslogs":
        yield Need("logs", "its log", (*at, "LogConfiguration"))
    secrets: list[tuple[Any, Path]] = [
        (one, (*at, "Secrets", index)) for index, one in enumerate(many(container.body.get("Secrets")))
    ]
    secrets += [(one, (*at, "LogConfiguration", "SecretOptions")) for one in many(logs.get("SecretOptions"))]
    for secret, path in secrets:
        if isinstance(secret, dict) and (service := _of_secret(tree, secret.get("ValueFrom"))):
            yield Need(service, "its secrets", path)
    if container.body.get("RepositoryCredentials") is not None:
        yield Need("secretsmanager", "the registry's credentials", (*at, "RepositoryCredentials"))
    if many(container.body.get("EnvironmentFiles")):
        yield Need("s3", "its files of variables", (*at, "EnvironmentFiles"))


def _of_image(tree: Tree, value: Any, path: Path) -> Iterator[Need]:
    text = as_text(value)
    refers = any(
        (resource := tree.resource(reference.place)) is not None and resource.type == _REPOSITORY
        for reference in _tasks.referred(value)
    )
    if refers or _PRIVATE_IMAGE.match(text):
        for service in ("ecr.api", "ecr.dkr", "s3"):
            yield Need(service, "its image" if service != "s3" else "the layers of its image", path)
    elif value is not None and is_literal(text) and _PUBLIC.fullmatch(text):
        yield Need(_OUTSIDE, "its image, which is in a public registry", path)


def _of_secret(tree: Tree, value: Any) -> str:
    """Where a secret is kept."""
    text = as_text(value)
    referred = tree.referred(value) or next(iter(_sources(tree, text)), None)
    if referred is not None:
        resource, attribute = referred
        if resource.type == "AWS::SSM::Parameter":
            return "ssm"
        return "secretsmanager" if resource.type.startswith("AWS::SecretsManager::") or "ecret" in attribute else ""
    if ":secretsmanager:" in text:
        return "secretsmanager"
    return "ssm" if ":ssm:" in text or (is_literal(text) and value is not None and not text.startswith("arn:")) else ""


def _sources(tree: Tree, text: str) -> Iterator[tuple[Resource, str]]:
    for reference in _tasks.referred(text):
        if resource := tree.resource(reference.place):
            yield resource, reference.attribute


# What there is


class _Endpoints:
    """The endpoints of the tree, by VPC and service."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.network = tree.network
        self.found: dict[tuple[str, str], list[Resource]] = {}
        self.known: dict[tuple[str, str, str], str] = {}
        # The name can be taken over by a zone of one's own as well.
        self.has_zones = any(zone.get("VPCs") is not None for zone in tree.resources("AWS::Route53::HostedZone"))
        for endpoint in tree.resources(ENDPOINT):
            name = as_text(endpoint.get("ServiceName"))
            key = (as_text(endpoint.get("VpcId", default="")), _service(name) if is_known(name) else name)
            self.found.setdefault(key, []).append(endpoint)

    def missing(self, run: _tasks.Run, service: str) -> str:
        """What is missing on the way from a task to a service; nothing if it can't be known."""
        key = (run.standing.resource.place, service, as_text(_public_address(run.runner)))
        if key not in self.known:
            self.known[key] = self._missing(run, service)
        return self.known[key]

    def _missing(self, run: _tasks.Run, service: str) -> str:
        for subnet in run.standing.subnets:
            vpc = self.network.vpc(subnet)
            if not is_known(vpc) or any(not is_known(of) or not is_known(name) for of, name in self.found):
                return ""
            candidates = self.found.get((vpc, service), [])
            reasons = [self._by(endpoint, run.standing, subnet) for endpoint in candidates]
            if "" in reasons or (not reasons and self._may_be_elsewhere(vpc)):
                continue
            # An interface endpoint takes the name over, so the way by NAT isn't gone any more.
            taken = any(_is_interface(endpoint) and _is_private(endpoint) for endpoint in candidates)
            outside = "" if taken else self._outside(run, subnet)
            if taken or outside:
                return reasons[0] if reasons else self._nothing(service, outside)
        return ""

    def _may_be_elsewhere(self, vpc: str) -> bool:
        """Whether a nested stack that isn't at hand may make an endpoint or a route in a VPC."""
        source = self.tree.source(vpc)
        return source is not None and source.place in self.tree.handed_out

    @staticmethod
    def _nothing(service: str, outside: str) -> str:
        if service == _OUTSIDE:
            return outside
        return f"{outside}, and no endpoint for {service} is in its VPC"

    def _outside(self, run: _tasks.Run, subnet: Resource) -> str:
        """Why a task doesn't get to the internet."""
        way = self.network.way_out(subnet, public_address=_public_address(run.runner))
        if way is None:
            return ""
        if not way:
            return f"{subnet.name} has no route to a NAT gateway"
        groups = run.standing.groups
        if run.standing.groups_known and not self.network.lets_to_internet(groups, 443):
            return f"{_of(groups)} doesn't let HTTPS out to any address"
        return ""

    def _by(self, endpoint: Resource, standing: Standing, subnet: Resource) -> str:
        """Why a task doesn't get through an endpoint."""
        way = (
            self._interface(endpoint, standing)
            if _is_interface(endpoint)
            else self._gateway(endpoint, standing, subnet)
        )
        return way or self._policy(endpoint)

    def _interface(self, endpoint: Resource, standing: Standing) -> str:
        if not _is_private(endpoint):
            why = f"{endpoint.name} doesn't take the service's name over; say PrivateDnsEnabled: true"
            return "" if self.has_zones else why
        there = self.network.standing(endpoint)
        if not many(endpoint.get("SubnetIds")):
            return f"{endpoint.name} stands in no subnet"
        if not standing.groups_known or not there.groups_known:
            return ""
        if not self.network.lets(standing.groups, 443, there, outward=True):
            return f"{_of(standing.groups)} doesn't let HTTPS out to {endpoint.name}"
        if not self.network.lets(there.groups, 443, standing, outward=False):
            return f"{_of(there.groups)} of {endpoint.name} doesn't let HTTPS in from it"
        return ""

    def _gateway(self, endpoint: Resource, standing: Standing, subnet: Resource) -> str:
        tables = self.network.tables(subnet)
        written = list(values(endpoint, "RouteTableIds"))
        sources = [self.tree.source(value) for value in written]
        if tables is not None and not (None in sources and any(not is_known(as_text(one)) for one in written)):
            places = {source.place for source in sources if source}
            if not any(table.place in places for table in tables):
                return f"{endpoint.name} isn't in the route table of {subnet.name}"
        if standing.groups_known and not self.network.lets_to_gateway(standing.groups):
            return f"{_of(standing.groups)} doesn't let HTTPS out to the prefix list of {endpoint.name}"
        return ""

    @staticmethod
    def _policy(endpoint: Resource) -> str:
        policy = endpoint.get("PolicyDocument")
        if policy is None or not is_known(as_text(policy) if isinstance(policy, str) else ""):
            return ""
        for request in _ASKED.get(_service(as_text(endpoint.get("ServiceName"))), ()):
            if not allows([policy], request):
                on = "" if request.resource == "*" else f" of {shown(request.resource.removesuffix('/layer'))}"
                return f"the policy of {endpoint.name} doesn't let through {request.action}{on}"
        return ""


def _names(tree: Tree) -> Iterator[Problem]:
    """`PrivateDnsEnabled` needs two attributes of the VPC, or the endpoint isn't made."""
    for endpoint in tree.resources(ENDPOINT):
        vpc = tree.source(endpoint.get("VpcId"))
        if vpc is None or vpc.type != VPC or not (_is_interface(endpoint) and _is_private(endpoint)):
            continue
        # Only the support of DNS is on by itself.
        # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpc.html
        for name, default in (("EnableDnsHostnames", False), ("EnableDnsSupport", True)):
            if flag(vpc.get(name), default=default) is False:
                yield vpc.problem(
                    f"{vpc.name} has no {name}, so {endpoint.name} can't take a service's name over; say {name}: true",
                    name,
                )


def _service(name: str) -> str:
    """`ecr.api` of `com.amazonaws.eu-central-1.ecr.api`."""
    _, _, name = name.rpartition("com.amazonaws.")
    return name.partition(".")[2]


def _is_interface(endpoint: Resource) -> bool:
    return as_text(endpoint.get("VpcEndpointType", default="Gateway")) == "Interface"


def _is_private(endpoint: Resource) -> bool:
    return flag(endpoint.get("PrivateDnsEnabled")) is not False


def _public_address(runner: Resource) -> bool:
    paths = (
        "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
        "Targets.*.EcsParameters.NetworkConfiguration.AwsVpcConfiguration.AssignPublicIp",
        "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
    )
    return "ENABLED" in list(values(runner, *paths))


def _of(groups: tuple[Resource, ...]) -> str:
    return ", ".join(group.name for group in groups) or "the VPC's default group"
