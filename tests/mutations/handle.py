"""A handle on a tree of decoded templates: a mutation finds what it changes by type and by use, never by name.

Two platforms are mutated, written by different hands. So nothing here knows a file's or a resource's name, and each way
to write the same thing (a rule inline or beside its group, an ARN by `GetAtt` or `Sub`, one service or a list) is one.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

Json = dict[str, Any]

STACK = "AWS::CloudFormation::Stack"
NAMED = re.compile(r"\$\{([^!}]+)\}")
ELSEWHERE = "999988887777"


class NotApplicable(Exception):
    """What a mutation would change isn't in these templates."""


class Place(NamedTuple):
    """Where a finding is expected at the earliest."""

    file: str
    logical_id: str


class Spot(NamedTuple):
    """A value in a template, and where it stands."""

    file: str
    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        return self.holder[self.key]

    def put(self, value: Any) -> None:
        self.holder[self.key] = value


class Resource(NamedTuple):
    """A resource of a template, to be changed in place."""

    file: str
    logical_id: str
    body: Json

    @property
    def type(self) -> str:
        return str(self.body["Type"])

    @property
    def properties(self) -> Json:
        properties: Json = self.body.get("Properties", {})
        return properties

    @property
    def place(self) -> Place:
        return Place(self.file, self.logical_id)

    @property
    def ref(self) -> Json:
        return {"Ref": self.logical_id}

    def att(self, attribute: str) -> Json:
        return {"Fn::GetAtt": [self.logical_id, attribute]}

    def same(self, other: Resource | None) -> bool:
        return other is not None and self.place == other.place

    def get(self, *path: Any) -> Any:
        """The property at the path, or nothing."""
        value: Any = self.properties
        for step in path:
            value = _step(value, step)
        return value

    def spot(self, *path: Any) -> Spot:
        """Where the property stands: it must be there."""
        holder = self.get(*path[:-1]) if len(path) > 1 else self.properties
        if _step(holder, path[-1]) is None:
            raise NotApplicable(f"{self.logical_id} has no {'.'.join(map(str, path))}")
        return Spot(self.file, holder, path[-1])

    def put(self, value: Any, *path: Any) -> Place:
        """Set a property, and whatever it stands in."""
        holder: Any = self.body.setdefault("Properties", {})
        for step in path[:-1]:
            holder = holder[step] if isinstance(holder, list) else holder.setdefault(step, {})
        if isinstance(holder, dict) and holder.get(path[-1]) == value:
            raise NotApplicable(f"{self.logical_id} has that {path[-1]}")
        holder[path[-1]] = value
        return self.place

    def drop(self, *path: Any) -> Place:
        """Take a property away: it must be there."""
        spot = self.spot(*path)
        del spot.holder[spot.key]
        return self.place

    def attribute(self, *names: str) -> Place:
        """Take an attribute of the resource itself away, such as its `DeletionPolicy`."""
        if not any(name in self.body for name in names):
            raise NotApplicable(f"{self.logical_id} has none of {names}")
        for name in names:
            self.body.pop(name, None)
        return self.place


class Statement(NamedTuple):
    """A statement of a policy, and the list that it stands in."""

    siblings: list[Json]
    body: Json

    @property
    def actions(self) -> list[Any]:
        return many(self.body.get("Action", []))

    @property
    def allows(self) -> bool:
        return bool(self.body.get("Effect") == "Allow")

    @property
    def services(self) -> list[str]:
        """Who is named as principal or as the service by which a key is used."""
        return [flat(value) for spot in self.service_spots() for value in many(spot.value)]

    def service_spots(self) -> list[Spot]:
        principal = self.body.get("Principal")
        spots = [Spot("", principal, "Service")] if isinstance(principal, dict) and "Service" in principal else []
        return spots + self.conditions("kms:ViaService")

    def conditions(self, key: str) -> list[Spot]:
        """Where a condition key is asked about, whatever the operator."""
        operators = self.body.get("Condition", {})
        return [Spot("", keys, key) for keys in operators.values() if isinstance(keys, dict) and key in keys]

    def allows_action(self, action: str) -> bool:
        return self.allows and any(fnmatchcase(action, given) for given in self.actions if isinstance(given, str))

    def names(self, service: str) -> bool:
        return any(name.startswith(service) for name in self.services)

    def put(self, **members: Any) -> None:
        self.body.update(members)

    def drop(self) -> None:
        self.siblings[:] = [sibling for sibling in self.siblings if sibling is not self.body]


