"""Whether the KMS keys that are named by their ARN can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, Unanswered, failed, passed, unanswered
from stratopause.deployer.preflight.lookups import KEY
from stratopause.deployer.preflight.scene import Scene
from stratopause.deployer.stacks import Path

ARN: Final = re.compile(r"arn:[a-z-]+:kms:([a-z0-9-]+):\d{12}:(?:key|alias)/[A-Za-z0-9/_-]+")
TRAIL: Final = Call("cloudtrail", "get_trail", "cloudtrail:GetTrail")
SOURCE: Final = "https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html"
ENCRYPTING: Final = "ENCRYPT_DECRYPT"
SIGNING: Final = "SIGN_VERIFY"


def keys(scene: Scene) -> Iterator[Finding]:
    """Those that templates name, and the one of the account's trail."""
    wanted: dict[str, Path] = {text: one.place for one, text in scene.needs.strings() if ARN.fullmatch(text)}
    for name, place in sorted(wanted.items()):
        yield from _carefully(scene, name, ENCRYPTING, place)
    if scene.facts.trail_arn:
        told = scene.asking.find(TRAIL, Name=scene.facts.trail_arn)
        key = told["Trail"].get("KmsKeyId") if told else None
        if key and key not in wanted:
            yield from _carefully(scene, key, ENCRYPTING)


def signing_key(scene: Scene) -> Iterator[Finding]:
    if scene.facts.signing_key:
        yield from _key(scene, scene.facts.signing_key, SIGNING)


def _carefully(scene: Scene, name: str, use: str, place: Path = ()) -> Iterator[Finding]:
    """That one key can't be looked at says nothing of the others."""
    try:
        yield from _key(scene, name, use, place)
    except Unanswered as error:
        yield unanswered(f"{name}: {error.message}", error.next_step or "", place)


def _key(scene: Scene, name: str, use: str, place: Path = ()) -> Iterator[Finding]:
    region = ARN.fullmatch(name)
    if region and region[1] != scene.target.region:
        yield unanswered(f"key {name} is of another region", "look it up there", place)
        return
    told = scene.asking.find(KEY, KeyId=name)
    if told is None:
        yield failed(f"there is no key {name}", "set the ARN of one that is there", place)
    else:
        yield _judged(name, told["KeyMetadata"], use, place)


def _judged(name: str, key: dict[str, Any], use: str, place: Path) -> Finding:
    state, usage = key.get("KeyState", "Enabled"), key.get("KeyUsage", ENCRYPTING)
    if state == "PendingDeletion":
        return failed(
            f"key {name} waits for its deletion", f"aws kms cancel-key-deletion --key-id {key['KeyId']}", place
        )
    if state != "Enabled":
        return failed(f"key {name} is {state}", f"aws kms enable-key --key-id {key['KeyId']}", place)
    if usage != use:
        return failed(f"key {name} is for {usage}, not for {use}", "name another key", place)
    return passed(f"key {name} is enabled", place)


CHECKS: Final = (
    Check(
        name="keys",
        prevents="resources that can't be encrypted, since a key is disabled, gone, or about to be",
        source=SOURCE,
        calls=(KEY, TRAIL),
        run=keys,
    ),
    Check(
        name="signing-key",
        prevents="plans that can't be signed, or whose signature can't be verified",
        source=SOURCE,
        calls=(KEY,),
        run=signing_key,
    ),
)
