"""A service, its load balancer and what it uses find each other.

Between a load balancer and a container stand a listener, a target group, a service and a task definition, in up to
three stacks, and each names a port. ECS refuses some of what doesn't fit when the service is made:

> The container service did not have a container port 8444 defined.

> The provided target group … has target type instance, which is incompatible with the awsvpc network mode specified in
> the task definition.

> The target group with targetGroupArn … does not have an associated load balancer.

The rest fails in silence, by health checks that time out. Held against each other are

- the container's name and port in `LoadBalancers`, the port mappings of the task definition, port, type and health
  check of the target group, and the listener that forwards to it
- the port of a listener and what the load balancer's groups let in
- the rules of both groups, from load balancer to service at the container's port and at that of the health check
- the rules of both groups, from whatever connects to a database, cache, file system or broker to it, at the port where
  it really listens. A service or function connects if its environment, its secrets or its role name the store, or the
  rules of its groups do.
- the subnets of a load balancer that faces the internet, which need a route to an internet gateway
- ports in the environment that stand beside the address of such a store (`DATABASE_HOST`, `DATABASE_PORT`)

**How to fix:** the message names the two places and what each says; give both the same port.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule, _containers, _tasks, _uses
from stratopause.rules._settings import flag
from stratopause.tree import standing
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.network import Network
from stratopause.tree.policies import many
from stratopause.tree.standing import Standing
from stratopause.tree.text import BEGIN, END, is_known, is_literal, shown

RULE = Rule(
    "E9202",
    "Services find their load balancer and what they use",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-load-balancing.html",
    ("reach",),
)

TARGETS: Final = "AWS::ElasticLoadBalancingV2::TargetGroup"
BALANCER: Final = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER: Final = "AWS::ElasticLoadBalancingV2::Listener"
LISTENER_RULE: Final = "AWS::ElasticLoadBalancingV2::ListenerRule"

_USUAL: Final = {"HTTP": (80, 8080), "HTTPS": (443,)}
_ADDRESSED: Final = re.compile(f"{BEGIN}([^{END}]*){END}:(\\d{{1,5}})(?!\\d)")
_HOST: Final = re.compile(r"[_.-]?(host|hostname|address|addr|endpoint|server|url|uri)?")
_PORT_NAME: Final = re.compile(r"(?i)^(.*?)[_.-]?port$")


class Entry(NamedTuple):
    """One of a service's `LoadBalancers`."""

    service: Resource
    at: int
    task: Resource | None
    targets: Resource | None
    name: str
    port: int | None
    written: bool
    """Whether it has a port, known or not."""
    is_classic: bool
    """Whether it is for a classic load balancer."""

    def problem(self, message: str, name: str) -> Problem:
        return self.service.problem(f"{self.service.name} {message}", "LoadBalancers", self.at, name)


def check(tree: Tree) -> Iterator[Problem]:
    fronts = _Fronts(tree)
    entries = list(_entries(tree))
    for entry in entries:
        yield from _container(fronts, entry)
        if entry.targets is not None:
            yield from _target_group(tree, fronts, entry, entry.targets)
            yield from _listener(fronts, entry, entry.targets)
            yield from _from_balancers(tree, fronts, entry, entry.targets)
    yield from _health_protocol(tree)
    yield from _nobody_behind(tree, fronts, entries)
    yield from _listening(tree)
    yield from _private(tree)
    yield from _stores(tree)
    for task in tree.resources(_tasks.TASK):
        yield from _environment(tree, task)


def _entries(tree: Tree) -> Iterator[Entry]:
    for service in tree.resources("AWS::ECS::Service", "AWS::ECS::TaskSet"):
        task = _tasks.task_of(tree, service)
        for index, one in enumerate(many(service.get("LoadBalancers"))):
            if isinstance(one, dict):
                targets = tree.source(one.get("TargetGroupArn"))
                targets = targets if targets is not None and targets.type == TARGETS else None
                port = standing.port(tree, one.get("ContainerPort"))
                is_classic = one.get("TargetGroupArn") is None
                name = as_text(one.get("ContainerName", ""))
                yield Entry(service, index, task, targets, name, port, one.get("ContainerPort") is not None, is_classic)


# The service and its containers


