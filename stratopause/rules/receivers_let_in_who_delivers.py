"""Topics, queues, functions, buckets and log groups let in the services that deliver to them.

Who is told to deliver and may not, fails in silence: the alarm turns red and nobody hears of it, the bucket stays
empty. Only what is checked when it's made, as a trail's bucket, fails at once.

- A topic without a policy takes what alarms and RDS send that are of its own account. What EventBridge, AWS Backup, S3
  and budgets send has to be allowed, and in a topic with a policy of its own all of it.
- A queue takes messages of SNS, EventBridge and S3 only if its policy says so, and a function is called only if an
  `AWS::Lambda::Permission` does.
- A bucket has to let in load balancers, trails, access logs and `delivery.logs.amazonaws.com` under the prefix that
  they write to. Where a bucket has no policy, AWS writes one for flow logs and for what WAF and Route 53 log.
- A log group takes logs of Route 53, OpenSearch and EventBridge by an `AWS::Logs::ResourcePolicy`; for those of WAF AWS
  writes one.

Conditions are held against who delivers: another account, a trail or a rule of another name is not let in.

**How to fix:** allow the action to the service's principal, with `aws:SourceAccount` or the `aws:SourceArn` of what
delivers, on the ARN that it delivers to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from stratopause.rules import Rule
from stratopause.rules._deliveries import Delivery
from stratopause.rules._keys import account_of
from stratopause.rules._log_deliveries import access_logs, balancers, to_buckets, to_groups, trails
from stratopause.rules._messages_and_calls import called_by_bodies, calls, messages
from stratopause.rules._receivers import FUNCTION, INVOKED, TOPIC, Known, Permission, Receivers
from stratopause.tree import identity, policies
from stratopause.tree.evaluation import as_text
from stratopause.tree.model import Problem, Resource, Tree
from stratopause.tree.text import ACCOUNT, is_known, may_be, may_equal

RULE = Rule(
    "E9305",
    "Receivers let in the services that deliver to them",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html",
    ("identity", "logs"),
)

_OF_OWNER: Final = ("cloudwatch.amazonaws.com", "events.rds.amazonaws.com")
"""Who comes with the `AWS:SourceOwner` that the policy takes which a topic has by default.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner
"""
_NOT_OF_OWNER: Final = (
    *("events.amazonaws.com", "backup.amazonaws.com", "s3.amazonaws.com", "budgets.amazonaws.com"),
    *("codestar-notifications.amazonaws.com", "costalerts.amazonaws.com", "sns.amazonaws.com"),
)


def check(tree: Tree) -> Iterator[Problem]:
    receivers = Receivers(tree)
    for delivery in _deliveries(tree, receivers):
        missing = [action for action, on in delivery.actions if not _is_let(tree, receivers, delivery, action, on)]
        if missing:
            yield delivery.source.problem(
                f"{delivery.receiver.name} doesn't let {delivery.services[0]} deliver what {delivery.source.name} "
                f"sends: allow {' and '.join(dict.fromkeys(missing))} to it, on what it delivers to and under "
                "conditions that hold for it",
                *delivery.path,
            )


def _is_let(tree: Tree, receivers: Receivers, delivery: Delivery, action: str, on: str) -> bool:
    if delivery.receiver.place in tree.handed_out:
        return True
    if delivery.receiver.type in INVOKED:
        return _may_invoke(tree, receivers, delivery)
    own = receivers.policies(delivery.receiver)
    if own is None or (delivery.writes_policy and not own.documents):
        return True
    if delivery.receiver.type == TOPIC and not own.documents:
        return any(service not in _NOT_OF_OWNER for service in delivery.services)
    key = (
        delivery.receiver.place,
        delivery.services,
        delivery.accounts,
        action,
        on,
        own.tell_sources and delivery.arns,
    )
    if key not in receivers.judged:
        receivers.judged[key] = any(_is_allowed(tree, delivery, own, action, on, account) for account in own.by_account)
    return receivers.judged[key]


def _is_allowed(tree: Tree, delivery: Delivery, own: Known, action: str, on: str, account: str) -> bool:
    put = own.by_account[account]
    return any(policies.allows(put, request) for request in _requests(tree, delivery, own, action, on, account))


def _requests(
    tree: Tree, delivery: Delivery, own: Known, action: str, on: str, account: str
) -> Iterator[policies.Request]:
    for resource in (one.replace(ACCOUNT, account) for one in identity.spellings(tree, on)):
        for service in delivery.services:
            for arn in delivery.arns if own.tell_sources else delivery.arns[:1]:
                context = _context(service, arn.replace(ACCOUNT, account), account)
                yield policies.Request(action, resource, service, context=context)
        for principal in _principals(own) if delivery.accounts else ():
            if "*" in delivery.accounts or account_of(principal) in ("", *delivery.accounts):
                yield policies.Request(action, resource, role=principal)


def _principals(own: Known) -> Iterator[str]:
    """The accounts that are let in. Of the account itself nobody delivers."""
    for document in own.documents:
        for one in policies.statements(document):
            yield from (name for name in policies.accounts(one) if name != "*" and ACCOUNT not in name)


def _context(service: str, arn: str, account: str) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {
        "aws:sourceaccount": account,
        "aws:sourcearn": arn,
        "aws:securetransport": "true",
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:principalisawsservice": "true",
    }
    if service in _OF_OWNER:
        found["aws:sourceowner"] = account
    elif service in _NOT_OF_OWNER:
        found["aws:sourceowner"] = None
    return found


def _may_invoke(tree: Tree, receivers: Receivers, delivery: Delivery) -> bool:
    return any(
        _is_of(tree, permission, delivery.receiver) and _lets_in(permission, delivery)
        for permission in receivers.permissions(delivery.receiver)
    )


def _is_of(tree: Tree, permission: Permission, function: Resource) -> bool:
    found = permission.of
    if found is None:
        # A partial ARN, or one with an alias behind it.
        text = permission.text
        return not is_known(text) or (function.type == FUNCTION and identity.name(tree, function) in text)
    return found.place == function.place or found.type != function.type


def _lets_in(permission: Permission, delivery: Delivery) -> bool:
    principal, arn, account = permission.principal, permission.arn, permission.account
    return (
        (principal == "*" or any(may_equal(as_text(principal), one) for one in delivery.services))
        and may_be(permission.action or "*", "lambda:InvokeFunction", ignore_case=True)
        and (arn is None or any(may_be(arn, one) for one in delivery.arns))
        and (account is None or may_equal(account, ACCOUNT))
    )


def _deliveries(tree: Tree, receivers: Receivers) -> Iterator[Delivery]:
    for deliveries in (messages, calls, called_by_bodies, balancers, access_logs, trails, to_buckets, to_groups):
        yield from deliveries(tree, receivers)
