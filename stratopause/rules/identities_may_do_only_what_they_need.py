"""No identity's policy allows everything, a whole service, or an action on everything that could name what it is for.

Whoever takes over a task, a function or a user may do all that its policies allow. HIPAA asks for the minimum that is
needed (45 CFR 164.502(b)), and IAM can say that: which actions, on which ARNs. `*`, `s3:*` and `NotAction` say the
opposite, as do AWS's policies `AdministratorAccess`, `PowerUserAccess`, `IAMFullAccess` and those of a service that
end in `FullAccess`.

Some actions know no resource, such as `ecr:GetAuthorizationToken`; those need `Resource: "*"`, and may have it in a
statement of their own. A statement with a condition on tags, an account or the service that asks is limited by that.

**How to fix:** name the actions that are called, and as `Resource` the ARNs that they are called on, by `Fn::GetAtt`
or `Fn::Sub`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from stratopause.rules import Rule
from stratopause.rules._roles import MANAGED, managed_of, of_aws
from stratopause.tree import policies
from stratopause.tree.model import Path, Problem, Resource, Tree
from stratopause.tree.text import PARTITION, is_known, shown

RULE = Rule(
    "E9303",
    "Identities may do only what they need",
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege",
    ("roles",),
)

_INLINE: Final[dict[str, tuple[str, ...]]] = {
    "AWS::IAM::Role": ("Policies", "PolicyDocument"),
    "AWS::IAM::User": ("Policies", "PolicyDocument"),
    "AWS::IAM::Group": ("Policies", "PolicyDocument"),
    "AWS::Serverless::Function": ("Policies", ""),
    "AWS::Serverless::StateMachine": ("Policies", ""),
}
"""The list of policies, and where the document of each is."""
_OWN: Final = {
    "AWS::IAM::ManagedPolicy": "PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument",
    "AWS::IAM::RolePolicy": "PolicyDocument",
    "AWS::IAM::UserPolicy": "PolicyDocument",
    "AWS::IAM::GroupPolicy": "PolicyDocument",
    "AWS::SSO::PermissionSet": "InlinePolicy",
}
_MANAGED_ARNS: Final = {
    "AWS::IAM::Role": "ManagedPolicyArns",
    "AWS::IAM::User": "ManagedPolicyArns",
    "AWS::IAM::Group": "ManagedPolicyArns",
    "AWS::SSO::PermissionSet": "ManagedPolicies",
    "AWS::Serverless::Function": "Policies",
    "AWS::Serverless::StateMachine": "Policies",
}
_TOO_MUCH: Final = re.compile(
    r"AdministratorAccess.*|PowerUserAccess|DatabaseAdministrator|SystemAdministrator|.*FullAccess"
)
_CLIENTS_ONLY: Final = ("AmazonElasticFileSystemClientFullAccess", "AmazonPrometheusRemoteWriteAccess")

# Per service, the actions that know no resource, as patterns; every other action of these services can name one.
# Where only some calls of an action can, it is here too.
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_WITHOUT_RESOURCE: Final = {
    "acm": "list* get*account* put*account* requestcertificate importcertificate",
    "apigateway": "",
    "athena": "list* getdatacatalog* getqueryexecution*",
    "backup": "list* describe*settings update*settings startcopyjob describe* get* createbackupplan",
    "cloudformation": "list* describestacks describe* estimate* validatetemplate gettemplate* createuploadbucket",
    "cloudtrail": "list* describetrails lookupevents get*",
    "cloudwatch": "describe* get* list* putmetricdata putanomalydetector deleteanomalydetector",
    "codebuild": "list* batchget*",
    "codedeploy": "list* get* batch*",
    "cognito-idp": "list* describeuserpooldomain createuserpool",
    "dynamodb": "listtables liststreams listbackups listglobaltables listexports listimports describelimits "
    "describeendpoints describereserved* list*",
    "ec2": "describe* get* list* search* createnetworkinterface deletenetworkinterface* attachnetworkinterface "
    "detachnetworkinterface modifynetworkinterface* assignprivateipaddresses unassignprivateipaddresses "
    "assignipv6addresses unassignipv6addresses createnetworkinterfacepermission allocateaddress releaseaddress "
    "associateaddress disassociateaddress enable* disable* modifyidformat modifyebsdefaultkmskeyid accept* "
    "export* import*",
    "ecr": "getauthorizationtoken describeregistry get*registry* put*registry* list* describe*",
    "ecs": "list* discoverpollendpoint createcluster describetaskdefinition deregistertaskdefinition "
    "registertaskdefinition describe* *accountsetting* submit*",
    "elasticache": "describe* list*",
    "elasticfilesystem": "createfilesystem describe* list* *accountpreferences",
    "es": "list* describe*",
    "events": "list* testeventpattern",
    "firehose": "listdeliverystreams list*",
    "glue": "list* search* get*s getdatacatalogencryptionsettings",
    "iam": "list* get* generate* simulate* createaccountalias deleteaccountalias *accountpasswordpolicy "
    "createservicelinkedrole",
    "kinesis": "list* describelimits updateshardcount",
    "kms": "list* createkey generaterandom connectcustomkeystore createcustomkeystore describecustomkeystores "
    "disconnectcustomkeystore updatecustomkeystore deletecustomkeystore",
    "lambda": "list* getaccountsettings createeventsourcemapping createcodesigningconfig",
    "logs": "describe* list* *logdelivery* *logdeliveries* *resourcepolicy *resourcepolicies getlogrecord "
    "getqueryresults stopquery testmetricfilter putquerydefinition deletequerydefinition putdestination* cancelexport* "
    "link getlogdelivery *accountpolicy createlogdelivery *deliver* startlivetail stoplivetail",
    "rds": "describe* list* *certificates*",
    "rds-db": "",
    "redshift": "describe* list* view* fetchresults cancelquery*",
    "s3": "listallmybuckets listbuckets *accountpublicaccessblock listaccesspoints* listmultiregion* listjobs "
    "createjob list*lens* put*lens* *accesspointsforobjectlambda getaccesspoint listaccessgrants* liststoragelens*",
    "secretsmanager": "listsecrets batchgetsecretvalue getrandompassword",
    "sns": "list* *smsattributes *sms* createplatformapplication unsubscribe getsubscriptionattributes "
    "setsubscriptionattributes *phonenumber* *endpoint*",
    "sqs": "listqueues",
    "ssm": "describe* list* getinventory* *inventory* getdeployablepatchsnapshotforinstance getmanifest "
    "putconfigurepackageresult getconnectionstatus updateinstanceinformation *opsitem* *opssummary* *opsmetadata* "
    "cancelcommand getcommandinvocation getcalendar* createactivation deleteactivation *automationexecution "
    "*maintenancewindow* getmaintenance* getautomationexecution",
    "states": "list* validatestatemachinedefinition sendtask* getactivitytask",
    "sts": "getcalleridentity getsessiontoken decodeauthorizationmessage getaccesskeyinfo getservicebearertoken "
    "decodeauthorization* setsourceidentity tagsession",
    "elasticloadbalancing": "describe* list* setwebacl getloadbalancerwebacl",
    "autoscaling": "describe* get*",
    "route53": "list* get* testdnsanswer createhostedzone createhealthcheck createreusabledelegationset",
    "bedrock": "list* get*",
    "kafka-cluster": "",
    "execute-api": "",
    "neptune-db": "",
    "memorydb": "describe* list*",
    "dax": "describe* list*",
    "codecommit": "list* batch*",
    "scheduler": "list*",
}

_NO_LIMIT: Final = re.compile(
    r"aws:(securetransport|multifactorauth.*|currenttime|epochtime|useragent|referer|tokenissuetime|requestedregion"
    r"|sourceip|vpcsourceip|sourcevpc|sourcevpce|principal.*|userid|username|ec2instance.*|federatedprovider)"
)
"""Condition keys that tell who asks, when, or from where, and not on what."""


class _Document(NamedTuple):
    path: Path
    body: Mapping[str, Any]


def check(tree: Tree) -> Iterator[Problem]:
    boundaries = _boundaries(tree)
    for resource in tree.resources(*_INLINE, *_OWN):
        if resource.place in boundaries:
            continue
        for document in _documents(resource):
            for at, statement in enumerate(policies.many(document.body.get("Statement"))):
                if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
                    step = (at,) if isinstance(document.body.get("Statement"), list) else ()
                    yield from _statement(resource, statement, (*document.path, "Statement", *step))
        yield from _managed(resource)


def _boundaries(tree: Tree) -> set[str]:
    """The managed policies that only bound what others allow."""
    bounding: set[str] = set()
    attached: set[str] = set()
    for identity in tree.resources("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"):
        if (boundary := managed_of(tree, identity.get("PermissionsBoundary"))) is not None:
            bounding.add(boundary.place)
        for value in policies.many(identity.get("ManagedPolicyArns")):
            if (managed := managed_of(tree, value)) is not None:
                attached.add(managed.place)
    for policy in tree.resources(MANAGED):
        if any(policy.get(name) for name in ("Roles", "Users", "Groups")):
            attached.add(policy.place)
    return bounding - attached


def _documents(resource: Resource) -> Iterator[_Document]:
    if resource.type in _OWN:
        name = _OWN[resource.type]
        yield _Document((name,), policies.document(resource.get(name)))
    if resource.type in _INLINE:
        name, inside = _INLINE[resource.type]
        for at, one in enumerate(policies.many(resource.get(name))):
            if isinstance(one, Mapping):
                document = policies.document(one.get(inside)) if inside else one
                yield _Document((name, at, *([inside] if inside else [])), document)


def _statement(resource: Resource, statement: policies.Statement, path: Path) -> Iterator[Problem]:
    if "NotAction" in statement:
        names = ", ".join(map(shown, policies.texts(statement["NotAction"])))
        yield resource.problem(
            f"{resource.name} allows everything but {names}; name in Action what is needed instead of in NotAction "
            "what isn't",
            *path,
            "NotAction",
        )
        return
    actions = policies.texts(statement.get("Action"))
    whole = [action for action in actions if _is_whole(action)]
    for action in whole:
        yield resource.problem(
            f"{resource.name} allows {shown(action)}, which is {_said(action)}; name the actions that are needed",
            *path,
            "Action",
        )
    on = _everything(statement)
    wide = [action for action in actions if action not in whole and _can_name(action)] if on else []
    if wide and not _is_limited(statement):
        yield resource.problem(
            f"{resource.name} allows {', '.join(map(shown, wide))} on everything; name in Resource the ARNs that it is "
            "needed on",
            *path,
            on,
        )


def _is_whole(action: str) -> bool:
    service, _, name = action.rpartition(":")
    return is_known(action) and (not name.strip("*?") or (not service.strip("*?") and not name.isalnum()))


def _said(action: str) -> str:
    return "everything" if not action.partition(":")[0].strip("*?") else "all of a service"


def _everything(statement: policies.Statement) -> str:
    """The element that says that a statement is for everything; empty if it isn't."""
    if any(_is_everything(one) for one in policies.texts(statement.get("Resource"))):
        return "Resource"
    return "NotResource" if "NotResource" in statement else ""