def _container(fronts: _Fronts, entry: Entry) -> Iterator[Problem]:
    for name, value in (("ContainerName", entry.name), ("ContainerPort", entry.written)):
        if not value and not entry.is_classic:
            yield entry.problem(f"names no {name} for its load balancer", name)
    if entry.task is None or not is_literal(entry.name) or not entry.name:
        return
    containers = fronts.containers(entry.task)
    if not all(map(is_literal, containers)):
        return
    if entry.name not in containers:
        yield entry.problem(
            f"sends its load balancer to a container named {entry.name}, and {entry.task.name} has "
            f"{', '.join(list(containers)[:5])}",
            "ContainerName",
        )
        return
    ports, known = containers[entry.name]
    if entry.port is not None and known and entry.port not in ports:
        has = ", ".join(map(str, sorted(ports)[:8])) or "none"
        yield entry.problem(
            f"sends its load balancer to port {entry.port} of the container {entry.name}, whose TCP port mappings in "
            f"{entry.task.name} are: {has}",
            "ContainerPort",
        )


def _target_group(tree: Tree, fronts: _Fronts, entry: Entry, targets: Resource) -> Iterator[Problem]:
    type_ = as_text(targets.get("TargetType", default="instance"))
    if entry.task is not None and is_known(type_):
        needed = "ip" if _tasks.is_awsvpc(entry.task) else "instance"
        if type_ != needed and (needed == "ip" or is_literal(as_text(entry.task.get("NetworkMode", default="")))):
            yield targets.problem(
                f"{targets.name} has targets of type {type_}, and the tasks of {entry.service.name} need {needed}",
                "TargetType",
            )
    port = standing.port(tree, targets.get("Port"))
    # ECS registers each task with its own port, so a protocol's usual one is no mistake; another one is taken for one.
    usual = _USUAL.get(as_text(targets.get("Protocol", default="")), ())
    if type_ == "ip" and None not in (port, entry.port) and port not in (entry.port, *usual):
        yield targets.problem(
            f"{targets.name} is for port {port}, and the containers that {entry.service.name} puts in it listen at "
            f"{entry.port}",
            "Port",
        )
    yield from _health_port(tree, fronts, entry, targets)


def _health_port(tree: Tree, fronts: _Fronts, entry: Entry, targets: Resource) -> Iterator[Problem]:
    port = standing.port(tree, targets.get("HealthCheckPort"))
    if port is None or entry.task is None or not _tasks.is_awsvpc(entry.task) or port == entry.port:
        return
    mapped = list(fronts.containers(entry.task).values())
    # A container may listen at a port that it doesn't map; whoever means that opens it to the load balancer.
    service = tree.network.standing(entry.service)
    closed = any(
        _closed(tree, tree.network.standing(one), service, (port,)) for one in fronts.balancers.get(targets.place, ())
    )
    if closed and all(known and port not in ports for ports, known in mapped):
        yield targets.problem(
            f"{targets.name} checks health at port {port}, which no container of {entry.task.name} maps; "
            f"leave HealthCheckPort out, or say traffic-port",
            "HealthCheckPort",
        )


def _health_protocol(tree: Tree) -> Iterator[Problem]:
    for targets in tree.resources(TARGETS):
        protocol = as_text(targets.get("Protocol", default=""))
        # Without one it is HTTP: the page of the type, HealthCheckProtocol.
        health = as_text(targets.get("HealthCheckProtocol", default="HTTP"))
        at = as_text(targets.get("HealthCheckPort", default="traffic-port"))
        is_checked = flag(targets.get("HealthCheckEnabled"), default=True) is not False
        elsewhere = at not in {"traffic-port", as_text(targets.get("Port", default=""))}
        if {protocol, health} == {"HTTP", "HTTPS"} and not elsewhere and is_checked:
            yield targets.problem(
                f"{targets.name} speaks {protocol} to its targets and checks health by {health} at the same port; "
                f"say HealthCheckProtocol: {protocol}",
                "HealthCheckProtocol",
            )


# Load balancers


