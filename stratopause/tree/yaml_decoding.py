"""YAML as CloudFormation reads it: its short forms (`!Ref`, `!Sub`…) become the long ones.

Apart from `decoding`, since PyYAML takes as long to load as all templates of an environment take to decode.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from stratopause.tree.decoding import MAX_DEPTH, MAX_PARTS, ExcessiveError, UndecodableError

_LONG: Final = {"Ref": "Ref", "Condition": "Condition"}


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Dates stay text, as in CloudFormation, and tags are functions."""


def _function(loader: Any, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if name == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {_LONG.get(name, f"Fn::{name}"): value}


_Loader.add_multi_constructor("!", _function)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
for _tag in ("binary", "omap", "pairs", "set"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _Loader.construct_undefined)


def decode(text: str) -> Any:
    """Raises UndecodableError."""
    loader = _Loader(text)
    try:
        _refuse_depth(text)
        node = loader.get_single_node()
        if node is None:
            raise UndecodableError("it is empty")
        _refuse_excess(node)
        return _with_text_keys(loader.construct_document(node))
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        place = f"line {at.line + 1}, column {at.column + 1}: " if at else ""
        raise UndecodableError(f"{place}{error.problem or error.context}") from error
    except RecursionError as error:
        raise ExcessiveError(f"it is nested deeper than {MAX_DEPTH} levels") from error
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise UndecodableError(str(error).splitlines()[0] if str(error) else type(error).__name__) from error
    finally:
        loader.dispose()


def _refuse_depth(text: str) -> None:
    """Event by event: libyaml composes by recursion, and a stack that overflows ends the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ExcessiveError(f"it is nested deeper than {MAX_DEPTH} levels")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse_excess(root: yaml.Node) -> None:
    """Aliases stand for what they name, which may name itself, or others that name others."""
    sizes: dict[int, int] = {}
    open_: set[int] = set()
    todo: list[tuple[yaml.Node, bool]] = [(root, False)]
    while todo:
        node, done = todo.pop()
        parts = _parts(node)
        if done:
            open_.discard(id(node))
            sizes[id(node)] = 1 + sum(sizes[id(part)] for part in parts)
            if sizes[id(node)] > 2 * MAX_PARTS:
                raise ExcessiveError(f"its aliases come to more than {MAX_PARTS:,} parts")
        elif id(node) in open_:
            raise ExcessiveError(f"line {node.start_mark.line + 1}: an alias contains itself")
        elif id(node) not in sizes:
            open_.add(id(node))
            todo.append((node, True))
            todo += [(part, False) for part in parts]


def _parts(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _with_text_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name if isinstance(name, str) else str(name): _with_text_keys(part) for name, part in value.items()}
    return [_with_text_keys(part) for part in value] if isinstance(value, list) else value
