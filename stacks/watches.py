"""What is watched in the record of API calls: what nobody should do, or what somebody should know of.

The patterns are those that the CIS AWS Foundations Benchmark asks for and that Security Hub compares with:
https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Watch(Struct, frozen=True):
    """`name` is the metric's, and begins the logical ids; the pattern is that of CloudWatch Logs."""

    name: str
    description: str
    pattern: str


def events(*names: str) -> str:
    return " || ".join(f"($.eventName={name})" for name in names)


def any_of(*names: str) -> str:
    return f"{{{events(*names)}}}"


def any_at(source: str, *names: str) -> str:
    return f"{{($.eventSource={source}.amazonaws.com) && ({events(*names)})}}"


WATCHES: Final = (
    Watch(
        "RootUse",
        "Somebody works as the account's root user",
        '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    ),
    Watch(
        "UnauthorizedCall",
        "Somebody tries what is not allowed",
        '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    ),
    Watch(
        "SignInWithoutMfa",
        "Somebody signed in to the console without a second factor",
        '{($.eventName="ConsoleLogin") && ($.additionalEventData.MFAUsed !="Yes") && '
        '($.userIdentity.type="IAMUser") && ($.responseElements.ConsoleLogin="Success")}',
    ),
    Watch(
        "SignInFailure",
        "Somebody failed to sign in to the console",
        '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    ),
    Watch(
        "IdentityPolicyChange",
        "What identities may do was changed",
        any_at(
            "iam",
            "DeleteGroupPolicy",
            "DeleteRolePolicy",
            "DeleteUserPolicy",
            "PutGroupPolicy",
            "PutRolePolicy",
            "PutUserPolicy",
            "CreatePolicy",
            "DeletePolicy",
            "CreatePolicyVersion",
            "DeletePolicyVersion",
            "AttachRolePolicy",
            "DetachRolePolicy",
            "AttachUserPolicy",
            "DetachUserPolicy",
            "AttachGroupPolicy",
            "DetachGroupPolicy",
        ),
    ),
    Watch(
        "TrailChange",
        "The record of API calls was changed or stopped",
        any_of("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
    ),
    Watch(
        "KeyLoss",
        "A key was disabled, or will be deleted",
        any_at("kms", "DisableKey", "ScheduleKeyDeletion"),
    ),
    Watch(
        "BucketPolicyChange",
        "Who may use a bucket, or how long it keeps things, was changed",
        any_at(
            "s3",
            "PutBucketAcl",
            "PutBucketPolicy",
            "PutBucketCors",
            "PutBucketLifecycle",
            "PutBucketReplication",
            "DeleteBucketPolicy",
            "DeleteBucketCors",
            "DeleteBucketLifecycle",
            "DeleteBucketReplication",
        ),
    ),
    Watch(
        "SecurityGroupChange",
        "A security group was changed",
        any_of(
            "AuthorizeSecurityGroupIngress",
            "AuthorizeSecurityGroupEgress",
            "RevokeSecurityGroupIngress",
            "RevokeSecurityGroupEgress",
            "CreateSecurityGroup",
            "DeleteSecurityGroup",
        ),
    ),
    Watch(
        "NetworkAclChange",
        "A network ACL was changed",
        any_of(
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ),
    ),
    Watch(
        "GatewayChange",
        "A way to the internet was changed",
        any_of(
            "CreateCustomerGateway",
            "DeleteCustomerGateway",
            "AttachInternetGateway",
            "CreateInternetGateway",
            "DeleteInternetGateway",
            "DetachInternetGateway",
        ),
    ),
    Watch(
        "RouteChange",
        "A route was changed",
        any_at(
            "ec2",
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
        ),
    ),
    Watch(
        "VpcChange",
        "A VPC, or what it is joined to, was changed",
        any_of(
            "CreateVpc",
            "DeleteVpc",
            "ModifyVpcAttribute",
            "AcceptVpcPeeringConnection",
            "CreateVpcPeeringConnection",
            "DeleteVpcPeeringConnection",
            "RejectVpcPeeringConnection",
            "AttachClassicLinkVpc",
            "DetachClassicLinkVpc",
            "DisableVpcClassicLink",
            "EnableVpcClassicLink",
        ),
    ),
)
