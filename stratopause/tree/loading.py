"""From the files of a directory to its trees: which template is nested in which, and in which scenarios to look."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stratopause.tree import evaluation
from stratopause.tree.decoding import ExcessiveError, Template, UndecodableError, decode
from stratopause.tree.model import Resource, Scenario, Stack, Tree
from stratopause.tree.nesting import STACK, children, nested_file
from stratopause.tree.text import another

MAX_STACKS: Final = 2_500
"""As many as a root may nest in one operation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""
MAX_SCENARIOS: Final = 16
"""Up to so many ways that conditions can turn out, each combination is looked at."""
MAX_TREES: Final = 32
"""Of one root, else."""


@dataclass
class Forest:
    """All templates of a directory, by their paths in it, and the trees that they make."""

    templates: dict[str, Template] = field(default_factory=dict)
    undecodable: dict[str, str] = field(default_factory=dict)
    """Why a file is no template, by its path."""
    excessive: set[str] = field(default_factory=set)
    """Those of them that nobody should try to decode in another way."""
    trees: list[Tree] = field(default_factory=list)
    """Each root in each scenario, its default one first."""


def load(files: Mapping[str, bytes]) -> Forest:
    """Every template that no other nests is a root; where templates only nest each other in a circle, the first is."""
    forest = decoded(files)
    grow(forest)
    return forest


def decoded(files: Mapping[str, bytes]) -> Forest:
    """Without its trees, and as it is written."""
    forest = Forest()
    for name, content in sorted(files.items()):
        try:
            template = decode(content)
        except UndecodableError as error:
            forest.undecodable[name] = str(error)
            if isinstance(error, ExcessiveError):
                forest.excessive.add(name)
        else:
            if is_template(template):
                forest.templates[name] = template
    return forest


def grow(forest: Forest, part: tuple[int, int] = (0, 1)) -> None:
    """Write loops out, and make the trees; or only one part of them, of so many."""
    for name, template in forest.templates.items():
        forest.templates[name] = transformed(name, template)
    first, step = part
    for root in roots(forest.templates)[first::step]:
        forest.trees += scenarios(forest.templates, root)


def is_template(decoded: Template) -> bool:
    return isinstance(decoded.get("Resources"), dict)


def transformed(name: str, template: Template) -> Template:
    """With loops written out, as cfn-lint does it."""
    declared = template.get("Transform")
    if "AWS::LanguageExtensions" not in (declared if isinstance(declared, list) else [declared]):
        return template
    from stratopause.tree import extensions

    return extensions.written_out(name, template)


def roots(templates: Mapping[str, Template]) -> list[str]:
    """The templates that no other nests."""
    nests = {name: set(children(name, template, templates)) & templates.keys() for name, template in templates.items()}
    nested = {child for name, found in nests.items() for child in found if child != name}
    found = [name for name in templates if name not in nested]
    reached = set(found)
    todo = list(found)
    for name in [*templates]:
        while todo:
            new = nests[todo.pop()] - reached
            reached |= new
            todo += new
        if name not in reached:
            found.append(name)
            reached.add(name)
            todo = [name]
    return sorted(found)


def scenarios(templates: Mapping[str, Template], root: str) -> list[Tree]:
    """The tree as its defaults make it, and as it is where something is otherwise that a condition or a map looks at.

    All combinations where they are few, else each choice by itself, as far as `MAX_TREES`.
    """
    first = build(templates, root, Scenario())
    _note_lookups(first)
    choices: list[list[_Choice]] = []
    for name in sorted(first.depends_on):
        values = _values(first, name)
        if len(values) > 1:
            choices.append([("parameter", name, value) for value in values])
    choices += [[("condition", key, value) for value in (True, False)] for key in sorted(first.undecided)]
    others = _combined(choices)
    first.unseen = max(0, len(others) - MAX_TREES + 1)
    return [first, *(build(templates, root, _scenario(chosen)) for chosen in others[: MAX_TREES - 1])]


_Choice = tuple[str, Any, Any]


def _combined(choices: list[list[_Choice]]) -> list[tuple[_Choice, ...]]:
    """Everything but the defaults."""
    if math.prod(map(len, choices)) <= MAX_SCENARIOS:
        return list(itertools.product(*choices))[1:]
    defaults = [choice[0] for choice in choices]
    return [(*defaults[:at], value, *defaults[at + 1 :]) for at, choice in enumerate(choices) for value in choice[1:]]


def _scenario(chosen: tuple[_Choice, ...]) -> Scenario:
    return Scenario(
        {name: value for kind, name, value in chosen if kind == "parameter"},
        {key: value for kind, key, value in chosen if kind == "condition"},
    )


