"""CloudWatch alarms that tell the alert topic when something goes wrong, and when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct
from troposphere import AWSHelperFn, cloudwatch

from stratopause.wiring.values import TopicArn

Comparison = Literal[
    "GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"
]


class Metric(Struct, frozen=True):
    """A metric of AWS, and when it is bad: `statistic` per `period` seconds, `periods` times in a row.

    `missing` says what no data means: `breaching` where silence is a failure, `notBreaching` where the metric
    is written only when something happens.
    """

    namespace: str
    name: str
    dimensions: Mapping[str, AWSHelperFn | str]
    threshold: float
    comparison: Comparison = "GreaterThanThreshold"
    statistic: str = "Average"
    period: int = 300
    periods: int = 3
    missing: Literal["breaching", "notBreaching", "missing", "ignore"] = "missing"


def alarm(logical_id: str, description: str, metric: Metric, topic: TopicArn) -> cloudwatch.Alarm:
    """An alarm on `metric`; percentiles (`p99`) go by their own property."""
    result = cloudwatch.Alarm(
        logical_id,
        AlarmDescription=description,
        Namespace=metric.namespace,
        MetricName=metric.name,
        Dimensions=[
            cloudwatch.MetricDimension(Name=name, Value=value) for name, value in sorted(metric.dimensions.items())
        ],
        ComparisonOperator=metric.comparison,
        Threshold=metric.threshold,
        EvaluationPeriods=metric.periods,
        Period=metric.period,
        TreatMissingData=metric.missing,
        AlarmActions=[topic],
        OKActions=[topic],
    )
    setattr(result, "ExtendedStatistic" if metric.statistic.startswith("p") else "Statistic", metric.statistic)
    return result
