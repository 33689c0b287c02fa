"""The trail of API calls, and alarms on what nobody should do."""

from __future__ import annotations

from typing import Annotated

from troposphere import GetAtt, Ref, Sub, cloudtrail, iam, logs

from policies.kms import LogGroups, TopicPublisher, Trail
from policies.roles import passed_to, writes_logs
from stacks.alarms import Metric, alarm
from stacks.logs import kept_log_group
from stacks.watches import WATCHES, Watch
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import BucketName, KeyArn, LogStreamsArn, TopicArn, TrailArn

MANAGEMENT = cloudtrail.AdvancedEventSelector(
    Name="Every management event",
    FieldSelectors=[cloudtrail.AdvancedFieldSelector(Field="eventCategory", Equals=["Management"])],
)
OBJECTS = cloudtrail.AdvancedEventSelector(
    Name="Every object of every bucket, but the trail's own",
    FieldSelectors=[
        cloudtrail.AdvancedFieldSelector(Field="eventCategory", Equals=["Data"]),
        cloudtrail.AdvancedFieldSelector(Field="resources.type", Equals=["AWS::S3::Object"]),
        cloudtrail.AdvancedFieldSelector(
            Field="resources.ARN", NotStartsWith=[Sub("arn:${AWS::Partition}:s3:::${TrailBucketName}/")]
        ),
    ],
)
"""Without the exception each delivery would be recorded, and that delivered.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
"""


class Parameters(Record, frozen=True, kw_only=True):
    trail_bucket_name: BucketName
    archive_key_arn: Annotated[KeyArn, Trail()]
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]


class Outputs(Record, frozen=True, kw_only=True):
    trail_arn: Annotated[TrailArn, "The trail that records API calls"]


class Audit(Stack[Parameters, Outputs]):
    description = "The trail of API calls, and alarms on what nobody should do."

    def __init__(self, prefix: str, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.log_days = log_days

    def resources(self, given: Parameters) -> Outputs:
        log_group = self.log_group(given)
        trail = self.trail(given, log_group)
        for watch in WATCHES:
            self.watch(watch, log_group, given.topic_arn)
        return Outputs(trail_arn=TrailArn.of(trail))

    def log_group(self, given: Parameters) -> logs.LogGroup:
        return self.add(kept_log_group("TrailLogGroup", given.logs_key_arn, self.log_days))

    def role(self, log_group: logs.LogGroup) -> iam.Role:
        role = self.add(
            iam.Role(
                "TrailRole",
                Description="Lets CloudTrail write to its log group",
                AssumeRolePolicyDocument=passed_to("cloudtrail"),
            )
        )
        self.add(
            iam.ManagedPolicy(
                "TrailPolicy",
                Description="Write to the log group of the trail",
                PolicyDocument=writes_logs(LogStreamsArn.of(log_group)),
                Roles=[Ref(role)],
            )
        )
        return role

    def trail(self, given: Parameters, log_group: logs.LogGroup) -> cloudtrail.Trail:
        return self.add(
            cloudtrail.Trail(
                "Trail",
                TrailName=self.prefix,
                IsLogging=True,
                IsMultiRegionTrail=True,
                IncludeGlobalServiceEvents=True,
                EnableLogFileValidation=True,
                S3BucketName=given.trail_bucket_name,
                KMSKeyId=given.archive_key_arn,
                CloudWatchLogsLogGroupArn=LogStreamsArn.of(log_group),
                CloudWatchLogsRoleArn=GetAtt(self.role(log_group), "Arn"),
                AdvancedEventSelectors=[MANAGEMENT, OBJECTS],
                InsightSelectors=[
                    cloudtrail.InsightSelector(InsightType="ApiCallRateInsight"),
                    cloudtrail.InsightSelector(InsightType="ApiErrorRateInsight"),
                ],
                DependsOn="TrailPolicy",
            )
        )

    def watch(self, watch: Watch, log_group: logs.LogGroup, topic: TopicArn) -> None:
        namespace = f"{self.prefix}/audit"
        self.add(
            logs.MetricFilter(
                f"{watch.name}Filter",
                LogGroupName=Ref(log_group),
                FilterPattern=watch.pattern,
                MetricTransformations=[
                    logs.MetricTransformation(MetricNamespace=namespace, MetricName=watch.name, MetricValue="1")
                ],
            )
        )
        metric = Metric(namespace, watch.name, {}, 0, statistic="Sum", periods=1, missing="notBreaching")
        self.add(alarm(f"{watch.name}Alarm", watch.description, metric, topic))