class Rule(NamedTuple):
    """A rule of a security group, inline or beside it."""

    owner: Resource
    body: Json
    inline: bool

    @property
    def place(self) -> Place:
        return self.owner.place

    def peer(self) -> Any:
        return self.body.get("SourceSecurityGroupId", self.body.get("DestinationSecurityGroupId"))

    def move(self, port: int) -> Place:
        """Open another port."""
        self.body.update(FromPort=port, ToPort=port)
        return self.place


class Wire(NamedTuple):
    """A parameter of a nested stack, as its parent passes it."""

    stack: Resource
    name: str
    spot: Spot
    inside: str


Having = Callable[[Resource], bool]


def has(*path: Any) -> Having:
    """Such as have a property."""
    return lambda resource: resource.get(*path) is not None


def lacks(*path: Any) -> Having:
    """Such as don't have a property."""
    return lambda resource: resource.get(*path) is None


def equals(value: Any, *path: Any) -> Having:
    """Such as have that value for a property, written as a word or not."""
    return lambda resource: str(resource.get(*path)).lower() == str(value).lower()


def says(text: str) -> Having:
    """Such as have a text anywhere in them."""
    return lambda resource: text in text_of(resource.body)


def many(value: Any) -> list[Any]:
    """A value that may be one or a list, as a list."""
    return value if isinstance(value, list) else [value]


def flat(value: Any) -> str:
    """What is known of a text, with `${…}` for what is not."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and "Fn::Sub" in value:
        return str(many(value["Fn::Sub"])[0])
    if isinstance(value, dict) and "Fn::Join" in value:
        delimiter, parts = value["Fn::Join"]
        return str(delimiter).join(flat(part) for part in many(parts))
    if isinstance(value, dict) and "Ref" in value:
        return f"${{{value['Ref']}}}"
    return f"${{{'.'.join(members(value))}}}" if isinstance(value, dict) else str(value)


def text_of(value: Any) -> str:
    """All texts in a value, one a line."""
    if isinstance(value, dict):
        return "\n".join(f"{key}\n{text_of(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return "\n".join(map(text_of, value))
    return str(value)


def elements(value: Any) -> list[Any]:
    """The elements of a list, however it is written: as one, joined, or in one text."""
    if isinstance(value, dict) and "Fn::Join" in value:
        return list(many(value["Fn::Join"][1]))
    if isinstance(value, dict) and "Fn::Sub" in value:
        return [{"Fn::Sub": part} for part in flat(value).split(",")]
    return many(value)


def walk(file: str, holder: Any) -> Iterator[Spot]:
    """Every value in a value, outer ones first."""
    keys = list(holder) if isinstance(holder, dict) else range(len(holder)) if isinstance(holder, list) else ()
    for key in keys:
        yield Spot(file, holder, key)
        yield from walk(file, holder[key])


def reworded(value: Any, change: Callable[[str], str]) -> Any:
    """The value with each text in it changed."""
    if isinstance(value, dict):
        return {key: reworded(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [reworded(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


def forget(statements: list[Statement], service: str) -> None:
    """Take a service out of statements: out of its list, or with the statement that named it alone."""
    if not any(statement.names(service) for statement in statements):
        raise NotApplicable(f"no statement names {service}")
    for statement in statements:
        for spot in statement.service_spots():
            left = [value for value in many(spot.value) if not flat(value).startswith(service)]
            if not left:
                statement.drop()
            elif len(left) < len(many(spot.value)):
                spot.put(left)


def revoke(statements: list[Statement], *actions: str) -> None:
    """Take actions out of statements: nothing else in them may allow the same."""
    for action in actions:
        givers = [statement for statement in statements if statement.allows_action(action)]
        if not givers or any(_wider(given, action) for giver in givers for given in giver.actions):
            raise NotApplicable(f"{action} can't be taken away")
        for giver in givers:
            giver.put(Action=[given for given in giver.actions if not fnmatchcase(action, given)])
            if not giver.actions:
                giver.drop()


def _wider(given: str, action: str) -> bool:
    return fnmatchcase(action, given) and fnmatchcase(f"{action.partition(':')[0]}:Unheard", given)


def _step(value: Any, step: Any) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int):
        return value[step] if step < len(value) else None
    return None


def _documents(resource: Resource, *, trust: bool) -> Iterator[Json]:
    names = ["AssumeRolePolicyDocument"] if trust else ["KeyPolicy", "PolicyDocument", "AccessPolicy", "ResourcePolicy"]
    yield from (document for name in names if isinstance(document := resource.get(name), dict))
    if not trust:
        yield from (inline["PolicyDocument"] for inline in resource.get("Policies") or [] if "PolicyDocument" in inline)


def statements(resource: Resource, *, trust: bool = False) -> list[Statement]:
    """The statements of a resource's own policies."""
    found = []
    for document in _documents(resource, trust=trust):
        if "Statement" in document:
            siblings = document["Statement"] = many(document["Statement"])
            found += [Statement(siblings, body) for body in siblings]
    return found


