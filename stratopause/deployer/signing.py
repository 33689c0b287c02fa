"""Plans signed by the environment's KMS key, so that what is applied is what was planned, whoever carried the file."""

from __future__ import annotations

from stratopause.deployer import planfile
from stratopause.deployer.errors import AlteredPlan, UnsignedPlan
from stratopause.deployer.planfile import PLAN_AGAIN, PlanFile, Signature, SignedPlan
from stratopause.deployer.services import Signatures


def sign(signatures: Signatures, key: str, plan: PlanFile) -> Signature:
    """Sign the plan's digest with the KMS key of the ARN `key`."""
    algorithm, value = signatures.sign(key, bytes.fromhex(planfile.digest(plan)))
    return Signature(key=key, algorithm=algorithm, value=value)


def verify(signatures: Signatures, key: str, signed: SignedPlan) -> None:
    """Hold the signature against the key that the environment names, whichever the file names.

    Raises:
        UnsignedPlan: there is none, or it is another key's.
        AlteredPlan: it isn't this plan's.
    """
    signature = signed.signature
    if signature is None:
        raise UnsignedPlan(f"the plan isn't signed; plans here are signed by {key}", PLAN_AGAIN)
    if signature.key != key:
        raise UnsignedPlan(f"the plan is signed by {signature.key}, not by {key}", PLAN_AGAIN)
    if not signatures.verifies(key, signature.algorithm, bytes.fromhex(planfile.digest(signed.plan)), signature.value):
        raise AlteredPlan("the signature isn't that of this plan: one of them was altered", PLAN_AGAIN)
