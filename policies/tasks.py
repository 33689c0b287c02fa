"""What the tasks on Fargate may do, and what ECS may do to start them."""

from __future__ import annotations

from awacs import ecr, elasticache, kms, logs, rds_db, secretsmanager
from awacs.aws import Condition, PolicyDocument, Statement, StringEquals
from troposphere import AWSHelperFn, Sub

from policies.roles import allows, assumed_by, may
from stratopause.wiring.values import CacheArn, CacheUserArn, DatabaseResourceId, KeyArn, LogStreamsArn, SecretArn


def assumed_by_tasks() -> PolicyDocument:
    """For the tasks of this account's clusters in this region.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    return assumed_by("ecs-tasks", "arn:${AWS::Partition}:ecs:${AWS::Region}:${AWS::AccountId}:*")


def starts(image: str, log_streams_arn: LogStreamsArn) -> list[Statement]:
    """Pull `image` (`ACCOUNT.dkr.ecr.REGION.SUFFIX/REPOSITORY@DIGEST`, `Fn::Sub` names allowed) and log."""
    return [
        # AWS offers no resource level for this action:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        may("LogInToRegistry", [ecr.GetAuthorizationToken], "*"),
        may(
            "PullImage",
            [ecr.BatchCheckLayerAvailability, ecr.BatchGetImage, ecr.GetDownloadUrlForLayer],
            repository_arn(image),
        ),
        may("WriteLogs", [logs.CreateLogStream, logs.PutLogEvents], log_streams_arn),
    ]


def repository_arn(image: str) -> AWSHelperFn:
    """The ARN of the ECR repository that `image` lies in."""
    registry, _, path = image.partition("/")
    account, _, _, region = registry.split(".")[:4]
    return Sub(f"arn:${{AWS::Partition}}:ecr:{region}:{account}:repository/{path.partition('@')[0]}")


def reads_secret(secret_arn: SecretArn, key_arn: KeyArn) -> list[Statement]:
    """Read one secret and, on its behalf only, use the key that encrypts it.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    """
    for_this_secret = {
        "kms:ViaService": Sub("secretsmanager.${AWS::Region}.${AWS::URLSuffix}"),
        "kms:EncryptionContext:SecretARN": secret_arn,
    }
    return [
        may("ReadSecret", [secretsmanager.GetSecretValue], secret_arn),
        may("DecryptSecret", [kms.Decrypt], key_arn, condition=Condition(StringEquals(for_this_secret))),
    ]


def logs_in(
    database: DatabaseResourceId, user: str, cache_arn: CacheArn, cache_user_arn: CacheUserArn
) -> PolicyDocument:
    """Log in to the database as `user` and to the cache as its user, and nothing else.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
    """
    database_user = f"arn:${{AWS::Partition}}:rds-db:${{AWS::Region}}:${{AWS::AccountId}}:dbuser:${{Database}}/{user}"
    return allows(
        may("LogInToDatabase", [rds_db.connect], Sub(database_user, Database=database)),
        may("LogInToCache", [elasticache.Connect], cache_arn, cache_user_arn),
    )
