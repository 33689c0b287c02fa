"""What is put off is there as soon as somebody uses it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

PROGRAM = """
import sys
from stratopause.rendering.lean import be_lean

be_lean()
import inspect
import typing_extensions

assert inspect.getmro(bool) == (bool, int, object)
assert "dis" not in sys.modules, "getmro is known without it"
assert inspect.signature(lambda a: a).parameters["a"].name == "a"
assert "dis" in sys.modules
assert inspect.getsource is sys.modules["inspect"].getsource
assert typing_extensions.override is sys.modules["typing_extensions"].override
assert hasattr(inspect, "isclass") and not hasattr(inspect, "nothing_of_the_kind")
import platform, uuid
assert uuid.uuid4() and platform.python_version()
from troposphere import Template
from troposphere.serverless import SERVERLESS_TRANSFORM, Globals
template = Template()
template.set_transform(SERVERLESS_TRANSFORM)
template.set_globals(Globals())
assert template.to_dict()["Transform"] == SERVERLESS_TRANSFORM
assert "Transform: " in template.to_yaml()
import msgspec
assert msgspec.inspect.type_info(int) and msgspec.json.schema(int) == {"type": "integer"}
"""


def test_what_is_put_off_is_whole_when_it_is_used() -> None:
    # Coverage loads some of it by itself.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0