class Templates:
    """Decoded templates by file name."""

    def __init__(self, files: dict[str, Json]) -> None:
        self.files = files

    # What is there

    def all(self, kind: str, *having: Having) -> list[Resource]:
        """Every resource of a type that is as asked."""
        return [found for found in self.resources() if found.type == kind and all(asked(found) for asked in having)]

    def one(self, kind: str, *having: Having) -> Resource:
        """The first resource of a type that is as asked."""
        found = self.all(kind, *having)
        if not found:
            raise NotApplicable(f"no {kind} like that")
        return found[0]

    def resources(self) -> Iterator[Resource]:
        for file, template in list(self.files.items()):
            for logical_id, body in list(template.get("Resources", {}).items()):
                if "Type" in body:
                    yield Resource(file, logical_id, body)

    def declared(self, file: str, section: str) -> Json:
        """What a template has in one of its sections, if anything."""
        declared: Json = self.files[file].get(section, {})
        return declared

    def section(self, file: str, name: str) -> Json:
        """`Outputs`, `Parameters`, `Conditions`… of a template, made if it has none."""
        section: Json = self.files[file].setdefault(name, {})
        return section

    def add(self, file: str, logical_id: str, kind: str, properties: Json, **attributes: Any) -> Resource:
        """A new resource in a template."""
        if logical_id in self.section(file, "Resources"):
            raise NotApplicable(f"{file} has a {logical_id}")
        body = {"Type": kind, "Properties": properties, **attributes}
        self.section(file, "Resources")[logical_id] = body
        return Resource(file, logical_id, body)

    def copy(self, model: Resource, logical_id: str) -> Resource:
        """The same again beside a resource."""
        body = deepcopy(model.body)
        return self.add(model.file, logical_id, body.pop("Type"), body.pop("Properties", {}), **body)

    def remove(self, resource: Resource) -> Place:
        """Take a resource away, and the `DependsOn` that named it. Nothing else may."""
        for other in self.resources():
            if other.file == resource.file and resource.logical_id in many(other.body.get("DependsOn", [])):
                self._forget_dependency(other, resource.logical_id)
        if self.references(resource.file, resource.logical_id):
            raise NotApplicable(f"{resource.logical_id} is referred to")
        del self.section(resource.file, "Resources")[resource.logical_id]
        return resource.place

    @staticmethod
    def _forget_dependency(resource: Resource, logical_id: str) -> None:
        left = [name for name in many(resource.body["DependsOn"]) if name != logical_id]
        resource.body["DependsOn"] = left
        if not left:
            del resource.body["DependsOn"]

    # The tree

    def stacks(self, *having: Having) -> list[Resource]:
        return self.all(STACK, *having)

    def child(self, stack: Resource) -> str:
        """The file of a nested stack."""
        url = flat(stack.get("TemplateURL"))
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(stack.file), url))
        for name in (beside, url, *(file for file in self.files if stem(file) == stem(url))):
            if name in self.files:
                return name
        raise NotApplicable(f"{url} isn't here")

    def nest_by_url(self) -> None:
        """As it is where templates were uploaded by hand, and are nested by where they lie."""
        bucket = "https://${AWS::AccountId}-templates.s3.${AWS::URLSuffix}"
        for stack in self.stacks():
            path = stack.get("TemplateURL")
            if isinstance(path, str):
                file = posixpath.normpath(posixpath.join(posixpath.dirname(stack.file), path))
                stack.put({"Fn::Sub": f"{bucket}/${{AWS::StackName}}/{file}"}, "TemplateURL")

    def nests(self, file: str) -> list[Resource]:
        """The stacks that a template is nested by."""
        return [stack for stack in self.stacks() if self.child(stack) == file]

    @property
    def root(self) -> str:
        return next(file for file in self.files if not self.nests(file))

    def address(self, nesting: str, nested: str) -> str:
        """How one template names another, as its siblings are named."""
        nested_deeper = [stack for stack in self.stacks() if posixpath.dirname(stack.file)]
        if any(flat(stack.get("TemplateURL")) == self.child(stack) for stack in nested_deeper):
            return nested
        return posixpath.relpath(nested, posixpath.dirname(nesting) or ".")

    def leaf(self, *having: Having) -> Resource:
        """A nested stack whose template nests nothing."""
        stacks = self.stacks(*having)
        leaves = [stack for stack in stacks if not any(inner.file == self.child(stack) for inner in self.stacks())]
        if not leaves:
            raise NotApplicable("no nested stack like that")
        return leaves[0]

    def siblings(self) -> Iterator[tuple[Resource, Resource]]:
        """A nested stack, and one beside it that takes what it gives."""
        for wire in self.wires():
            for target in targets(wire.spot.value):
                provider = self.declared(wire.spot.file, "Resources").get(target)
                if provider and provider["Type"] == STACK:
                    yield Resource(wire.spot.file, target, provider), wire.stack

    def wires(self) -> Iterator[Wire]:
        """Every parameter that a parent passes."""
        for stack in self.stacks():
            for name in stack.get("Parameters") or {}:
                yield Wire(stack, name, stack.spot("Parameters", name), self.child(stack))

    def wires_of(self, kind: str) -> list[Wire]:
        """The parameters by which a resource of a type arrives from another stack."""
        found = [(wire, self.trace(wire.spot)[1]) for wire in self.wires() if not _plural(wire.spot.value)]
        wires = [wire for wire, end in found if end and end.type == kind and end.file != wire.stack.file]
        if not wires:
            raise NotApplicable(f"no {kind} is passed")
        return wires

    def wire_to(self, resource: Resource, *path: Any) -> Wire:
        """The parameter by which a property of a resource is filled."""
        value = resource.spot(*path).value
        value = value[0] if isinstance(value, list) and value else value
        name = value.get("Ref") if isinstance(value, dict) else None
        for wire in self.wires():
            if wire.inside == resource.file and wire.name == name:
                return wire
        raise NotApplicable(f"{resource.logical_id} takes no parameter for {path}")

    def wired_parameters(self) -> Iterator[tuple[Wire, Json]]:
        """Every parameter that is filled with a sibling's output, with its declaration."""
        for wire in self.wires():
            declaration = self.declared(wire.inside, "Parameters").get(wire.name)
            if declaration and "Outputs." in text_of(wire.spot.value):
                yield wire, declaration

    def references(self, file: str, logical_id: str) -> list[Spot]:
        """Where a template's resource or parameter is referred to, within the template."""
        return [
            spot
            for section in ("Resources", "Outputs", "Conditions")
            for spot in walk(file, self.files[file].get(section, {}))
            if isinstance(spot.value, dict) and logical_id in targets(spot.value, deep=False)
        ]

    def output_readers(self, file: str, output: str) -> list[Spot]:
        """Where parents read an output of a nested template."""
        found = []
        for stack in self.nests(file):
            member = f"{stack.logical_id}.Outputs.{output}"
            spots = (spot for spot in walk(stack.file, self.files[stack.file]) if isinstance(spot.value, dict))
            found += [spot for spot in spots if member in members(spot.value)]
        return found

    # Where a value comes from

    def trace(self, spot: Spot) -> tuple[list[Spot], Resource | None]:
        """The way of a value through parents and outputs, and the resource that it begins at."""
        way = [spot]
        while len(way) < 32:
            step = self._origin(way[-1])
            if not isinstance(step, Spot):
                return way, step
            way.append(step)
        return way, None

    def _origin(self, spot: Spot) -> Spot | Resource | None:
        value = spot.value
        if isinstance(value, list):
            return next((Spot(spot.file, value, at) for at, inner in enumerate(value) if targets(inner)), None)
        if not isinstance(value, dict) or len(value) != 1:
            return None
        [(function, argument)] = value.items()
        if function in {"Fn::Join", "Fn::Select", "Fn::Split", "Fn::If"}:
            return Spot(spot.file, argument, 1)
        if function == "Fn::Sub" and isinstance(argument, list):
            inner = [name for name in argument[1] if f"${{{name}}}" in argument[0]]
            if inner:
                return Spot(spot.file, argument[1], inner[0])
        found = members(value)
        return self._member(spot.file, found[0]) if found else None

    def _member(self, file: str, member: str) -> Spot | Resource | None:
        name, _, attribute = member.partition(".")
        if name in self.declared(file, "Parameters"):
            passed = [stack for stack in self.nests(file) if name in (stack.get("Parameters") or {})]
            return passed[0].spot("Parameters", name) if passed else None
        body = self.declared(file, "Resources").get(name)
        if body is None:
            return None
        resource = Resource(file, name, body)
        if resource.type != STACK or not attribute.startswith("Outputs."):
            return resource
        child = self.child(resource)
        output = self.declared(child, "Outputs").get(attribute.removeprefix("Outputs."))
        return Spot(child, output, "Value") if output else None

    def end(self, resource: Resource, *path: Any) -> Resource:
        """The resource that a property of another names, in whichever stack."""
        end = self.trace(resource.spot(*path))[1]
        if end is None:
            raise NotApplicable(f"{resource.logical_id} names nothing of ours at {path}")
        return end

    def listed(self, resource: Resource, *path: Any) -> Spot:
        """Where the elements of a list are written down, in whichever stack."""
        for spot in self.trace(resource.spot(*path))[0]:
            if _plural(spot.value):
                return spot
        raise NotApplicable(f"{resource.logical_id} takes no list of ours at {path}")

    def ends(self, resource: Resource, *path: Any) -> list[Resource]:
        """The resources that a list names."""
        spot = self.listed(resource, *path)
        ends = [self.trace(Spot(spot.file, {"": one}, ""))[1] for one in elements(spot.value)]
        return [end for end in ends if end]

    def first(self, resource: Resource, *path: Any) -> Spot:
        """Where the resource that a property names is first written down."""
        self.end(resource, *path)
        return self.trace(resource.spot(*path))[0][-1]

    def key(self, resource: Resource, *path: Any) -> Resource:
        """The key that a property names, itself or by its alias."""
        spot = resource.spot(*path)
        end = self.trace(spot)[1]
        if end is None:
            alias = flat(self.trace(spot)[0][-1].value)
            end = self.one("AWS::KMS::Alias", lambda found: flat(found.get("AliasName")) in alias)
        if end.type == "AWS::KMS::Alias":
            end = self.end(end, "TargetKeyId")
        if end.type != "AWS::KMS::Key":
            raise NotApplicable(f"{resource.logical_id} has no key of ours")
        return end

    def give(self, taker: Spot, giver: Spot) -> None:
        """Let one property have what another has, where the two ways first meet in one template."""
        for mine in self.trace(taker)[0]:
            for theirs in self.trace(giver)[0]:
                if mine.file == theirs.file and _plural(mine.value) == _plural(theirs.value):
                    mine.put(deepcopy(theirs.value))
                    return
        raise NotApplicable("no template sees both")

    def express(self, how: Callable[[Resource], Any], resource: Resource, *path: Any) -> Place:
        """Write the resource that a property names otherwise, where it is first written down."""
        spot, value = self.first(resource, *path), how(self.end(resource, *path))
        if spot.value == value:
            raise NotApplicable(f"{resource.logical_id} is written so")
        spot.put(value)
        return resource.place

    # Buckets, security groups and roles

    def second_bucket(self, logical_id: str) -> Resource:
        """A new bucket, made as well as one that is encrypted by a key: closed, versioned, by TLS only."""
        model = self.one("AWS::S3::Bucket", says("aws:kms"))
        policies = self.all("AWS::S3::BucketPolicy", lambda one: model.same(self.trace(one.spot("Bucket"))[1]))
        bucket = self.copy(model, logical_id)
        bucket.properties.pop("BucketName", None)
        for policy in policies:
            copied = self.copy(policy, f"{logical_id}Policy")
            copied.body.update(reworded(copied.body, lambda text: re.sub(rf"\b{model.logical_id}\b", logical_id, text)))
            for statement in statements(copied):
                if statement.allows:
                    statement.drop()
        return bucket

    def group(self, resource: Resource) -> Resource:
        """The security group that something stands in."""
        paths: list[tuple[str, ...]] = [("VPCSecurityGroups",), ("SecurityGroupIds",), ("SecurityGroups",)]
        paths.append(("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"))
        for path in paths:
            if resource.get(*path) is not None:
                return self.end(resource, *path)
        raise NotApplicable(f"{resource.logical_id} has no security group")

    def rules(self, group: Resource, way: str) -> list[Rule]:
        """The rules of a group, `Ingress` or `Egress`, inline and beside it."""
        inline = [Rule(group, body, inline=True) for body in group.get(f"SecurityGroup{way}") or []]
        beside = self.all(f"AWS::EC2::SecurityGroup{way}", has("GroupId"))
        return inline + [Rule(one, one.properties, inline=False) for one in beside if group.same(self._ruled(one))]

    def _ruled(self, rule: Resource) -> Resource | None:
        return self.trace(rule.spot("GroupId"))[1]

    def rule(self, group: Resource, way: str, peer: Resource) -> Rule:
        """The rule of a group that names another."""
        for rule in self.rules(group, way):
            spot = Spot(rule.owner.file, {"": rule.peer()}, "")
            if rule.peer() is not None and peer.same(self.trace(spot)[1]):
                return rule
        raise NotApplicable(f"no {way} between {group.logical_id} and {peer.logical_id}")

    def close(self, rule: Rule) -> Place:
        """Take a rule away."""
        if not rule.inline:
            return self.remove(rule.owner)
        for way in ("SecurityGroupIngress", "SecurityGroupEgress"):
            rules = rule.owner.get(way) or []
            left = [body for body in rules if body is not rule.body]
            if len(left) < len(rules):
                rule.owner.properties[way] = left
        return rule.place

    def open(self, group: Resource, way: str, **rule: Any) -> Place:
        """Add a rule to a group."""
        group.properties.setdefault(f"SecurityGroup{way}", []).append({"Description": "Added by hand", **rule})
        return group.place

    def permissions(self, role: Resource) -> list[Statement]:
        """What a role may do, by its own policies and by those attached to it."""
        found = statements(role)
        for policy in [*self.all("AWS::IAM::ManagedPolicy"), *self.all("AWS::IAM::Policy")]:
            attached = [self.trace(Spot(policy.file, policy.get("Roles") or [], at))[1] for at in range(_count(policy))]
            arns = [self._arn(role, at) for at in range(len(role.get("ManagedPolicyArns") or []))]
            if any(role.same(end) for end in attached) or any(policy.same(end) for end in arns):
                found += statements(policy)
        return found

    def _arn(self, role: Resource, at: int) -> Resource | None:
        return self.trace(role.spot("ManagedPolicyArns", at))[1]