class _Fronts:
    """Which listeners forward to which target groups."""

    def __init__(self, tree: Tree) -> None:
        self.balancers: dict[str, list[Resource]] = {}
        self.forwarded: set[str] = set()
        self.tree = tree
        self._containers: dict[str, dict[str, tuple[set[int], bool]]] = {}
        for listener in tree.resources(LISTENER):
            self._note(tree, listener.get("DefaultActions"), listener)
        for rule in tree.resources(LISTENER_RULE):
            self._note(tree, rule.get("Actions"), tree.source(rule.get("ListenerArn")))

    def _note(self, tree: Tree, actions: Any, listener: Resource | None) -> None:
        balancer = tree.source(listener.get("LoadBalancerArn")) if listener is not None else None
        for reference in _tasks.referred(actions):
            self.forwarded.add(reference.place)
            known = self.balancers.setdefault(reference.place, [])
            if balancer is not None and balancer.type == BALANCER and balancer not in known:
                known.append(balancer)

    def containers(self, task: Resource) -> dict[str, tuple[set[int], bool]]:
        """The ports of each container of a task definition, and whether these are all, by its name."""
        if task.place not in self._containers:
            found = {one.own_name: _tasks.ports(self.tree, one) for one in _containers.of(task)}
            self._containers[task.place] = found
        return self._containers[task.place]

    @cached_property
    def given(self) -> set[str]:
        """What the root gives, so that something outside may forward to it."""
        root = self.tree.root
        return {reference.place for name in root.section("Outputs") for reference in _tasks.referred(root.output(name))}


def _listener(fronts: _Fronts, entry: Entry, targets: Resource) -> Iterator[Problem]:
    if targets.place not in fronts.forwarded and targets.place not in fronts.given:
        yield entry.problem(f"stands behind {targets.name}, to which no listener forwards", "TargetGroupArn")


def _nobody_behind(tree: Tree, fronts: _Fronts, entries: list[Entry]) -> Iterator[Problem]:
    """A target group that is meant for a service of the tree and that the service doesn't know."""
    if any(entry.targets is None for entry in entries):
        return
    alone: dict[int, Resource] = {}
    for service in tree.resources("AWS::ECS::Service"):
        task = _tasks.task_of(tree, service)
        if task is not None and not many(service.get("LoadBalancers")):
            for ports, _ in fronts.containers(task).values():
                alone.update(dict.fromkeys(ports, service))
    taken = {entry.targets.place for entry in entries if entry.targets is not None}
    for targets in tree.resources(TARGETS):
        port = standing.port(tree, targets.get("Port"))
        if targets.place in taken or targets.place not in fronts.forwarded or port not in alone or port is None:
            continue
        if targets.get("TargetType") == "ip" and targets.get("Targets") is None:
            yield alone[port].problem(
                f"{alone[port].name} doesn't stand behind {targets.name}, which is for its port {port} and has nobody "
                "else; name it in LoadBalancers",
                "LoadBalancers",
            )


def _from_balancers(tree: Tree, fronts: _Fronts, entry: Entry, targets: Resource) -> Iterator[Problem]:
    service = tree.network.standing(entry.service)
    health = standing.port(tree, targets.get("HealthCheckPort"))
    for balancer in fronts.balancers.get(targets.place, ()):
        for port, why in ((entry.port, "the container's port"), (health, "the port of its health check")):
            if port is not None and (port != entry.port or why.startswith("the c")):
                what = _closed(tree, tree.network.standing(balancer), service, (port,))
                if what:
                    yield entry.problem(f"isn't reached by {balancer.name} at {why}, {port}: {what}", "ContainerPort")


def _private(tree: Tree) -> Iterator[Problem]:
    """Nobody on the internet gets to a load balancer in a private subnet."""
    network = tree.network
    for balancer in tree.resources(BALANCER):
        if balancer.get("Scheme", default="internet-facing") != "internet-facing":
            continue
        for subnet in network.standing(balancer).subnets:
            if network.way_out(subnet, public_address=True) is False or _has_only_nat(network, subnet):
                yield balancer.problem(
                    f"{balancer.name} is internet-facing and stands in {subnet.name}, which has no route to an "
                    "internet gateway",
                    "Subnets",
                )


def _has_only_nat(network: Network, subnet: Resource) -> bool:
    routes = network.routes(subnet)
    return bool(routes) and all(route.get("NatGatewayId") is not None for route in routes)