def _is_everything(resource: str) -> bool:
    """`*`, and ARNs that say no more than it: `arn:aws:*`, `arn:aws:s3:::*`."""
    parts = resource.replace(PARTITION, "aws").split(":")
    return bool(resource) and all(part in ("", "arn", "aws", "s3") or not part.strip("*/") for part in parts)


def _can_name(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    known = _patterns(service)
    return is_known(action) and known is not None and not known.fullmatch(name)


def _patterns(service: str) -> re.Pattern[str] | None:
    return _COMPILED.get(service)


def _compiled(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(one).replace(r"\*", ".*") for one in patterns.split()) or "(?!)")


_COMPILED: Final = {service: _compiled(found) for service, found in _WITHOUT_RESOURCE.items()}


def _is_limited(statement: policies.Statement) -> bool:
    if statement.get("Condition") is not None and not isinstance(statement["Condition"], Mapping):
        return True
    return any(
        not _NO_LIMIT.fullmatch(key) and any(value.strip("*") for value in values)
        for _, key, values in policies.conditions(statement)
    )


def _managed(resource: Resource) -> Iterator[Problem]:
    name = _MANAGED_ARNS.get(resource.type)
    for at, value in enumerate(policies.many(resource.get(name)) if name else []):
        policy = of_aws(value)
        if _TOO_MUCH.fullmatch(policy) and policy not in _CLIENTS_ONLY:
            yield resource.problem(
                f"{resource.name} has AWS's policy {policy}, which allows far more than one identity needs; write a "
                "policy that names actions and resources",
                str(name),
                at,
            )
