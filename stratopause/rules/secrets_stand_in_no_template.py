"""No secret stands in a template, nor is shown by a parameter.

Everybody who reads the repository, or may call `GetTemplate`, reads what stands in a template. A parameter without
`NoEcho` is shown to everybody who may call `DescribeStacks`; its default stands in the template, with `NoEcho` or
without. A parameter is followed through the stacks that pass it on: each that declares it has to hide it.

**How to fix:** let the service make the secret (`ManageMasterUserPassword`), or `AWS::SecretsManager::Secret` with
`GenerateSecretString`, and write `{{resolve:secretsmanager:…}}` where it is needed. What comes from outside is put into
the secret by hand, or by a parameter with `NoEcho: true` and no `Default`.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._known import at
from stratopause.tree import evaluation
from stratopause.tree.model import Path, Problem, Resource, Stack, Tree
from stratopause.tree.text import is_literal

RULE = Rule(
    "E9309",
    "No secret stands in a template, and parameters for one hide it",
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/security-best-practices.html",
    ("identity", "secrets"),
)

_SECRETS: Final = {
    *("masteruserpassword", "masterpassword", "password", "passwords", "adminpassword", "adminuserpassword"),
    *("userpassword", "connectionpassword", "domainjoinpassword", "kdcadminpassword", "addomainjoinpassword"),
    *("crossrealmtrustprincipalpassword", "tdecredentialpassword", "databasepassword", "sslkeystorepassword"),
    *("keypassword", "serviceaccountpassword", "directoryserviceauthpassword", "bindpassword", "passphrase"),
    *("authtoken", "accesstoken", "oauthtoken", "secrettoken", "bearertoken", "refreshtoken", "sessiontoken"),
    *("securitytoken", "authorizationtoken", "apitoken", "clientsecret", "consumersecret", "sharedsecret"),
    *("radiussharedsecret", "jwtsecret", "secretstring", "secretkey", "secretaccesskey", "awssecretaccesskey"),
    *("apikey", "apikeyvalue", "apisecret", "apisecretkey", "privatekey", "presharedkey", "tokenkey", "asmpassword"),
    *("applicationkey", "encryptedpassword", "sharedkey"),
}
"""Properties that take a secret, in small letters."""
_CREDENTIAL: Final = "AWS::CodeBuild::SourceCredential"
_TYPED: Final = {("AWS::ApiGateway::ApiKey", "Value"), (_CREDENTIAL, "Token")}
_TYPED_NAMES: Final = {**dict(_TYPED), "AWS::SSM::Parameter": "Value"}
_REFERRING: Final = ("CODECONNECTIONS", "SECRETS_MANAGER")
"""With these the token of a source of CodeBuild is an ARN.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codebuild-sourcecredential.html
"""
_WITH_OTHERS: Final = frozenset({"Environment", "EnvironmentVariables", "RuntimeEnvironmentVariables"})
"""What goes to programs as a variable is another rule's."""

_HARMLESS: Final = {
    *("username", "user", "login", "host", "hostname", "port", "engine", "dbname", "database", "dbinstanceidentifier"),
    *(
        "dbclusteridentifier",
        "masterarn",
        "email",
        "name",
        "url",
        "uri",
        "endpoint",
        "region",
        "clientid",
        "id",
        "type",
    ),
    *("ssl", "proxy", "scheme", "schema", "account", "accountid", "tenantid", "scope", "issuer", "audience", "keyid"),
}
"""What stands in a secret beside it."""

