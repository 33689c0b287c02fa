"""Signatures by an asymmetric key that never leaves KMS."""

from __future__ import annotations

from typing import Final

from stratopause.deployer.aws.api import Api
from stratopause.deployer.errors import Refused

ALGORITHMS: Final = ("ECDSA_SHA_256", "RSASSA_PSS_SHA_256", "RSASSA_PKCS1_V1_5_SHA_256")
"""In the order of preference: for a key of curve P-256, then for RSA keys.

https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""


class AwsSignatures:
    """`services.Signatures` in KMS."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def sign(self, key: str, digest: bytes) -> tuple[str, bytes]:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html"""
        offered = self.api.call("kms", "get_public_key", KeyId=key).get("SigningAlgorithms") or []
        algorithm = next((one for one in ALGORITHMS if one in offered), None)
        if algorithm is None:
            raise Refused(
                f"{key} signs by none of {', '.join(ALGORITHMS)}",
                next_step="choose an asymmetric KMS key for SIGN_VERIFY of key spec ECC_NIST_P256 or RSA_3072",
            )
        told = self.api.call("kms", "sign", KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm=algorithm)
        return algorithm, bytes(told["Signature"])

    def verifies(self, key: str, algorithm: str, digest: bytes, signature: bytes) -> bool:
        """https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html"""
        if algorithm not in ALGORITHMS:
            return False
        try:
            told = self.api.call(
                "kms",
                "verify",
                KeyId=key,
                Message=digest,
                MessageType="DIGEST",
                Signature=signature,
                SigningAlgorithm=algorithm,
            )
        except Refused as error:
            if error.code in {"KMSInvalidSignatureException", "InvalidSignatureException"}:
                return False
            raise
        return bool(told["SignatureValid"])
