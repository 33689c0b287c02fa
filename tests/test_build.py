"""A module can't be in an import contract, so this one holds build.py to being a list of commands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BUILD = Path(__file__).parents[1] / "build.py"
LONGEST = 10
LOGIC = (
    ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.DictComp
    | ast.GeneratorExp
    | ast.ListComp
    | ast.Match
    | ast.SetComp
    | ast.Try
    | ast.While
)


def mistakes(source: str) -> Iterator[str]:
    for function in ast.parse(source).body:
        if isinstance(function, ast.ClassDef):
            yield f"{function.name} is a class"
        if isinstance(function, ast.FunctionDef):
            yield from (f"{function.name} {mistake}" for mistake in mistakes_of(function))


def mistakes_of(function: ast.FunctionDef) -> Iterator[str]:
    inner = [node for statement in function.body for node in ast.walk(statement)]
    yield from (f"has a {type(node).__name__}" for node in inner if isinstance(node, LOGIC))
    if describes_arguments(function):
        return
    for node in inner:
        if isinstance(node, ast.For | ast.If) and not is_simple(node):
            yield f"has a {type(node).__name__} of more than a step"
    if len(statements(inner)) > LONGEST:
        yield f"has {len(statements(inner))} statements"


def is_simple(node: ast.For | ast.If) -> bool:
    return len(node.body) == 1 and not node.orelse and not isinstance(node.body[0], ast.For | ast.If)


def statements(nodes: list[ast.AST]) -> list[ast.AST]:
    return [node for node in nodes if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom)]


def describes_arguments(function: ast.FunctionDef) -> bool:
    """Whether each statement adds to a parser: such a function is as long as the help that it describes."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    adding = {"add_argument", "add_parser", "set_defaults", "add_subparsers"}
    return any(isinstance(call.func, ast.Attribute) and call.func.attr in adding for call in calls)


def test_the_command_line_has_no_logic() -> None:
    assert list(mistakes(BUILD.read_text())) == []


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ("return [name for name in names]", "has a ListComp"),
        ("while True: pass", "has a While"),
        ("try: go()\n    except OSError: pass", "has a Try"),
        ("for name in names:\n        a(name)\n        b(name)", "has a For of more than a step"),
        ("if a:\n        b()\n    else:\n        c()", "has a If of more than a step"),
        ("\n    ".join(["step()"] * (LONGEST + 1)), f"has {LONGEST + 1} statements"),
    ],
)
def test_logic_in_a_command_is_found(body: str, mistake: str) -> None:
    assert list(mistakes(f"def render(names):\n    {body}\n")) == [f"render {mistake}"]
