"""Writes `actions.py`: `python -m stratopause.tree.generate_actions`, from the data that cfn-lint ships.

A rule can't ask cfn-lint: it knows only what it finds in this package.
"""

from __future__ import annotations

import json
import textwrap
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

_SERVICES: Final = """
    acm acm-pca airflow aoss apigateway appconfig application-autoscaling appsync athena autoscaling backup batch
    bedrock cassandra cloudformation cloudfront cloudtrail cloudwatch codeartifact codebuild codecommit codedeploy
    codepipeline cognito-identity cognito-idp config dax dms docdb-elastic ds dynamodb ec2 ecr ecr-public ecs eks
    elasticache elasticbeanstalk elasticfilesystem elasticloadbalancing elasticmapreduce es events execute-api firehose
    fsx glacier glue guardduty healthlake iam imagebuilder inspector2 iot kafka kafka-cluster kendra kinesis
    kinesisanalytics kinesisvideo kms lakeformation lambda logs macie2 medical-imaging memorydb mobiletargeting mq
    neptune-db network-firewall organizations osis pipes pricing profile qldb ram rds rds-data rds-db redshift
    redshift-data redshift-serverless resource-groups route53 route53resolver s3 s3-object-lambda sagemaker scheduler
    schemas secretsmanager securityhub servicediscovery ses shield signer sns sqs ssm ssmmessages ec2messages states sts
    synthetics tag textract timestream transcribe transfer translate waf wafv2 wisdom workspaces xray
"""

_HEADER: Final = '''"""Which actions of IAM can name the resource that they are about, and which can't.

Written by `python -m stratopause.tree.generate_actions` from cfn-lint's data, which is that of
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""
# ruff: noqa: E501 - a service's actions are one text

'''


def actions() -> str:
    """The text of `actions.py`, from the installed cfn-lint."""
    data = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text())
    names = sorted(set(_SERVICES.split()) & data.keys())
    return "\n".join([_HEADER + _table("NAMING", names, data, True), _table("NAMELESS", names, data, False)])


def _table(title: str, names: list[str], data: dict[str, Any], can_name: bool) -> str:
    lines = [f"{title}: dict[str, str] = {{"]
    for name in names:
        found = sorted(
            action for action, what in data[name]["Actions"].items() if bool(what.get("Resources")) == can_name
        )
        if found:
            lines += [f'    "{name}": (', *_wrapped(found), "    ),"]
    return "\n".join([*lines, "}\n"])


def _wrapped(found: list[str]) -> list[str]:
    return [f'        "{line} "' for line in textwrap.wrap(" ".join(found), 108)]


if __name__ == "__main__":
    Path(__file__).with_name("actions.py").write_text(actions())