def _values(tree: Tree, name: str) -> list[str]:
    """What a parameter of the root may be, its default first: what it is compared with, and one value that it isn't."""
    declared = tree.root.section("Parameters")[name]
    declared = declared if isinstance(declared, dict) else {}
    compared = tree.depends_on[name]
    listed = declared.get("AllowedValues")
    allowed = [evaluation.as_text(value) for value in listed] if isinstance(listed, list) else []
    if "Default" not in declared and not allowed:
        return []
    default = evaluation.as_text(declared["Default"]) if "Default" in declared else allowed[0]
    told_apart = [value for value in allowed or sorted(compared) if value in compared and value != default]
    others = [value for value in allowed if value not in compared and value != default] if allowed else [another(name)]
    # The default is such another value where nothing is compared with it.
    return [default, *told_apart, *(others[:1] if default in compared or not told_apart else ())]


def _note_lookups(tree: Tree) -> None:
    """That a map is looked up by a parameter of the root: what stands in it differs as by a condition."""
    for stack in tree.stacks.values():
        maps = stack.section("Mappings")
        todo: list[Any] = [resource.body for resource in stack.resources.values()] if maps else []
        while todo:
            value = todo.pop()
            if isinstance(value, dict):
                looked_up = value.get("Fn::FindInMap")
                if isinstance(looked_up, list) and len(looked_up) > 2:
                    _note_lookup(stack, maps, looked_up)
                todo += value.values()
            elif isinstance(value, list):
                todo += value


def _note_lookup(stack: Stack, maps: Mapping[str, Any], looked_up: list[Any]) -> None:
    found = maps.get(looked_up[0]) if isinstance(looked_up[0], str) else None
    rows = found if isinstance(found, dict) else {}
    columns = {name for row in rows.values() if isinstance(row, dict) for name in row}
    for key, names in ((looked_up[1], rows), (looked_up[2], columns)):
        for name in sorted(names)[:MAX_SCENARIOS]:
            evaluation.note_parameters(stack, key, name)


def build(templates: Mapping[str, Template], root: str, scenario: Scenario) -> Tree:
    tree = Tree(templates, root, scenario)
    todo = [Stack(tree, root, templates[root])]
    tree.stacks[""] = todo[0]
    while todo:
        stack = todo.pop(0)
        _fill(stack)
        for nested in _nest(stack):
            if len(tree.stacks) < MAX_STACKS:
                stack.nested[nested.place.rpartition("/")[2]] = nested
                tree.stacks[nested.place] = nested
                todo.append(nested)
    _pass(tree)
    # How a condition turns out must be known before it is asked which resources there are.
    for stack in tree.stacks.values():
        for name in stack.section("Conditions"):
            evaluation.holds(stack, name)
    _leave_out(tree)
    return tree


def _fill(stack: Stack) -> None:
    for logical_id, body in stack.section("Resources").items():
        if isinstance(body, dict) and isinstance(body.get("Type"), str):
            stack.resources[logical_id] = Resource(stack, logical_id, body)


def _nest(stack: Stack) -> Iterator[Stack]:
    above = {stack.file, *(ancestor.file for ancestor in _ancestors(stack))}
    for logical_id, resource in stack.resources.items():
        properties = resource.body.get("Properties")
        if resource.type != STACK or not isinstance(properties, dict):
            continue
        file = nested_file(stack.file, properties.get("TemplateURL"), stack.tree.files)
        if file is not None and file in stack.tree.files and file not in above:
            place = f"{stack.place}/{logical_id}" if stack.place else logical_id
            yield Stack(stack.tree, file, stack.tree.files[file], place, stack)


def _ancestors(stack: Stack) -> Iterator[Stack]:
    while stack.parent is not None:
        stack = stack.parent
        yield stack


def _pass(tree: Tree) -> None:
    """Bind what parents pass; lazily, since what one passes may be what another gives."""
    for stack in tree.stacks.values():
        for logical_id, nested in stack.nested.items():
            properties = stack.resources[logical_id].body["Properties"]
            passed = properties.get("Parameters")
            nested.given = _Passed(stack, passed if isinstance(passed, dict) else {})


class _Passed(Mapping[str, Any]):
    """What a parent passes, resolved when it is asked for."""

    def __init__(self, parent: Stack, written: Mapping[str, Any]) -> None:
        self.parent = parent
        self.written = written

    def __getitem__(self, name: str) -> Any:
        return evaluation.resolve(self.parent, self.written[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self.written)

    def __len__(self) -> int:
        return len(self.written)


def _leave_out(tree: Tree) -> None:
    """Resources whose condition doesn't hold, and what they nest."""
    for place, stack in [*tree.stacks.items()]:
        if place in tree.stacks:
            gone = [
                name for name, one in stack.resources.items() if not evaluation.holds(stack, one.body.get("Condition"))
            ]
            for logical_id in gone:
                del stack.resources[logical_id]
                if nested := stack.nested.pop(logical_id, None):
                    _forget(tree, nested)
    for stack in tree.stacks.values():
        # What was worked out while all resources were there.
        for name in [name for name in stack.values if not name.startswith("condition ")]:
            del stack.values[name]


def _forget(tree: Tree, nested: Stack) -> None:
    for place in [place for place in tree.stacks if f"{place}/".startswith(f"{nested.place}/")]:
        del tree.stacks[place]
