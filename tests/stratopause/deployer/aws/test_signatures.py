from __future__ import annotations

from collections.abc import Callable

import pytest
from botocore.stub import Stubber

from stratopause.deployer.aws.boto import Aws
from stratopause.deployer.aws.signatures import AwsSignatures
from stratopause.deployer.errors import Refused

KEY = "arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012"
DIGEST = b"d" * 32
SIGNED = {"KeyId": KEY, "Message": DIGEST, "MessageType": "DIGEST", "SigningAlgorithm": "ECDSA_SHA_256"}


@pytest.fixture
def signatures(aws: Aws) -> AwsSignatures:
    return AwsSignatures(aws)


@pytest.fixture
def kms(stubbed: Callable[[str], Stubber]) -> Stubber:
    return stubbed("kms")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["ECDSA_SHA_256"], "ECDSA_SHA_256"),
        (["RSASSA_PKCS1_V1_5_SHA_256", "RSASSA_PSS_SHA_512", "RSASSA_PSS_SHA_256"], "RSASSA_PSS_SHA_256"),
    ],
)
def test_a_digest_is_signed_by_the_best_algorithm_that_the_key_offers(
    signatures: AwsSignatures, kms: Stubber, offered: list[str], chosen: str
) -> None:
    kms.add_response("get_public_key", {"SigningAlgorithms": offered}, {"KeyId": KEY})
    kms.add_response("sign", {"Signature": b"s"}, SIGNED | {"SigningAlgorithm": chosen})
    assert signatures.sign(KEY, DIGEST) == (chosen, b"s")


@pytest.mark.parametrize("offered", [["SM2DSA"], None])
def test_a_key_that_signs_by_none_of_ours_is_refused_with_one_that_would(
    signatures: AwsSignatures, kms: Stubber, offered: list[str] | None
) -> None:
    kms.add_response("get_public_key", {"SigningAlgorithms": offered} if offered else {}, {"KeyId": KEY})
    with pytest.raises(Refused, match="signs by none of ECDSA_SHA_256") as refused:
        signatures.sign(KEY, DIGEST)
    assert "ECC_NIST_P256" in str(refused.value.next_step)


def test_a_signature_is_verified_by_its_key(signatures: AwsSignatures, kms: Stubber) -> None:
    asked = SIGNED | {"Signature": b"s"}
    kms.add_response("verify", {"SignatureValid": True}, asked)
    kms.add_client_error("verify", "KMSInvalidSignatureException", "", expected_params=asked)
    assert signatures.verifies(KEY, "ECDSA_SHA_256", DIGEST, b"s")
    assert not signatures.verifies(KEY, "ECDSA_SHA_256", DIGEST, b"s")


def test_whoever_may_not_verify_is_told_so(signatures: AwsSignatures, kms: Stubber) -> None:
    kms.add_client_error("verify", "AccessDeniedException", "no")
    with pytest.raises(Refused, match="AccessDenied"):
        signatures.verifies(KEY, "ECDSA_SHA_256", DIGEST, b"s")


def test_another_algorithm_verifies_nothing_and_asks_nobody(signatures: AwsSignatures, kms: Stubber) -> None:
    assert not signatures.verifies(KEY, "HMAC_SHA_256", DIGEST, b"s")
