"""No container gets a secret as a plain environment variable.

Environment variables stand in the task definition: everybody who may call `DescribeTaskDefinition` reads them, in every
revision, for ever. That a parameter has `NoEcho`, or that a dynamic reference was written, changes nothing: what they
come to is what stands there.

**How to fix:** in ECS `Secrets` with the secret's ARN in `ValueFrom`; elsewhere let the program fetch it, and give it
the ARN.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._containers import containers, parts
from stratopause.rules._known import at
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import BEGIN, END, references, shown

RULE = Rule(
    "E9606",
    "Containers get no secret as a plain environment variable",
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    ("service", "secrets"),
)

_OBJECTS: Final = {
    "AWS::Lambda::Function": ("Environment", "Variables"),
    "AWS::Serverless::Function": ("Environment", "Variables"),
}
"""Where variables are an object."""

_LISTS: Final = {
    "AWS::AppRunner::Service": (
        "SourceConfiguration",
        "ImageRepository",
        "ImageConfiguration",
        "RuntimeEnvironmentVariables",
    ),
    "AWS::CodeBuild::Project": ("Environment", "EnvironmentVariables"),
}
"""Where they are a list of Name and Value."""

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS: Final = {
    *("password", "passwords", "passwd", "passphrase", "secret", "secrets", "token", "apikey", "credential"),
    *("credentials", "privatekey", "secretkey", "dbpassword", "pgpassword", "authtoken", "accesstoken"),
}
_SECRET_PAIRS: Final = {
    *(("api", "key"), ("private", "key"), ("access", "key"), ("auth", "key"), ("encryption", "key")),
    *(("signing", "key"), ("master", "key"), ("account", "key"), ("license", "key"), ("db", "pass"), ("db", "pwd")),
    *(("user", "pwd"), ("database", "pass"), ("redis", "pass"), ("smtp", "pass"), ("basic", "auth")),
}
_ABOUT: Final = {
    *("arn", "arns", "name", "names", "id", "ids", "file", "path", "dir", "url", "uri", "endpoint", "host", "port"),
    *("ttl", "expiry", "expiration", "expires", "lifetime", "age", "length", "size", "type", "region", "version"),
    *("enabled", "header", "issuer", "audience", "policy", "rotation", "days", "hours", "minutes", "seconds", "ms"),
    *("timeout", "algorithm", "alg", "prefix", "suffix", "provider", "bucket", "table", "source", "store", "manager"),
    *("count", "limit", "max", "min", "location", "mount", "alias", "field", "cookie", "scope", "realm", "mode"),
    *("interval", "pattern", "stage", "label", "format", "service", "method", "required", "reset"),
}
"""What a name ends in that says something of a secret, and isn't one."""

_VALUES: Final = (
    re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY"),
    re.compile(r"\b(ghp|gho|ghs|ghu)_[0-9A-Za-z]{30}|\bgithub_pat_[0-9A-Za-z_]{30}|\bglpat-[0-9A-Za-z_-]{20}"),
    re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10}|\b[rs]k_live_[0-9A-Za-z]{10}"),
    re.compile(r"://[^/\s:@?#]{0,100}:[^/\s@?#]{1,200}@"),
    re.compile(r"(?i)[;?&\s](password|passwd|pwd)\s{0,5}=\s{0,5}[^;&\s]"),
)
"""Values that are keys, or hold a password."""

_DYNAMIC: Final = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure):[^}]*")
_MEMBER: Final = re.compile(r":SecretString:([^:}]+)")
_BESIDE: Final = {
    *("host", "hostname", "port", "engine", "dbname", "name", "username", "user", "identifier", "endpoint", "region"),
}
"""What the name of a member of a secret ends in that stands beside the secret."""
_SECRET_ATTRIBUTES: Final = {
    ("AWS::IAM::AccessKey", "SecretAccessKey"),
    ("AWS::Cognito::UserPoolClient", "ClientSecret"),
    ("AWS::ApiGateway::ApiKey", "Value"),
    ("AWS::AppSync::ApiKey", "ApiKey"),
}
_NO_SECRET: Final = re.compile(r"(true|false|yes|no|on|off|none|null|[\d.,:]+)?", re.IGNORECASE)
_NAME: Final = re.compile(r"[\w.@/-]+")
_SURELY_PASSWORDS: Final = {"password", "passwd", "passphrase"}
_MAYBE_NAMES: Final = {"secret", "secrets", "credential", "credentials"}
"""What a name ends in whose value may be a secret's name, such as `records/database`."""
_TOKEN: Final = re.compile(f"{BEGIN}[^{END}]*{END}")
_LONGEST: Final = 10_000