_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]{0,300})\}")
_DYNAMIC: Final = "{{resolve:"
_KEY: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])|-----BEGIN [A-Z ]{0,30}PRIVATE KEY"
    r"|\bgh[opsu]_[0-9A-Za-z]{30}|\bgithub_pat_[0-9A-Za-z_]{30}|\bglpat-[0-9A-Za-z_-]{20}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10}|\b[rs]k_live_[0-9A-Za-z]{10}"
)
_MARK: Final = re.compile(r"AKIA|ASIA|PRIVATE KEY|gh[opsu]_|github_pat_|glpat-|xox|k_live_")
"""One of these is in whatever is a key, and is looked for faster than a key is."""
_LOGIN: Final = re.compile(r"://[^/\s:@?#{]{0,100}:([^/\s@?#]{1,200})@")
_SAYS: Final = r"(?i)[\w-]{0,40}(?:password|passwd|secret_?key|secret_?access_?key|auth_?token|access_?token|api_?key)"
_QUOTED: Final = re.compile(_SAYS + r"\s{0,3}=\s{0,3}\\?([\"'])([^\"'$`{<(\s\\]{3,200})\\?\1")
_BARE: Final = re.compile(_SAYS + r"=([^\s\"'$`{<(;|&*/\\]{3,200})")
_NO_SECRET: Final = re.compile(r"true|false|yes|no|none|null|password|secret", re.IGNORECASE)
_NOT_YET: Final = re.compile(r"empty|none|null|placeholder|tbd|todo", re.IGNORECASE)
"""What a secret holds until it is put there."""
_SCRIPTS: Final = ("UserData", "ZipFile", "BuildSpec", "InlineCode", "AWS::CloudFormation::Init")

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORDS: Final = {"password", "passwords", "passwd", "passphrase", "pwd"}
_PAIRS: Final = {
    *(("auth", "token"), ("access", "token"), ("api", "token"), ("o", "token"), ("secret", "key"), ("api", "key")),
    *(("private", "key"), ("client", "secret"), ("shared", "secret"), ("access", "secret"), ("bearer", "token")),
}
_ABOUT: Final = re.compile(r"(?i)\b(arn|name|id|path|length|whether|number|days|uri|url) ?(of|in|for|under)?\b")
_LONGEST: Final = 50_000


class _Text(NamedTuple):
    """One thing that a value may come to; parameters stand in it as `${Name}`."""

    text: str
    path: Path


def check(tree: Tree) -> Iterator[Problem]:
    for stack in tree.stacks.values():
        for name in stack.section("Parameters"):
            if _is_for_a_secret(stack, name):
                yield from _declared(stack, name)
        yield from _elsewhere(stack)
    for resource in tree.resources():
        for path, name, value in _worth_a_look(resource.body.get("Properties"), _TYPED_NAMES.get(resource.type)):
            yield from _property(resource, path, name, value)
        yield from _scripts(resource)


_INSTEAD: Final = "let Secrets Manager generate it, and refer to it with {{resolve:secretsmanager:…}}"


_SECTIONS: Final = ("Parameters", "Mappings", "Outputs", "Metadata")


def _elsewhere(stack: Stack) -> Iterator[Problem]:
    """What looks like a secret outside of the resources."""
    for section in _SECTIONS:
        for path, _, value in _members(stack.section(section)):
            if isinstance(value, str) and (why := _key_in(value)):
                yield stack.problem(f"{stack.name} has {why} in it; {_INSTEAD}", section, *path)


def _members(value: Any) -> Iterator[tuple[Path, str, Any]]:
    """Every value below, with the name of the last member that leads to it."""
    todo: list[tuple[Path, str, Any]] = [((), "", value)]
    while todo:
        path, name, one = todo.pop()
        yield path, name, one
        if isinstance(one, dict):
            todo += [((*path, step), _named(str(step), name), part) for step, part in one.items()]
        elif isinstance(one, list):
            todo += [((*path, step), f"{name}[]", part) for step, part in enumerate(one)]


def _named(step: str, name: str) -> str:
    """A function has the name of what it is the value of."""
    return f"{name}()" if step == "Ref" or step.startswith("Fn::") else step


def _worth_a_look(value: Any, own: str | None) -> Iterator[tuple[Path, str, Any]]:
    """The members that may take a secret, and texts that may have one in them."""
    todo: list[tuple[Any, str, Any, bool]] = [(None, "", value, False)]
    while todo:
        trail, name, one, is_script = todo.pop()
        for step, part in _steps(one):
            below = _named(step, name) if isinstance(step, str) else f"{name}[]"
            within = is_script or step in _SCRIPTS
            if isinstance(part, (dict, list)):
                todo.append(((trail, step), below, part, within))
            if below == own or _may_take(below) or (isinstance(part, str) and (within or _may_have(part))):
                yield _path((trail, step)), below, part


def _steps(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, list):
        return enumerate(value)
    if not isinstance(value, dict):
        return ()
    return (
        value.items()
        if _WITH_OTHERS.isdisjoint(value)
        else [one for one in value.items() if one[0] not in _WITH_OTHERS]
    )


def _path(trail: Any) -> Path:
    found: list[str | int] = []
    while trail is not None:
        trail, step = trail
        found.append(step)
    return tuple(reversed(found))


@lru_cache(maxsize=5_000)
def _may_take(name: str) -> bool:
    return name.removesuffix("[]").replace("_", "").lower() in _SECRETS


def _may_have(text: str) -> bool:
    return "://" in text or (len(text) > 12 and _MARK.search(text) is not None)


