from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from stratopause.deployer import canonical, planfile, signing
from stratopause.deployer.errors import AlteredPlan, UnsignedPlan
from stratopause.deployer.planfile import Signature, SignedPlan
from tests.stratopause.deployer.plans import KEY, PLAN, FakeSignatures

OTHER = KEY.replace("key/1", "key/2")


def signed(signature: Signature | None) -> SignedPlan:
    return SignedPlan(plan=PLAN, digest=planfile.digest(PLAN), signature=signature)


def test_what_is_signed_is_the_sha_256_of_the_plan_as_canonical_json() -> None:
    _, expected = FakeSignatures().sign(KEY, hashlib.sha256(canonical.encoded(PLAN)).digest())
    signature = signing.sign(FakeSignatures(), KEY, PLAN)
    assert signature == Signature(key=KEY, algorithm="ECDSA_SHA_256", value=expected)
    signing.verify(FakeSignatures(), KEY, signed(signature))


def test_a_plan_without_a_signature_or_with_that_of_another_key_is_unsigned() -> None:
    with pytest.raises(UnsignedPlan, match="the plan isn't signed") as refused:
        signing.verify(FakeSignatures(), KEY, signed(None))
    assert (refused.value.exit_code, refused.value.next_step) == (3, planfile.PLAN_AGAIN)
    with pytest.raises(UnsignedPlan, match=r"is signed by .*, not by"):
        signing.verify(FakeSignatures(), KEY, signed(signing.sign(FakeSignatures(), OTHER, PLAN)))


def test_a_signature_that_only_names_the_right_key_is_refused() -> None:
    forged = replace(signing.sign(FakeSignatures(), OTHER, PLAN), key=KEY)
    with pytest.raises(AlteredPlan) as refused:
        signing.verify(FakeSignatures(), KEY, signed(forged))
    assert refused.value.exit_code == 7


def test_the_digest_is_taken_from_the_plan_not_from_the_file() -> None:
    altered = replace(PLAN, losses=())
    claimed = SignedPlan(
        plan=altered, digest=planfile.digest(PLAN), signature=signing.sign(FakeSignatures(), KEY, PLAN)
    )
    with pytest.raises(AlteredPlan):
        signing.verify(FakeSignatures(), KEY, claimed)
