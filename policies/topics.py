"""Who may publish to an alert topic."""

from __future__ import annotations

from collections.abc import Iterable

from awacs import sns as actions
from awacs.aws import Allow, Bool, Condition, Deny, PolicyDocument, Principal, Statement, StringEquals
from troposphere import AccountId, Ref, sns

from policies.kms import TopicPublisher, sid


def topic_policy(topic: sns.Topic, publishers: Iterable[TopicPublisher]) -> PolicyDocument:
    """Each publisher for what happens in this account, and nobody without TLS.

    CloudWatch, RDS and AWS Backup name the account that they publish for:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html
    https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-service-confused-deputy-prevention.html
    """
    return PolicyDocument(
        Version="2012-10-17",
        Statement=[
            Statement(
                Sid="TlsOnly",
                Effect=Deny,
                Principal=Principal("*"),
                Action=[actions.Publish],
                Resource=[Ref(topic)],
                Condition=Condition(Bool({"aws:SecureTransport": "false"})),
            ),
            *(_publishes(topic, publisher.service) for publisher in publishers),
        ],
    )


def _publishes(topic: sns.Topic, service: str) -> Statement:
    return Statement(
        Sid=f"PublishFrom{sid(service)}",
        Effect=Allow,
        Principal=Principal("Service", f"{service}.amazonaws.com"),
        Action=[actions.Publish],
        Resource=[Ref(topic)],
        Condition=Condition(StringEquals({"aws:SourceAccount": AccountId})),
    )
