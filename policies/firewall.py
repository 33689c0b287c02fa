"""The rules of the web application firewall, and what of a request its log may hold."""

from __future__ import annotations

from troposphere import wafv2

from stratopause.wiring.values import LogGroupArn, WebAclArn

# In the order in which they are asked, cheapest refusals first:
# https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html
MANAGED_GROUPS = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    # It refuses bodies above 8 KB, and a medical record is longer: counted, and all other rules still apply.
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY",),
    "AWSManagedRulesSQLiRuleSet": (),
}
RATE_WINDOW_SECONDS = 300
REDACTED_HEADERS = ("authorization", "cookie", "referer")


def web_acl(logical_id: str, name: str, rate_limit: int) -> wafv2.WebACL:
    """Lets in what no rule refuses; `rate_limit` is in requests per address and five minutes."""
    return wafv2.WebACL(
        logical_id,
        Description=f"In front of the load balancer of {name}",
        Scope="REGIONAL",
        DefaultAction=wafv2.DefaultAction(Allow=wafv2.AllowAction()),
        Rules=[
            _rate_rule(rate_limit),
            *(_managed_rule(group, priority) for priority, group in enumerate(MANAGED_GROUPS, start=1)),
        ],
        VisibilityConfig=_visible_as(name),
    )


def log_of(logical_id: str, acl_arn: WebAclArn, log_group_arn: LogGroupArn) -> wafv2.LoggingConfiguration:
    """Every request, without what lets somebody in and without the query, which may name a patient."""
    return wafv2.LoggingConfiguration(
        logical_id,
        ResourceArn=acl_arn,
        LogDestinationConfigs=[log_group_arn],
        RedactedFields=[
            *(
                wafv2.LoggingConfigurationFieldToMatch(SingleHeader=wafv2.SingleHeader(Name=header))
                for header in REDACTED_HEADERS
            ),
            wafv2.LoggingConfigurationFieldToMatch(QueryString={}),
        ],
    )


def _rate_rule(limit: int) -> wafv2.WebACLRule:
    return wafv2.WebACLRule(
        Name="RateLimit",
        Priority=0,
        Action=wafv2.RuleAction(Block=wafv2.BlockAction()),
        Statement=wafv2.Statement(
            RateBasedStatement=wafv2.RateBasedStatement(
                Limit=limit, AggregateKeyType="IP", EvaluationWindowSec=RATE_WINDOW_SECONDS
            )
        ),
        VisibilityConfig=_visible_as("RateLimit"),
    )


def _managed_rule(group: str, priority: int) -> wafv2.WebACLRule:
    statement = wafv2.ManagedRuleGroupStatement(VendorName="AWS", Name=group)
    if counted := MANAGED_GROUPS[group]:
        count = wafv2.RuleAction(Count=wafv2.CountAction())
        statement.RuleActionOverrides = [wafv2.RuleActionOverride(Name=rule, ActionToUse=count) for rule in counted]
    as_the_group_says = wafv2.OverrideAction()
    setattr(as_the_group_says, "None", {})
    return wafv2.WebACLRule(
        Name=group,
        Priority=priority,
        OverrideAction=as_the_group_says,
        Statement=wafv2.Statement(ManagedRuleGroupStatement=statement),
        VisibilityConfig=_visible_as(group),
    )


def _visible_as(metric: str) -> wafv2.VisibilityConfig:
    """Without samples: they would show the fields that the log redacts.

    https://docs.aws.amazon.com/waf/latest/developerguide/logging-management.html
    """
    return wafv2.VisibilityConfig(CloudWatchMetricsEnabled=True, MetricName=metric, SampledRequestsEnabled=False)
