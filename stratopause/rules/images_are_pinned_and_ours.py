"""Images are named by their digest, and lie in a registry of the account.

A tag can be put to another image at any time: what was tested isn't what starts, and two tasks of one service may run
two programs. A public registry may be down, limit, lose or change the image, and asks for a way out to the internet.

**How to fix:** copy the image to a repository of ECR, and name it
`<account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:<digest>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from stratopause.rules import Rule
from stratopause.rules._containers import containers
from stratopause.rules._known import at
from stratopause.tree.model import Problem, Tree
from stratopause.tree.text import BEGIN, END, referred, shown

RULE = Rule(
    "E9605",
    "Images are named by their digest, and lie in a registry of the account",
    "https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-pull-ecr-image.html",
    ("service",),
)

_IMAGES: Final = {
    "AWS::Lambda::Function": ("Code", "ImageUri"),
    "AWS::AppRunner::Service": ("SourceConfiguration", "ImageRepository", "ImageIdentifier"),
}
_TOKEN: Final = f"{BEGIN}[^{END}]*{END}"
_DYNAMIC: Final = re.compile(r"\{\{resolve:[^{}]*\}\}")
_DIGEST: Final = re.compile(f"sha256:([0-9a-f]{{64}}|[0-9a-f]*{_TOKEN}.*)")
# https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html, and "Dual-stack" and FIPS endpoints there
_REGISTRY: Final = re.compile(r"(\d{12}|x)\.dkr[.-]ecr(-fips)?\.[^.]+\..+", re.DOTALL)
_HAS_TOKEN: Final = re.compile(_TOKEN)
_LONGEST: Final = 1_000


def check(tree: Tree) -> Iterator[Problem]:
    for container in containers(tree):
        why = _why_not(container.body.get("Image"))
        if why:
            yield container.problem(f"{container.name} runs {why}", "Image")
    for resource in tree.resources(*_IMAGES):
        path = _IMAGES[resource.type]
        why = _why_not(at(resource, *path))
        if why:
            yield resource.problem(f"{resource.name} runs {why}", *path)


def _why_not(image: Any) -> str:
    """What is wrong with the name of an image; empty if nothing is, as far as it is known."""
    if not isinstance(image, str) or not image.strip() or len(image) > _LONGEST:
        return ""
    text = _DYNAMIC.sub(f"{BEGIN}?dynamic{END}", image.strip())
    why = [reason for reason in (_foreign(text), _loose(text)) if reason]
    if not why:
        return ""
    return f"{shown(image)}, {' and '.join(why)}; write <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:…"


def _foreign(text: str) -> str:
    """The registry is what comes before the first slash; where that is no host, it is Docker Hub."""
    host, slash, _ = _masked(text).partition("/")
    if "?" in host or (slash and _REGISTRY.fullmatch(host)):
        return ""
    return "which is in no registry of the account"


def _masked(text: str) -> str:
    """With a question mark for what isn't known at all, or may hold a slash, and a letter for the rest."""
    return _HAS_TOKEN.sub(lambda match: "x" if match[0][1:].startswith("AWS::") else "?", text)


def _loose(text: str) -> str:
    """Whether the digest is missing; what isn't known may hold one."""
    _, at_sign, digest = text.rpartition("@")
    if at_sign:
        return "" if _DIGEST.fullmatch(digest) or digest.startswith(BEGIN) else "whose digest isn't one"
    last = text.rpartition("/")[2]
    if re.search(f":[^{END}]*$", _HAS_TOKEN.sub("x", last)):
        return "which is named by a tag"
    reference = referred(text)
    if text.endswith(END) and not (reference and reference.attribute == "RepositoryUri"):
        return ""
    return "which is named by no digest"
