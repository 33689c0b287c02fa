"""Templates as bytes: the same each time, within limits, written whole or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Annotated, Any

import pytest
from cfn_flip import to_json
from hypothesis import given, settings
from hypothesis import strategies as st
from troposphere import sns

from stratopause.environments.schema import Environment
from stratopause.rendering import command, limits, stamp, store
from stratopause.rendering.errors import CannotWrite, LimitExceeded
from stratopause.rendering.templates import render
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import ParentStack, Stack
from stratopause.wiring.values import TopicArn

ENVIRONMENTS = str(Path(__file__).parents[3] / "environments")


class Outputs(Record, frozen=True, kw_only=True):
    topic_arn: Annotated[TopicArn, "Where alarms go"]


class Topics(Stack[Nothing, Outputs]):
    description = "Topics."

    def resources(self, given: Nothing) -> Outputs:
        return Outputs(topic_arn=TopicArn.of(self.add(sns.Topic("Topic", DisplayName="Ärzte"))))


class Root(ParentStack[Outputs]):
    description = "All of it."

    def resources(self, given: Nothing) -> Outputs:
        return self.nest("Topics", Topics(), Nothing())


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render(Root({"b": "2", "a": "1"})) == render(Root({"a": "1", "b": "2"}))


def test_json_is_sorted_and_ends_in_a_newline() -> None:
    for body in render(Root({})).values():
        assert body.endswith(b"}\n")
        template = json.loads(body)
        assert list(template) == sorted(template)
        assert json.dumps(template, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n" == body


def test_yaml_says_the_same_as_json() -> None:
    as_yaml, as_json = render(Root({}), "yaml"), render(Root({}))
    assert sorted(as_yaml) == ["root.yaml", "topics.yaml"]
    for name, body in as_json.items():
        expected = json.loads(body.replace(b"topics.json", b"topics.yaml"))
        text = as_yaml[name.replace(".json", ".yaml")]
        assert json.loads(to_json(text.decode())) == expected
        assert text.endswith(b"\n")


@pytest.mark.parametrize(
    ("template", "size", "what"),
    [
        ({"Resources": {f"R{n}": {} for n in range(501)}}, 1, "501 Resources, CloudFormation takes 500"),
        ({"Parameters": {f"P{n}": {} for n in range(201)}}, 1, "201 Parameters, CloudFormation takes 200"),
        ({"Outputs": {f"O{n}": {} for n in range(201)}}, 1, "201 Outputs, CloudFormation takes 200"),
        ({"Description": "ä" * 513}, 1, "Description of 1026 bytes, CloudFormation takes 1024"),
        ({"Outputs": {"Arn": {"Description": "x" * 1025}}}, 1, "Description of Arn of 1025 bytes"),
        ({"Parameters": {"Arn": {"Description": "x" * 4001}}}, 1, "Description of Arn of 4001 bytes"),
        ({"Resources": {"R" * 256: {}}}, 1, "logical id of 256 bytes, CloudFormation takes 255"),
        ({}, 1_048_577, "1,048,577 bytes, CloudFormation takes 1,048,576"),
    ],
)
def test_a_template_over_a_limit_is_refused_by_name(template: dict[str, Any], size: int, what: str) -> None:
    with pytest.raises(LimitExceeded, match=r"^keys\.json: ") as refused:
        limits.check("keys.json", template, b"x" * size)
    assert what in refused.value.message


def test_a_template_at_every_limit_passes() -> None:
    template = {
        "Description": "x" * 1024,
        "Resources": {f"R{n}": {} for n in range(500)},
        "Parameters": {f"P{n}": {"Description": "x" * 4000} for n in range(200)},
        "Outputs": {f"O{n}": {} for n in range(200)},
    }
    limits.check("keys.json", template, b"x" * 1_048_576)


def test_a_directory_holds_exactly_what_was_rendered(tmp_path: Path) -> None:
    directory = tmp_path / "out" / "dev"
    store.write({"a.json": b"1", "b.json": b"2"}, directory)
    (directory / "notes.txt").write_text("mine")
    store.write({"a.json": b"3"}, directory)
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {"a.json": b"3", "notes.txt": b"mine"}
    assert [path.name for path in directory.parent.iterdir()] == ["dev"]


def test_a_template_that_is_there_already_stays_untouched(tmp_path: Path) -> None:
    store.write({"a.json": b"1", "b.json": b"2"}, tmp_path)
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    store.write({"a.json": b"1", "b.json": b"3"}, tmp_path)
    after = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    assert (tmp_path / "b.json").read_bytes() == b"3"
    assert {name for name in before if before[name] != after[name]} == {"b.json"}


def test_a_write_that_fails_leaves_the_old_files_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = tmp_path / "dev"
    store.write({"a.json": b"1", "b.json": b"2"}, directory)

    def full(path: str, mode: str) -> IO[Any]:
        if path.endswith("b.json") and mode == "wb":
            raise OSError(28, "No space left on device")
        return Path(path).open(mode)

    monkeypatch.setattr(store, "open", full, raising=False)
    with pytest.raises(CannotWrite, match="No space left on device") as refused:
        store.write({"a.json": b"3", "b.json": b"4"}, directory)
    assert refused.value.next_step
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {"a.json": b"1", "b.json": b"2"}
    assert [path.name for path in tmp_path.iterdir()] == ["dev"]


def test_a_file_where_the_directory_should_be_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(CannotWrite, match=r"can't write templates to .*out/dev: Not a directory"):
        store.write({"a.json": b"1"}, tmp_path / "out" / "dev")


def test_differences_are_a_unified_diff(tmp_path: Path) -> None:
    store.write({"a.json": b"1\n2\n", "gone.json": b"x\n", "same.json": b"s\n"}, tmp_path)
    lines = list(store.differences({"a.json": b"1\n3\n", "new.json": b"n\n", "same.json": b"s\n"}, tmp_path))
    changed = [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]
    assert changed == ["-2", "+3", "-x", "+n"]
    assert not list(store.differences({"a.json": b"1\n2\n", "gone.json": b"x\n", "same.json": b"s\n"}, tmp_path))


@pytest.fixture
def stamped(tmp_path: Path) -> tuple[Path, Path, str, Path]:
    source, directory, mark = tmp_path / "code", tmp_path / "out", tmp_path / "cache" / "dev.json"
    source.mkdir()
    (source / "a.py").write_text("A = 1")
    inputs = stamp.inputs([source], "dev")
    store.write({"a.json": b"1"}, directory)
    stamp.remember(mark, inputs, {"a.json": b"1"})
    return mark, directory, inputs, source


def test_nothing_changed_is_seen(stamped: tuple[Path, Path, str, Path]) -> None:
    mark, directory, inputs, source = stamped
    assert stamp.holds(mark, stamp.inputs([source], "dev"), directory)
    assert stamp.inputs([source], "dev") == inputs


CHANGES: dict[str, Callable[[Path, Path, Path], object]] = {
    "edited": lambda source, directory, mark: (source / "a.py").write_text("A = 2"),
    "added": lambda source, directory, mark: (source / "b.py").write_text(""),
    "renamed": lambda source, directory, mark: (source / "a.py").rename(source / "c.py"),
    "output edited": lambda source, directory, mark: (directory / "a.json").write_text("2"),
    "output added": lambda source, directory, mark: (directory / "b.json").write_text("2"),
    "output gone": lambda source, directory, mark: (directory / "a.json").unlink(),
    "stamp of another shape": lambda source, directory, mark: mark.write_text("[]"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_seen(stamped: tuple[Path, Path, str, Path], change: str) -> None:
    mark, directory, _, source = stamped
    CHANGES[change](source, directory, mark)
    assert not stamp.holds(mark, stamp.inputs([source], "dev"), directory)


def test_what_is_held_is_given_with_its_content(stamped: tuple[Path, Path, str, Path]) -> None:
    mark, directory, inputs, _ = stamped
    assert stamp.held(mark, inputs, directory) == {"a.json": b"1"}
    (directory / "a.json").write_bytes(b"2")
    assert stamp.held(mark, inputs, directory) is None


def test_templates_come_from_disk_only_while_they_are_what_would_be_rendered(tmp_path: Path) -> None:
    workspace = command.Workspace(ENVIRONMENTS, str(tmp_path / "out"), str(tmp_path / "cache"), ())
    job = command.Job("dev", None, workspace)
    rendered = command.templates(job, _topics)
    assert not (tmp_path / "out").exists()
    command.render(job, _topics)
    assert command.templates(job, _refuses_to_build) == rendered
    next((tmp_path / "out" / "dev").iterdir()).write_bytes(b"{}")
    assert command.templates(job, _topics) == rendered


def _topics(environment: Environment) -> Root:
    return Root({})


def _refuses_to_build(environment: Environment) -> Root:
    raise AssertionError("it was rendered again")


def test_another_setting_is_a_change(stamped: tuple[Path, Path, str, Path]) -> None:
    mark, directory, _, source = stamped
    assert not stamp.holds(mark, stamp.inputs([source], "staging"), directory)


@given(junk=st.binary(max_size=200))
@settings(max_examples=50)
def test_a_foreign_stamp_is_never_believed(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("out")
    (directory / "stamp").write_bytes(junk)
    assert not stamp.holds(directory / "stamp", "inputs", directory)


def test_compiled_files_are_no_input(stamped: tuple[Path, Path, str, Path]) -> None:
    _, _, inputs, source = stamped
    (source / "__pycache__").mkdir()
    (source / "__pycache__" / "a.py").write_text("")
    assert stamp.inputs([source], "dev") == inputs


def test_a_place_that_cant_be_written_costs_only_the_shortcut(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    stamp.remember(tmp_path / "cache" / "dev.json", "inputs", {})
    assert stat.S_ISREG((tmp_path / "cache").stat().st_mode)