def _property(resource: Resource, path: Path, name: str, value: Any) -> Iterator[Problem]:
    if isinstance(value, str):
        yield from _in_a_text(resource, path, value)
    if _takes_a_secret(resource, path, name):
        for found in itertools.islice(_texts(resource.stack, value, path), 50):
            yield from _secret(resource, found, name)
    if path == ("Value",) and resource.type == "AWS::SSM::Parameter" and _names_a_secret(resource):
        for found in _texts(resource.stack, value, path):
            yield from _secret(resource, found, "Value")


def _takes_a_secret(resource: Resource, path: Path, name: str) -> bool:
    plain = name.removesuffix("[]").replace("_", "").lower()
    if plain not in _SECRETS and (resource.type, name) not in _TYPED:
        return False
    if resource.type == _CREDENTIAL and resource.get("AuthType") in _REFERRING:
        return False
    # Of a stack its parameters are followed from where they are used, and what is a name there may be anything.
    is_list = name.endswith("[]")
    return resource.type != "AWS::CloudFormation::Stack" and (not is_list or plain.endswith("s")) and bool(path)


def _names_a_secret(resource: Resource) -> bool:
    name = resource.get("Name")
    return isinstance(name, str) and _is_a_name_for_a_secret(name.rpartition("/")[2])


def _texts(stack: Stack, value: Any, path: Path, depth: int = 0) -> Iterator[_Text]:
    """What a written value may come to."""
    if isinstance(value, bool) or value is None or depth > 20:
        return
    if isinstance(value, (str, int, float)):
        yield _Text(str(value)[:_LONGEST], path)
    elif isinstance(value, dict) and len(value) == 1:
        ((name, argument),) = value.items()
        yield from _of_function(stack, str(name), argument, (*path, name), depth)


def _of_function(stack: Stack, name: str, argument: Any, path: Path, depth: int) -> Iterator[_Text]:
    if name == "Ref" and isinstance(argument, str):
        yield _Text(f"${{{argument}}}", path[:-1])
    elif name == "Fn::If" and isinstance(argument, list):
        for index, part in enumerate(argument[1:3], 1):
            yield from _texts(stack, part, (*path, index), depth + 1)
    elif name == "Fn::Base64":
        yield from _texts(stack, argument, path, depth + 1)
    elif name in _COMPOSED:
        text = _COMPOSED[name](stack, argument, depth)
        if text is not None:
            yield _Text(text[:_LONGEST], path[:-1])


def _substituted(stack: Stack, argument: Any, _: int) -> str | None:
    text = argument[0] if isinstance(argument, list) and argument else argument
    return _with_variables(stack, text, argument) if isinstance(text, str) else None


def _joined(stack: Stack, argument: Any, depth: int) -> str | None:
    if not isinstance(argument, list) or len(argument) != 2 or not isinstance(argument[1], list):
        return None
    parts = (next(_texts(stack, part, (), depth + 1), _UNKNOWN).text for part in argument[1][:200])
    return str(argument[0]).join(parts)


def _mapped(stack: Stack, argument: Any, _: int) -> str | None:
    found = evaluation.resolve(stack, {"Fn::FindInMap": argument})
    return str(found) if isinstance(found, (str, int)) and is_literal(str(found)) else None


_UNKNOWN: Final = _Text("${?}", ())
_COMPOSED: Final = {"Fn::Sub": _substituted, "Fn::Join": _joined, "Fn::FindInMap": _mapped}


def _with_variables(stack: Stack, text: str, argument: Any) -> str:
    """A text of `Fn::Sub` with its own variables put in."""
    own = argument[1] if isinstance(argument, list) and len(argument) > 1 and isinstance(argument[1], dict) else {}

    def put(match: re.Match[str]) -> str:
        if match[1] not in own:
            return match[0]
        return next(_texts(stack, own[match[1]], (), 19), _UNKNOWN).text

    return _VARIABLE.sub(put, text)


def _secret(resource: Resource, found: _Text, name: str) -> Iterator[Problem]:
    stack = resource.stack
    for part in _secret_parts(found.text):
        if not part.strip() or _DYNAMIC in part or _is_not_there_yet(resource, part):
            continue
        names = [one.strip() for one in _VARIABLE.findall(part)]
        if not names:
            yield resource.problem(
                f"{resource.name} has the secret of {name.partition('[')[0]} written in the template; {_INSTEAD}",
                *found.path,
            )
        for parameter in names:
            if parameter in stack.section("Parameters"):
                yield from _followed(stack, parameter)


def _is_not_there_yet(resource: Resource, secret: str) -> bool:
    return resource.type == "AWS::SecretsManager::Secret" and _NOT_YET.fullmatch(secret.strip()) is not None