def _count(policy: Resource) -> int:
    return len(policy.get("Roles") or [])


def _plural(value: Any) -> bool:
    return isinstance(value, list) or (isinstance(value, dict) and "Ref" not in value and "," in flat(value))


def members(value: Json) -> list[str]:
    """`Name` or `Name.Attribute` of what an expression itself refers to; nothing of AWS's own."""
    if "Ref" in value:
        found = [str(value["Ref"])]
    elif "Fn::GetAtt" in value:
        found = [value["Fn::GetAtt"] if isinstance(value["Fn::GetAtt"], str) else ".".join(value["Fn::GetAtt"])]
    elif "Fn::Sub" in value:
        parts = many(value["Fn::Sub"])
        own = parts[1] if len(parts) > 1 else {}
        found = [name for name in NAMED.findall(parts[0]) if name not in own]
    else:
        found = []
    return [name for name in found if not name.startswith("AWS::")]


def targets(value: Any, *, deep: bool = True) -> set[str]:
    """The names that an expression refers to."""
    spots = [Spot("", {"": value}, ""), *(walk("", value) if deep else ())]
    found = (members(spot.value) for spot in spots if isinstance(spot.value, dict))
    return {name.partition(".")[0] for names in found for name in names}


def stem(file: str) -> str:
    return posixpath.splitext(posixpath.basename(file))[0]
