from __future__ import annotations

from typing import Any

import pytest

from stratopause.emulator.cloudformation import corrections


def test_a_function_that_ministack_has_no_more_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "_corrections", [])

    @corrections.corrects("_no_such_function")
    def correction(original: Any) -> Any:
        return original

    with pytest.raises(LookupError, match="ministack has no _no_such_function any more"):
        corrections.apply()