def _secret_parts(text: str) -> list[str]:
    """The secrets in a text, which may be an object as JSON."""
    if not text.lstrip().startswith("{") or text.lstrip().startswith(_DYNAMIC):
        return [text]
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [text]
    return [
        str(part)
        for path, name, part in _members(value)
        if isinstance(part, (str, int, float)) and not isinstance(part, bool) and path and not _is_harmless(name)
    ]


def _is_harmless(name: str) -> bool:
    """Whether a member is beside the secret; the last word of a name says what it is: `domainUsername`."""
    plain = name.replace("_", "").replace("-", "").lower()
    words = _WORD.findall(name[:200])
    return plain in _HARMLESS or plain.endswith("username") or bool(words and words[-1].lower() in _HARMLESS)


def _followed(stack: Stack, name: str) -> Iterator[Problem]:
    """A parameter that is a secret, in the stack that uses it and in all that pass it on."""
    yield from _declared(stack, name)
    parent = stack.parent
    nesting = parent.resources.get(stack.place.rpartition("/")[2]) if parent else None
    passed = at(nesting.body, "Properties", "Parameters", name) if nesting else None
    if nesting is None or passed is None:
        return
    for found in _texts(nesting.stack, passed, ("Parameters", name)):
        yield from _secret(nesting, found, name)


def _declared(stack: Stack, name: str) -> Iterator[Problem]:
    declared = stack.section("Parameters").get(name)
    if not isinstance(declared, dict) or str(declared.get("Type", "")).startswith("AWS::"):
        return
    if str(declared.get("NoEcho", "")).lower() != "true":
        yield stack.problem(
            f"the parameter {name} of {stack.name} is for a secret and is shown; give it NoEcho: true",
            "Parameters",
            name,
        )
    default = declared.get("Default")
    if isinstance(default, (str, int, float)) and str(default).strip() and _DYNAMIC not in str(default):
        yield stack.problem(
            f"the parameter {name} of {stack.name} is for a secret and has a default, which stands in the template; "
            "leave it out",
            "Parameters",
            name,
            "Default",
        )


def _is_for_a_secret(stack: Stack, name: str) -> bool:
    """Whether a parameter's name says that it is a secret, and nothing says that it is about one."""
    declared = stack.section("Parameters").get(name)
    if not isinstance(declared, dict) or declared.get("AllowedValues") or declared.get("Type", "String") != "String":
        return False
    default = str(declared.get("Default", ""))
    is_reference = default.startswith(("arn:", "/", "alias/")) or _NO_SECRET.fullmatch(default) is not None
    is_about = _ABOUT.search(str(declared.get("Description", ""))[:500]) is not None
    return _is_a_name_for_a_secret(str(name)) and not is_about and not (is_reference and default.lower() != "password")


def _is_a_name_for_a_secret(name: str) -> bool:
    words = [word.lower() for word in _WORD.findall(name[:200])]
    return bool(words) and (words[-1] in _PASSWORDS or tuple(words[-2:]) in _PAIRS)


def _in_a_text(resource: Resource, path: Path, text: str) -> Iterator[Problem]:
    why = _key_in(text) or (_assigned(text, path) if any(step in _SCRIPTS for step in path) else "")
    if why:
        yield resource.problem(f"{resource.name} has {why} in it; {_INSTEAD}", *path)
    for name in _LOGIN.findall(text[:_LONGEST]):
        match = _VARIABLE.fullmatch(name)
        if match and match[1].strip() in resource.stack.section("Parameters"):
            yield from _followed(resource.stack, match[1].strip())


def _scripts(resource: Resource) -> Iterator[Problem]:
    for path, _, text in _members(resource.body.get("Metadata")):
        if isinstance(text, str):
            why = _key_in(text) or _assigned(text, path)
            if why:
                yield resource.attribute_problem(f"{resource.name} has {why} in it; {_INSTEAD}", "Metadata")


def _key_in(text: str) -> str:
    text = text[:_LONGEST]
    if len(text) > 12 and _KEY.search(text):
        return "a key"
    if "://" not in text or "@" not in text:
        return ""
    passwords = [one for one in _LOGIN.findall(text) if "${" not in one and "{{" not in one and "$" not in one]
    return "a URL with a password" if any(set(one) - set("*x.<>") for one in passwords) else ""


def _assigned(text: str, path: Path) -> str:
    text = text[:_LONGEST]
    found = [match[2] for match in _QUOTED.finditer(text)]
    if "UserData" in path:
        found += [match[1] for match in _BARE.finditer(text)]
    return "a password" if any(not _NO_SECRET.fullmatch(one) for one in found) else ""
