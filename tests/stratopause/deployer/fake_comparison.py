"""How the fake CloudFormation works out what would change: ResourceChanges as the API tells them, values and all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from stratopause.deployer.stacks import NESTED_STACK
from stratopause.deployer.templates import Template
from tests.stratopause.deployer.fake_knobs import Knobs
from tests.stratopause.deployer.fake_stacks import PSEUDO, FakeChangeSet, FakeStack, World

NO_CHANGES: Final = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
INCOMPLETE: Final = "[WARN] --include-property-values option can return incomplete ChangeSet data"
LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
VALUES: Final = ("Path", "BeforeValue", "AfterValue", "AttributeChangeType", "Drift", "BeforeValueFrom")
ATTRIBUTES: Final = (
    "Properties",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
    "DeletionPolicy",
    "UpdateReplacePolicy",
)
AUTOMATIC: Final = {"Evaluation": "Dynamic", "ChangeSource": "Automatic"}
DIRECT: Final = {"Evaluation": "Static", "ChangeSource": "DirectModification"}
Resource = Mapping[str, Any]
Difference = tuple[tuple[str, ...], Any, Any]


class Comparison:
    """Compares stacks with templates, down the tree; `templates` gives a template's bytes by its URL."""

    def __init__(self, world: World, templates: Callable[[str], bytes], knobs: Knobs) -> None:
        self.world = world
        self.templates = templates
        self.knobs = knobs

    def change_set(
        self, stack: FakeStack, new: Template, request: Mapping[str, Any], parameters: dict[str, str]
    ) -> FakeChangeSet:
        """The change set of a stack and, on its changes, those nested in it."""
        arn = self.world.arn("changeSet", request["ChangeSetName"])
        made = FakeChangeSet(
            id=arn,
            name=arn.split("/")[1],
            stack_id=stack.id,
            template=new,
            parameters=_defaults(new) | parameters,
            changes=[],
            status="CREATE_COMPLETE",
            reason="",
            execution="AVAILABLE",
            created=self.world.clock.time(),
            request=request,
        )
        made.reason = _unfit(new, parameters)
        made.changes = [] if made.reason else list(self._changes(stack, made))
        if not made.changes and not made.reason:
            made.reason = NO_CHANGES
        if made.reason:
            made.status, made.execution = "FAILED", "UNAVAILABLE"
        self.world.change_sets[made.id] = made
        return made

    def _changes(self, stack: FakeStack, made: FakeChangeSet) -> Iterator[dict[str, Any]]:
        old, new = stack.template["Resources"], made.template["Resources"]
        changing: set[str] = set()
        for logical_id in _in_order(new):
            resource = new[logical_id]
            if resource["Type"] == NESTED_STACK:
                change = self._nested(stack, made, logical_id, changing)
            else:
                change = self._plain(stack, made, logical_id)
            if change is not None:
                changing.add(logical_id)
                yield change
        for logical_id in sorted(old.keys() - new.keys()):
            resource = old[logical_id]
            policy = resource.get("DeletionPolicy", "Delete").removesuffix("ExceptOnCreate")
            known = stack.resources.get(logical_id)
            yield {
                "Action": "Remove",
                "PolicyAction": policy,
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": known.physical_id if known else "",
                "ResourceType": resource["Type"],
                "BeforeContext": _context(_resolved(resource, stack.parameters)),
            }

    def _plain(self, stack: FakeStack, made: FakeChangeSet, logical_id: str) -> dict[str, Any] | None:
        resource = made.template["Resources"][logical_id]
        before = stack.template["Resources"].get(logical_id)
        after = _resolved(resource, made.parameters)
        common = {"LogicalResourceId": logical_id, "ResourceType": resource["Type"], "AfterContext": _context(after)}
        if before is None:
            return {"Action": "Add", **common}
        was = _resolved(before, stack.parameters)
        details = [one for difference in _differences(was, after) for one in self._details(resource, *difference)]
        if made.request.get("Tags", []) != stack.tags:
            details.append({"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}, **DIRECT})
        if not details:
            return None
        return {
            "Action": "Modify",
            **common,
            "PhysicalResourceId": stack.resources[logical_id].physical_id,
            "BeforeContext": _context(was),
            "Details": details,
            "Scope": list(dict.fromkeys(detail["Target"]["Attribute"] for detail in details)),
            **_replacement(resource, details),
        }

    def _details(self, resource: Resource, path: tuple[str, ...], before: Any, after: Any) -> Iterator[dict[str, Any]]:
        attribute, *names = path
        target: dict[str, Any] = {"Attribute": attribute, "RequiresRecreation": "Never", "Path": f"/{'/'.join(path)}"}
        if names:
            target["Name"] = names[0]
        if attribute == "Properties" and (resource["Type"], names[0]) in self.knobs.recreates:
            target["RequiresRecreation"] = "Always"
        target["AttributeChangeType"] = "Add" if before is None else "Remove" if after is None else "Modify"
        told = {"BeforeValue": before, "AfterValue": after}
        target |= {name: _text(value) for name, value in told.items() if value is not None}
        for cause in _causes(resource, path):
            yield {"Target": target, **cause}

    def _nested(
        self, stack: FakeStack, made: FakeChangeSet, logical_id: str, changing: set[str]
    ) -> dict[str, Any] | None:
        """A nested stack is listed where something in it changes, or where it takes what another one passes anew."""
        resource = made.template["Resources"][logical_id]
        properties = resource["Properties"]
        is_new = logical_id not in stack.resources
        child = self._child(stack, logical_id)
        body = json.loads(self.templates(properties["TemplateURL"]))
        given = properties.get("Parameters", {})
        passed = {name: self._passed(stack, made, value, changing) for name, value in given.items()}
        inner = self.change_set(child, body, made.request, passed)
        inner.parent, inner.root = made.id, made.root or made.id
        made.nested[logical_id] = inner.id
        if inner.reason not in {"", NO_CHANGES}:
            made.reason = f"Nested change set {inner.id} was not successfully created: Currently in FAILED."
        elif not inner.changes and not is_new and not self._lists_all(made):
            return None
        details = [] if is_new else list(_passing(given, child.parameters, passed))
        automatic = {"Target": {"Attribute": "Properties", "RequiresRecreation": "Never"}} | AUTOMATIC
        return {
            "Action": "Add" if is_new else "Modify",
            "LogicalResourceId": logical_id,
            "ResourceType": NESTED_STACK,
            "ChangeSetId": inner.id,
            **({} if is_new else {"PhysicalResourceId": child.id, "Replacement": "False", "Scope": ["Properties"]}),
            **({} if is_new else {"Details": [*details, automatic]}),
        }

    def _lists_all(self, made: FakeChangeSet) -> bool:
        return self.knobs.always_listed or "DeploymentMode" in made.request

    def _child(self, parent: FakeStack, logical_id: str) -> FakeStack:
        known = parent.resources.get(logical_id)
        if known is not None and known.physical_id in self.world.stacks:
            return self.world.stacks[known.physical_id]
        name = f"{parent.name}-{logical_id}-{next(self.world.ids)}"
        return self.world.new_stack(name, parent, logical_id)

    def _passed(self, stack: FakeStack, made: FakeChangeSet, value: Any, changing: set[str]) -> str:
        """CloudFormation doesn't know what a sibling that changes will say, even if it stays the same."""
        source = value.get("Fn::GetAtt", [""])[0] if isinstance(value, dict) else ""
        if source in changing:
            return LATER
        try:
            return self.world.value(replace(stack, parameters=made.parameters), value)
        except KeyError:
            return LATER


def without_values(change: dict[str, Any]) -> dict[str, Any]:
    """The change as it is told where IncludePropertyValues wasn't asked for."""
    bare = {key: value for key, value in change.items() if not key.endswith("Context")}
    details = change.get("Details")
    if details is not None:
        bare["Details"] = [
            {**one, "Target": {key: value for key, value in one["Target"].items() if key not in VALUES}}
            for one in details
        ]
    return bare


def _in_order(resources: Mapping[str, Resource]) -> list[str]:
    """As in the template, but what is passed by another comes after it."""
    order: dict[str, None] = {}

    def visit(logical_id: str) -> None:
        for value in resources[logical_id].get("Properties", {}).get("Parameters", {}).values():
            source = value.get("Fn::GetAtt", [""])[0] if isinstance(value, dict) else ""
            if source in resources and source != logical_id and source not in order:
                visit(source)
        order.setdefault(logical_id)

    for logical_id in resources:
        visit(logical_id)
    return list(order)


def _unfit(template: Template, given: Mapping[str, str]) -> str:
    """Why a template can't take the parameters that it is given."""
    declared = template.get("Parameters", {})
    missing = sorted(name for name, one in declared.items() if "Default" not in one and name not in given)
    if missing:
        return f"Parameters: [{', '.join(missing)}] must have values"
    unknown = sorted(given.keys() - declared.keys())
    return f"Parameters: [{', '.join(unknown)}] do not exist in the template" if unknown else ""


def _defaults(template: Template) -> dict[str, str]:
    declared = template.get("Parameters", {}).items()
    return {name: str(one["Default"]) for name, one in declared if "Default" in one}


def _resolved(value: Any, parameters: Mapping[str, str]) -> Any:
    """With the values of parameters in the place of their names."""
    if isinstance(value, dict):
        known = PSEUDO | dict(parameters)
        if set(value) == {"Ref"} and value["Ref"] in known:
            return known[value["Ref"]]
        return {key: _resolved(one, parameters) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, parameters) for one in value]
    return value


def _differences(before: Resource, after: Resource) -> Iterator[Difference]:
    """The paths at which two resources differ, as deep into their properties as they go."""
    for attribute in ATTRIBUTES:
        old, new = before.get(attribute), after.get(attribute)
        if attribute == "Properties":
            yield from _deeper(old or {}, new or {}, (attribute,))
        elif old != new:
            yield (attribute,), old, new


def _deeper(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Difference]:
    if isinstance(before, list) and isinstance(after, list):
        before, after = ({str(number): one for number, one in enumerate(value)} for value in (before, after))
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from _deeper(before.get(name), after.get(name), (*path, name))
    elif before != after:
        yield path, before, after


def _causes(resource: Resource, path: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """Where the template takes the property from a parameter there are two.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets-samples.html
    """
    value: Any = resource
    for name in path:
        value = value[int(name)] if isinstance(value, list) and int(name) < len(value) else value
        value = value.get(name) if isinstance(value, dict) else value
    if isinstance(value, dict) and set(value) == {"Ref"} and value["Ref"] not in PSEUDO:
        yield {**DIRECT, "Evaluation": "Dynamic"}
        yield {"Evaluation": "Static", "ChangeSource": "ParameterReference", "CausingEntity": value["Ref"]}
    else:
        yield DIRECT


def _passing(given: Mapping[str, Any], before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The parameters of a nested stack that are passed anew."""
    for name, value in given.items():
        if before.get(name) == after[name]:
            continue
        target = {
            "Attribute": "Properties",
            "Name": "Parameters",
            "RequiresRecreation": "Never",
            "Path": f"/Properties/Parameters/{name}",
            "AttributeChangeType": "Modify" if name in before else "Add",
            "AfterValue": after[name],
            **({"BeforeValue": before[name]} if name in before else {}),
        }
        source = value.get("Fn::GetAtt") if isinstance(value, dict) else None
        if source:
            how = {"ChangeSource": "ResourceAttribute", "CausingEntity": ".".join(source)}
        else:
            how = {"ChangeSource": "DirectModification"}
        yield {"Target": target, "Evaluation": "Dynamic" if source else "Static", **how}


def _replacement(resource: Resource, details: list[dict[str, Any]]) -> dict[str, str]:
    """`Metadata.Replacement` of the template has the last word."""
    always = any(detail["Target"]["RequiresRecreation"] == "Always" for detail in details)
    told = resource.get("Metadata", {}).get("Replacement", "True" if always else "False")
    policy = resource.get("UpdateReplacePolicy", "Delete")
    return {"Replacement": told, **({} if told == "False" else {"PolicyAction": f"ReplaceAnd{policy}"})}


def _context(resource: Resource) -> str:
    return json.dumps({key: value for key, value in resource.items() if key != "Type"}, separators=(",", ":"))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