class Variable(NamedTuple):
    """One environment variable, and where its value stands."""

    resource: Resource
    whose: str
    name: str
    value: Any
    path: tuple[str | int, ...]


def check(tree: Tree) -> Iterator[Problem]:
    for variable in _variables(tree):
        why = _why(tree, variable)
        if why:
            yield variable.resource.problem(
                f"{variable.whose} gets {shown(variable.name)} as a plain environment variable, {why}; "
                "give it the secret's ARN in Secrets, or let it fetch the secret",
                *variable.path,
            )


def _variables(tree: Tree) -> Iterator[Variable]:
    for container in containers(tree):
        for path, one in parts(container.body, ("Environment", "*")):
            place = (*container.path, *path, "Value")
            yield Variable(container.resource, container.name, as_text(at(one, "Name")), at(one, "Value"), place)
    for resource in tree.resources(*_LISTS):
        for path, one in parts(resource.properties, (*_LISTS[resource.type], "*")):
            # https://docs.aws.amazon.com/codebuild/latest/APIReference/API_EnvironmentVariable.html
            if at(one, "Type") in (None, "PLAINTEXT"):
                yield Variable(resource, resource.name, as_text(at(one, "Name")), at(one, "Value"), (*path, "Value"))
    for resource in tree.resources(*_OBJECTS):
        variables = at(resource, *_OBJECTS[resource.type])
        for name, value in variables.items() if isinstance(variables, dict) else ():
            yield Variable(resource, resource.name, str(name), value, (*_OBJECTS[resource.type], str(name)))


def _why(tree: Tree, variable: Variable) -> str:
    """Why a variable is surely a secret; empty if it isn't."""
    if not isinstance(variable.value, (str, int, float)):
        return ""
    value = as_text(variable.value)[:_LONGEST]
    if not all(map(_is_beside_the_secret, _DYNAMIC.findall(value))):
        return "which a dynamic reference writes there in the clear"
    if any((resource.type, attribute) in _SECRET_ATTRIBUTES for resource, attribute in _referred(tree, value)):
        return "which is a secret of the tree"
    if _is_hidden(variable):
        return "though its parameter has NoEcho"
    if any(pattern.search(_TOKEN.sub("x", value)) for pattern in _VALUES):
        return "with a key or password in it"
    return "though its name says that it is a secret" if _is_secret(variable.name, value) else ""


def _is_beside_the_secret(reference: str) -> bool:
    member = _MEMBER.search(reference)
    words = _words(member[1]) if member else []
    return bool(words) and words[-1] in _BESIDE


def _referred(tree: Tree, value: str) -> Iterator[tuple[Resource, str]]:
    for reference in references(value):
        resource = tree.resource(reference.place)
        if resource is not None:
            yield resource, reference.attribute


def _is_hidden(variable: Variable) -> bool:
    """Whether the value is written as a parameter that CloudFormation hides.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
    """
    written: Any = at(variable.resource.body, "Properties", *variable.path)
    name = at(written, "Ref") if isinstance(written, dict) else None
    parameters = variable.resource.stack.section("Parameters")
    return isinstance(name, str) and at(parameters, name, "NoEcho") in (True, "true", "True")


def _is_secret(name: str, value: str) -> bool:
    """Whether a name says that a value is a secret, and the value doesn't say that it isn't."""
    if not _names_a_secret(name):
        return False
    value = value.strip()
    if value.startswith(BEGIN) and value.find(END) == len(value) - 1:
        # Of what isn't known only a parameter surely comes to stand there as it is.
        reason = value[1:-1]
        return reason.startswith("?parameter ") and "Systems Manager" not in reason and not _is_about(reason)
    looks_harmless = BEGIN in value or value.startswith(("arn:", "/", "http://", "https://", "{{resolve:ssm:"))
    if looks_harmless or _NO_SECRET.fullmatch(value):
        return _words(name)[-1] in _SURELY_PASSWORDS and value.isdigit()
    return not (_words(name)[-1] in _MAYBE_NAMES and "/" in value and _NAME.fullmatch(value))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name[:200])]


def _is_about(name: str) -> bool:
    words = _words(name)
    return bool(words) and words[-1] in _ABOUT


def _names_a_secret(name: str) -> bool:
    words = _words(name)
    if not words or words[-1] in _ABOUT:
        return False
    return bool(_SECRET_WORDS & set(words)) or any(pair in _SECRET_PAIRS for pair in itertools.pairwise(words))
