from __future__ import annotations

import pytest

from stratopause import exit_codes
from stratopause.deployer.errors import PreflightFailed
from stratopause.deployer.preflight.findings import failed, passed, refuse_failed, unanswered, warning


def test_a_finding_is_told_as_data() -> None:
    assert failed("bad", "mend it", ("Part", "Key")).as_data() == {
        "check": "",
        "state": "failed",
        "message": "bad",
        "next_step": "mend it",
        "place": "Part/Key",
    }
    assert passed("good").as_data()["place"] is None
    assert passed("good").as_data()["next_step"] is None


def test_what_failed_is_refused_with_its_remedy_and_nothing_else_is() -> None:
    refuse_failed([passed("a"), warning("b", "c"), unanswered("d")])
    with pytest.raises(PreflightFailed, match=r"bad$") as one:
        refuse_failed([passed("a"), failed("bad", "mend it")])
    assert (one.value.next_step, one.value.exit_code) == ("mend it", exit_codes.PREFLIGHT_FAILED)
    with pytest.raises(PreflightFailed, match=r"bad \(and 1 more\)"):
        refuse_failed([failed("bad", ""), failed("worse", "")])