def _listening(tree: Tree) -> Iterator[Problem]:
    for listener in tree.resources(LISTENER):
        balancer, port = tree.source(listener.get("LoadBalancerArn")), standing.port(tree, listener.get("Port"))
        if balancer is None or port is None or balancer.type != BALANCER:
            continue
        found = tree.network.standing(balancer)
        protocol = "udp" if listener.get("Protocol") == "UDP" else "tcp"
        rules = tree.network.of(found.groups, outward=False)
        if found.groups_known and not any(rule.takes(protocol, port, port) for rule in rules):
            yield listener.problem(
                f"{listener.name} listens at port {port}, which {_names(found)} lets nobody in at", "Port"
            )


# What is used


def _stores(tree: Tree) -> Iterator[Problem]:
    for client, store in _uses.uses(tree):
        ports = standing.listening(tree, store.resource)
        if what := _closed(tree, client, store, ports):
            yield store.resource.problem(
                f"{store.resource.name} listens at port {_uses.said_ports(tree, store.resource)}, and "
                f"{client.resource.name}, which uses it, doesn't get there: {what}",
                *_port_property(store.resource),
            )


def _port_property(store: Resource) -> tuple[str, ...]:
    facts = standing.LISTENING[store.type]
    groups = standing.FACTS[store.type].groups[0].split(".")[0]
    return (facts.property,) if facts.property and store.get(facts.property) is not None else (groups,)


def _closed(tree: Tree, client: Standing, server: Standing, ports: tuple[int, ...]) -> str:
    """Which end of a way isn't open, at any of some ports; nothing if that can't be known."""
    if not client.groups_known or not server.groups_known:
        return ""
    what = ""
    for port in ports:
        out = tree.network.lets(client.groups, port, server, outward=True)
        in_ = tree.network.lets(server.groups, port, client, outward=False)
        if out and in_:
            return ""
        ends = [f"{_names(client)} doesn't let it out"] * (not out) + [f"{_names(server)} doesn't let it in"] * (
            not in_
        )
        what = what or " and ".join(ends)
    return what


def _names(found: Standing) -> str:
    return ", ".join(group.name for group in found.groups) or "the VPC's default group, in which it stands,"


def _environment(tree: Tree, task: Resource) -> Iterator[Problem]:
    for container in _containers.of(task):
        variables = _tasks.variables(container)
        hosts = {name.lower(): store for name, value in variables.items() if (store := _uses.address_of(tree, value))}
        for index, one in enumerate(many(container.body.get("Environment"))):
            name, value = (as_text(one.get("Name")), one.get("Value")) if isinstance(one, dict) else ("", None)
            for port, store in [*_beside(tree, name, value, hosts), *_inside(tree, value)]:
                allowed = _allowed(tree, store)
                if allowed and port not in allowed:
                    yield task.problem(
                        f"{task.name} says in {shown(name)} that {store.name} listens at port {port}; it listens at "
                        f"{_uses.said_ports(tree, store)}",
                        *(*container.path, "Environment", index, "Value"),
                    )


def _allowed(tree: Tree, store: Resource) -> tuple[int, ...]:
    found = standing.listening(tree, store)
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/SecurityGroups.html: a serverless cache is read there
    return (*found, 6380) if found and store.type == "AWS::ElastiCache::ServerlessCache" else found


def _beside(tree: Tree, name: str, value: Any, hosts: dict[str, Resource]) -> Iterator[tuple[int, Resource]]:
    """A variable for a port, with the store whose address has a name that begins alike."""
    match = _PORT_NAME.match(name)
    port = standing.port(tree, value)
    if match is None or not match[1] or port is None:
        return
    begin = match[1].lower()
    stores = {
        store.place: store
        for host, store in hosts.items()
        if host.startswith(begin) and _HOST.fullmatch(host[len(begin) :])
    }
    if len(stores) == 1:
        yield port, next(iter(stores.values()))


def _inside(tree: Tree, value: Any) -> Iterator[tuple[int, Resource]]:
    """An address with a port after it: `rediss://${Cache.PrimaryEndPoint.Address}:6379`."""
    if isinstance(value, str) and BEGIN in value:
        for match in _ADDRESSED.finditer(value):
            if store := _uses.address_of(tree, f"{BEGIN}{match[1]}{END}"):
                yield int(match[2]), store
