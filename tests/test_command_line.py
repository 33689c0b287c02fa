"""The command line as its user meets it: what it loads, prints and exits with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import build as build_py
from stratopause import __version__, cli
from stratopause.errors import StratopauseError
from stratopause.exit_codes import INTERNAL_ERROR, INTERRUPTED

ROOT = Path(__file__).parents[1]

LOADED = """
import atexit, sys, runpy

@atexit.register
def tell():
    # What only stands for a module until it is used has no specification.
    real = (name for name, module in sys.modules.items() if getattr(module, "__spec__", None))
    print("LOADED", *real)

sys.argv = ["build.py", *sys.argv[1:]]
runpy.run_path("build.py", run_name="__main__")
"""


def build(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "build.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def loaded(*arguments: str) -> set[str]:
    """The top-level modules that a command imports."""
    return {name.split(".")[0] for name in modules_of(*arguments)}


def modules_of(*arguments: str) -> set[str]:
    """All the modules that a command imports, itself: measuring coverage imports some, too."""
    program = [sys.executable, "-c", LOADED, *arguments]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=120)
    return set(done.stdout.rpartition("LOADED")[2].split())


def test_help_imports_nothing_heavy() -> None:
    heavy = {"awacs", "boto3", "botocore", "cfnlint", "dataclasses", "msgspec", "ministack", "rich", "tomllib", "yaml"}
    assert not loaded("--help") & (heavy | {"troposphere"})


def test_deploying_imports_what_changes_a_stack_only_when_something_changes() -> None:
    changing = (
        "proposal",
        "proposing",
        "execute",
        "follow",
        "deciding",
        "resuming",
        "preflight.examine",
        "review.judgement",
    )
    program = "import sys; import stratopause.commands.deployment; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    imported = set(done.stdout.split())
    assert "stratopause.commands.deployment" in imported
    assert not imported & {f"stratopause.deployer.{name}" for name in changing}
    assert all((ROOT / "stratopause" / "deployer" / f"{name.replace('.', '/')}.py").is_file() for name in changing)


def test_rendering_imports_neither_boto3_nor_cfn_lint(tmp_path: Path) -> None:
    modules = loaded("render", "production", "--force", "--out", str(tmp_path))
    assert not modules & {"boto3", "botocore", "cfnlint", "rich", "yaml", "asyncio"}
    # What msgspec, awacs and troposphere load and a render doesn't use.
    assert not modules & {
        "cfn_flip",
        "dataclasses",
        "inspect",
        "pathlib",
        "platform",
        "shutil",
        "textwrap",
        "typing_extensions",
    }
    assert {"msgspec", "troposphere"} <= modules


def test_a_render_in_which_nothing_changed_imports_neither_schema_nor_stacks(tmp_path: Path) -> None:
    build("render", "production", "--out", str(tmp_path))
    modules = loaded("render", "production", "--out", str(tmp_path))
    assert not modules & {"awacs", "msgspec", "tomllib", "troposphere", "boto3", "cfnlint"}


def test_all_of_ours_that_a_render_loads_is_looked_at_for_changes(tmp_path: Path) -> None:
    (job,) = build_py.jobs(build_py.parser().parse_args(["render", "production"]))
    watched = {source.replace(os.sep, ".") for source in job.workspace.sources}
    ours = {name for name in modules_of("render", "production", "--force", "--out", str(tmp_path)) if is_ours(name)}
    unwatched = {name for name in ours if not any(f"{name}.".startswith(f"{source}.") for source in watched)}
    # These say how a command ends, and nothing of what it renders.
    assert unwatched == {"stratopause", "stratopause.cli", "stratopause.errors", "stratopause.exit_codes"}


def is_ours(module: str) -> bool:
    return module.partition(".")[0] in {"stacks", "policies", "stratopause"}


def test_the_version_is_told() -> None:
    assert build("--version").stdout == f"stratopause {__version__}\n"


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion_knows_the_commands(shell: str) -> None:
    script = build("completion", shell).stdout
    assert "render" in script
    assert "--suffix" in script


def test_an_unknown_environment_is_one_line_and_a_next_step() -> None:
    done = build("render", "prodution")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: no environment 'prodution' in environments\n"
        '  next: did you mean "production"? there are: dev, local, production, staging\n'
    )


@pytest.mark.parametrize("arguments", [["render", "../dev"], ["render", "dev", "--suffix", "../x"], ["render", ""]])
def test_a_name_that_leads_elsewhere_is_refused(arguments: list[str], tmp_path: Path) -> None:
    done = build(*arguments, "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_output_directory_that_cant_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = build("render", "dev", "--out", str(tmp_path / "file"))
    assert done.returncode == 1
    assert "can't write templates to" in done.stderr
    assert "next: " in done.stderr


def test_templates_on_disk_that_differ_fail_the_check(tmp_path: Path) -> None:
    build("render", "dev", "--out", str(tmp_path))
    assert build("render", "dev", "--check", "--out", str(tmp_path)).returncode == 0
    keys = tmp_path / "dev" / "keys.json"
    keys.write_text(keys.read_text().replace("Patient data", "Patient date"))
    done = build("render", "dev", "--check", "--out", str(tmp_path))
    assert done.returncode == 1
    assert any(line.startswith("-") and "Patient date" in line for line in done.stdout.splitlines())
    assert "error: not what the code renders: dev\n  next: python build.py render dev\n" in done.stderr
    assert "Patient date" in keys.read_text()


def test_what_is_to_be_rendered_again_is_told_with_its_suffix_and_format(tmp_path: Path) -> None:
    done = build("render", "dev", "--suffix", "pr-1", "--format", "yaml", "--check", "--out", str(tmp_path))
    assert done.stderr.endswith("dev-pr-1\n  next: python build.py render dev --suffix pr-1 --format yaml\n")


def test_the_committed_templates_are_what_the_code_renders() -> None:
    done = build("render", "--check")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout


def test_two_copies_share_no_name(tmp_path: Path) -> None:
    for suffix in ("pr-1", "pr-2"):
        assert build("render", "dev", "--suffix", suffix, "--out", str(tmp_path)).returncode == 0
    first, second = ((tmp_path / f"dev-{suffix}" / "keys.json").read_text() for suffix in ("pr-1", "pr-2"))
    assert "-dev-pr-1" in first
    assert first != second
    assert first.replace("pr-1", "pr-2") == second


def test_an_expected_error_is_told_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise StratopauseError("the disk is full", "make room")

    assert cli.run(fail) == 1
    assert capsys.readouterr().err == "error: the disk is full\n  next: make room\n"


def test_verbose_shows_the_traceback_of_an_expected_error(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise StratopauseError("the disk is full")

    assert cli.run(fail, verbose=True) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_mistake_of_ours_is_one_line_unless_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise ZeroDivisionError("by zero")

    assert cli.run(fail) == INTERNAL_ERROR
    assert "internal error: ZeroDivisionError: by zero\n  next: run it again with --verbose" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError):
        cli.run(fail, verbose=True)


def test_an_interruption_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise KeyboardInterrupt

    assert cli.run(fail) == INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_a_job_that_is_ended_leaves_nothing_behind(tmp_path: Path, ending: signal.Signals) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [
        sys.executable,
        "build.py",
        "lint",
        "staging",
        "--suffix",
        f"e{os.getpid()}-{ending.value}",
        "--out",
        str(tmp_path / "out"),
    ]
    with subprocess.Popen(
        command, cwd=ROOT, env={**environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True
    ) as running:
        for _ in range(400):
            if [*tmp_path.glob("stratopause-*/*/*")]:
                break
            time.sleep(0.02)
        running.send_signal(ending)
        _, told = running.communicate(timeout=60)
    assert (running.returncode, told) == (INTERRUPTED, "interrupted\n")
    assert not [*tmp_path.iterdir()]


def test_a_working_directory_that_was_deleted_is_told(tmp_path: Path) -> None:
    program = f"{ROOT / 'build.py'} lint production"
    done = subprocess.run(
        f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} {program}",
        shell=True, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    told = "error: the working directory was deleted\n  next: change to one that is there\n"
    assert (done.returncode, done.stderr.splitlines(keepends=True)[-2:]) == (1, told.splitlines(keepends=True))


def test_a_reader_that_leaves_early_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} build.py graph production | head -1; exit ${{PIPESTATUS[0]}}",
        shell=True, executable="/bin/bash", cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_lint_says_that_an_environment_is_clean_on_stderr() -> None:
    done = build("lint", "production")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "templates_out/production: 15 templates, clean\n"


def test_lint_of_templates_from_elsewhere_exits_as_cfn_lint_does(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text(
        '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Nam": 1}}}}'
    )
    done = build("lint", "--templates", str(tmp_path))
    assert done.returncode & 2
    assert "E3002 " in done.stdout
    assert f"{tmp_path}/bad.json:1:" in done.stdout
    assert done.stderr.startswith(f"{tmp_path}: 1 template, ")
    assert "no such file or directory" in build("lint", "--templates", str(tmp_path / "gone")).stderr


@pytest.mark.emulator
def test_the_emulator_is_started_found_and_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from stratopause.commands import emulation

    assert emulation.status(tmp_path) == 1
    assert "the emulator isn't running\n  next: python build.py emulator start" in capsys.readouterr().err
    assert emulation.start(tmp_path) == 0
    endpoint = capsys.readouterr().out.strip()
    assert endpoint.startswith("http://127.0.0.1:")
    assert emulation.status(tmp_path) == 0
    assert capsys.readouterr().out.startswith(f"{endpoint} (process ")
    assert emulation.stop(tmp_path) == 0
    assert emulation.stop(tmp_path) == 0
    assert emulation.status(tmp_path) == 1


def test_linting_imports_no_library_where_nothing_changed() -> None:
    build("render", "production")
    build("lint", "production")
    modules = loaded("lint", "production")
    assert not modules & {
        "boto3",
        "cfnlint",
        "dataclasses",
        "msgspec",
        "pathlib",
        "rich",
        "tomllib",
        "troposphere",
        "yaml",
    }
    ours = {name for name in modules_of("lint", "production") if is_ours(name)}
    assert not [
        name for name in ours if name.startswith(("stratopause.rules", "stratopause.tree", "stacks", "policies"))
    ]
