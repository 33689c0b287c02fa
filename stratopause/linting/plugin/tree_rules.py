"""What `cfn-lint --append-rules stratopause/linting/plugin` loads: the rules of a clone that isn't installed.

Where the package is installed beside cfn-lint, `--append-rules stratopause.linting.adapter` does the same.
"""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = str(Path(__file__).resolve().parents[3])
if _ROOT not in sys.path:
    sys.path.append(_ROOT)

from stratopause.linting.adapter import RULES  # noqa: E402 - cfn-lint loads this file by itself, from anywhere

globals().update(RULES)
