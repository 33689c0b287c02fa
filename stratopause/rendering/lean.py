"""What makes a command that runs once and exits quick to start."""

from __future__ import annotations

import gc
import importlib.util
import sys


def be_lean() -> None:
    """Call before troposphere is imported: it loads its YAML writer with itself, which few commands need.

    The process is short and its memory small, so cyclic garbage is never worth looking for.
    """
    gc.disable()
    _load_when_used("cfn_flip")


def _load_when_used(name: str) -> None:
    spec = None if name in sys.modules else importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
