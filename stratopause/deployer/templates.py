"""A tree of templates, addressed by its content.

A template is uploaded under the digest of its bytes, and a parent names its children by that address. So an
unchanged child keeps its TemplateURL and makes no noise in a change set, and what was reviewed can't be
replaced under the same address. Pure: nothing here talks to AWS.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from stratopause.deployer.errors import InvalidTemplates
from stratopause.deployer.stacks import NESTED_STACK

MAX_BYTES: Final = 1_048_576
"""https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""

Template = dict[str, Any]


class Artifact(Struct, frozen=True):
    """A template as it is uploaded: `name` is its file, `digest` the SHA-256 of `body` in hexadecimal digits.

    `children` are the names of those that it nests.
    """

    name: str
    body: bytes
    digest: str
    children: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"templates/{self.digest}.json"

    @classmethod
    def of(cls, name: str, template: Template, children: tuple[str, ...] = ()) -> Artifact:
        body = json.dumps(template, separators=(",", ":")).encode()
        if len(body) > MAX_BYTES:
            raise InvalidTemplates(
                f"{name} has {len(body):,} bytes, CloudFormation takes {MAX_BYTES:,}", "split the stack"
            )
        return cls(name, body, hashlib.sha256(body).hexdigest(), children)


class Uploads(Struct, frozen=True):
    """The templates of a deployment as they lie in `bucket`: `all` of them, children first, and those that are new."""

    bucket: str
    all: tuple[Artifact, ...]
    changed: tuple[Artifact, ...]


def address(templates: Mapping[str, bytes], url: Callable[[str], str]) -> tuple[Artifact, ...]:
    """The templates as they are uploaded, children before parents, the root last.

    `templates` are JSON by file name; a TemplateURL that is one of these names is replaced by `url` of the
    child's key, any other is left as it is.

    Raises:
        InvalidTemplates: one isn't a JSON template, a child is missing, they nest each other in a circle, or
            there isn't exactly one root.
    """
    parsed = {name: parse(name, body) for name, body in templates.items()}
    children = {name: tuple(_children(name, template, parsed)) for name, template in parsed.items()}
    addressed: dict[str, Artifact] = {}
    for name in _children_first(children, _root(children)):
        urls = {child: url(addressed[child].key) for child in children[name]}
        addressed[name] = Artifact.of(name, _rewritten(parsed[name], urls), children[name])
    return tuple(addressed.values())


def root_of(templates: Mapping[str, bytes]) -> Template:
    """The template that nests all others, or is nested by none.

    Raises:
        InvalidTemplates: there isn't exactly one.
    """
    parsed = {name: parse(name, body) for name, body in templates.items()}
    return parsed[_root({name: tuple(_children(name, template, parsed)) for name, template in parsed.items()})]


def changed(
    artifacts: Sequence[Artifact], deployed: Template | None, url: Callable[[str], str]
) -> tuple[Artifact, ...]:
    """Those of `artifacts` (the root last) that a stack with the root template `deployed` doesn't have yet.

    What the deployed root nests by its digest lies in the bucket already, with all that is nested in it.
    """
    nested = {address for _, address in nested_stacks(deployed)} if deployed else set()
    by_name = {artifact.name: artifact for artifact in artifacts}
    found: dict[str, None] = {}
    left = [artifacts[-1].name]
    while left:
        name = left.pop()
        if name not in found and url(by_name[name].key) not in nested:
            found[name] = None
            left += by_name[name].children
    return tuple(artifact for artifact in artifacts if artifact.name in found)


def is_volatile(body: bytes) -> bool:
    """The same template can mean something else tomorrow: it has a macro, or takes values from elsewhere.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
    """
    return any(
        sign in body for sign in (b'"Transform"', b'"Fn::Transform"', b"{{resolve:", b"AWS::SSM::Parameter::Value<")
    )


def parse(name: str, body: bytes) -> Template:
    try:
        template = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidTemplates(f"{name} isn't JSON: {error}", "render the environment again") from None
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not isinstance(resources, dict) or not all(isinstance(resource, dict) for resource in resources.values()):
        raise InvalidTemplates(f"{name} isn't a template: it has no Resources", "render the environment again")
    return dict(template)


def nested_stacks(template: Template) -> Iterator[tuple[str, str]]:
    """Logical id and TemplateURL of each nested stack whose TemplateURL is a literal."""
    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties")
        if resource.get("Type") == NESTED_STACK and isinstance(properties, dict):
            url = properties.get("TemplateURL")
            if isinstance(url, str):
                yield logical_id, url


def _children(name: str, template: Template, known: Mapping[str, Template]) -> Iterator[str]:
    for logical_id, url in nested_stacks(template):
        if url in known:
            yield url
        elif not url.startswith("https://"):
            raise InvalidTemplates(
                f"{name}: {logical_id} nests {url}, which isn't among the templates",
                f"there are {', '.join(sorted(known))}",
            )


def _root(children: Mapping[str, tuple[str, ...]]) -> str:
    nested = {child for names in children.values() for child in names}
    roots = sorted(set(children) - nested)
    if len(roots) != 1:
        found = ", ".join(roots) or "none"
        raise InvalidTemplates(f"one template must be nested in no other, here {found}", "render the environment again")
    return roots[0]


def _children_first(children: Mapping[str, tuple[str, ...]], root: str) -> Iterator[str]:
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> Iterator[str]:
        if name in above:
            raise InvalidTemplates(f"templates nest each other in a circle: {' > '.join((*above, name))}")
        if name not in done:
            for child in children[name]:
                yield from visit(child, (*above, name))
            done.add(name)
            yield name

    yield from visit(root, ())
    if left := sorted(set(children) - done):
        raise InvalidTemplates(f"templates nest each other in a circle: {', '.join(left)}")


def _rewritten(template: Template, urls: Mapping[str, str]) -> Template:
    resources = dict(template["Resources"])
    for logical_id, url in nested_stacks(template):
        if url in urls:
            resource = resources[logical_id]
            resources[logical_id] = {**resource, "Properties": {**resource["Properties"], "TemplateURL": urls[url]}}
    return {**template, "Resources": resources}
