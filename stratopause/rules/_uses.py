"""What uses which data store: by its environment, its secrets, its role, or the rules of its security groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import _tasks
from stratopause.tree import standing
from stratopause.tree.model import Resource, Tree
from stratopause.tree.policies import document, many, statements, texts
from stratopause.tree.standing import Standing
from stratopause.tree.text import Reference

PROXY: Final = "AWS::RDS::DBProxy"
FUNCTIONS: Final = ("AWS::Lambda::Function", "AWS::Serverless::Function")

# What a role is allowed if who has it connects.
_CONNECTING: Final = (
    "rds-db:connect",
    "elasticache:connect",
    "memorydb:connect",
    "secretsmanager:getsecretvalue",
    "neptune-db:",
    "kafka-cluster:",
    "es:eshttp",
    "dax:",
    "elasticfilesystem:client",
)


class Client(NamedTuple):
    """Something that connects, with what it refers to."""

    standing: Standing
    references: frozenset[Reference]


class Use(NamedTuple):
    """That something connects to a data store."""

    client: Standing
    store: Standing


def uses(tree: Tree) -> Iterator[Use]:
    stores = {
        place: found
        for place, found in tree.network.standings.items()
        if found.resource.type in standing.LISTENING and standing.listening(tree, found.resource)
    }
    named = _Names(tree, stores)
    # Those that stand in the same groups and subnets get to the same.
    seen: set[tuple[Any, ...]] = set()
    linked: dict[tuple[Resource, ...], set[str]] = {}
    for client in clients(tree):
        where = client.standing
        if where.groups not in linked:
            linked[where.groups] = set(_by_groups(tree, where))
            found = named.stores(client.references) | linked[where.groups]
        else:
            found = named.stores(client.references)
        for place in sorted(found):
            key = (where.groups, where.groups_known, where.subnets, place)
            if key not in seen and place != where.resource.place:
                seen.add(key)
                yield Use(where, stores[place])


def clients(tree: Tree) -> Iterator[Client]:
    policies = _Policies(tree)
    for run in _tasks.runs(tree):
        values = [run.task.get("ContainerDefinitions"), run.task.get("Volumes")]
        documents = policies.of(run.task.get("TaskRoleArn"))
        yield Client(run.standing, frozenset(_connecting(tree, values, documents)))
    for function in tree.resources(*FUNCTIONS):
        if function.get("VpcConfig") is not None:
            documents = policies.of(function.get("Role"))
            found = _connecting(tree, [function.get("Environment")], documents)
            yield Client(tree.network.standing(function), frozenset(found))
    for group in tree.resources("AWS::RDS::DBProxyTargetGroup"):
        proxy = tree.source(group.get("DBProxyName"))
        if proxy is not None and proxy.type == PROXY:
            targets = [group.get("DBInstanceIdentifiers"), group.get("DBClusterIdentifiers")]
            yield Client(tree.network.standing(proxy), frozenset(_tasks.referred(targets)))


def _connecting(tree: Tree, values: list[Any], documents: list[Any]) -> Iterator[Reference]:
    for reference in _tasks.referred(values):
        if _is_address(reference.attribute) or "ecret" in reference.attribute or not _names_a_store(tree, reference):
            yield reference
    for policy in documents:
        for statement in statements(policy):
            actions = [action.lower() for action in texts(statement.get("Action"))]
            if statement.get("Effect") == "Allow" and any(action.startswith(_CONNECTING) for action in actions):
                yield from _tasks.referred(statement.get("Resource"))


def _names_a_store(tree: Tree, reference: Reference) -> bool:
    """Whether it is but the name of a store, as a dashboard or a metric wants it."""
    resource = tree.resource(reference.place)
    return resource is not None and resource.type in standing.LISTENING


def _is_address(attribute: str) -> bool:
    return "ndpoint" in attribute or "ndPoint" in attribute or attribute.endswith("BootstrapBrokerString")


def address_of(tree: Tree, value: Any) -> Resource | None:
    """The resource whose address a value is."""
    referred = tree.referred(value)
    if referred and _is_address(referred[1]) and not referred[1].lower().endswith("port"):
        return referred[0]
    return None


class _Policies:
    """The policies of roles."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.attached: dict[str, list[Any]] = {}
        for policy in tree.resources("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy"):
            for role in [*many(policy.get("Roles")), policy.get("RoleName")]:
                if source := tree.source(role):
                    self.attached.setdefault(source.place, []).append(policy.get("PolicyDocument"))

    def of(self, role: Any) -> list[Any]:
        source = self.tree.source(role)
        if source is None or source.type != "AWS::IAM::Role":
            return []
        inline = [one.get("PolicyDocument") for one in many(source.get("Policies")) if isinstance(one, dict)]
        managed = [self.tree.source(arn) for arn in many(source.get("ManagedPolicyArns"))]
        documents = [policy.get("PolicyDocument") for policy in managed if policy]
        return [document(found) for found in [*inline, *documents, *self.attached.get(source.place, ())]]


class _Names:
    """Which stores somebody means who refers to something."""

    def __init__(self, tree: Tree, stores: dict[str, Standing]) -> None:
        self.tree = tree
        self.stores_ = stores
        self.others: dict[str, set[str]] = {}
        """The stores that are meant by something that stands for them, such as a file system."""
        self.secrets: dict[str, set[str]] = {}
        """The stores that a secret is for."""
        for place, store in stores.items():
            if source := tree.source(store.resource.get("FileSystemId")):
                self.others.setdefault(source.place, set()).add(place)
            for reference in _tasks.referred(store.resource.get("MasterUserPassword")):
                self.secrets.setdefault(reference.place, set()).add(place)
        for access in tree.resources("AWS::EFS::AccessPoint"):
            if source := tree.source(access.get("FileSystemId")):
                self.others[access.place] = self.others.get(source.place, set())
        self._attached()

    def _attached(self) -> None:
        for attachment in self.tree.resources("AWS::SecretsManager::SecretTargetAttachment"):
            secret, target = (self.tree.source(attachment.get(name)) for name in ("SecretId", "TargetId"))
            if secret and target and target.place in self.stores_:
                for place in (secret.place, attachment.place):
                    self.secrets.setdefault(place, set()).add(target.place)

    def stores(self, references: frozenset[Reference]) -> set[str]:
        direct: set[str] = set()
        by_secret: set[str] = set()
        for reference in references:
            by_secret |= self.secrets.get(reference.place, set())
            direct |= self.others.get(reference.place, set())
            if reference.place in self.stores_:
                kind = by_secret if "ecret" in reference.attribute else direct
                kind.add(reference.place)
        # Behind a proxy the database is reached by the proxy, with the database's secret.
        proxies = {place for place in direct if self.stores_[place].resource.type == PROXY}
        return proxies | {place for place in direct if place not in by_secret} if proxies else direct | by_secret


def _by_groups(tree: Tree, client: Standing) -> Iterator[str]:
    """The stores that the rules of a client's groups name; where a group is of other things too it isn't sure which."""
    for place in {place for group in client.groups for place in tree.network.linked(group)}:
        group_ = tree.resource(place)
        members = tree.network.members(group_) if group_ else []
        ports = {standing.listening(tree, member.resource) for member in members}
        if len(ports) == 1 and () not in ports:
            yield members[0].resource.place


def said_ports(tree: Tree, store: Resource) -> str:
    return " or ".join(map(str, standing.listening(tree, store)))
