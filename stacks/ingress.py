"""The load balancer that is the only way in: HTTPS, a firewall for the web, and logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from troposphere import AWSHelperFn, GetAtt, Ref, logs, route53, wafv2
from troposphere import certificatemanager as acm
from troposphere import elasticloadbalancingv2 as elb
from troposphere.validators.route53 import AliasTarget

from policies import firewall
from policies.kms import LogGroups, TopicPublisher
from policies.log_delivery import delivers_logs
from stacks.alarms import Metric, alarm
from stacks.logs import kept_log_group
from stacks.names import unique
from stratopause.environments.schema import IngressSettings, ServiceSettings
from stratopause.wiring.records import Record
from stratopause.wiring.stack import Stack
from stratopause.wiring.values import (
    BucketName,
    KeyArn,
    ListenerArn,
    LoadBalancerDnsName,
    LoadBalancerName,
    LogGroupArn,
    SecurityGroupId,
    SubnetIds,
    TargetGroupArn,
    TargetGroupName,
    TopicArn,
    Url,
    VpcId,
    WebAclArn,
)

DAY = 86400

# TLS 1.2 and 1.3 with forward secrecy, in modules validated by FIPS 140-3 and with post-quantum key exchange:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09"

# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/header-modification.html
RESPONSE_HEADERS = {
    "routing.http.response.server.enabled": "false",
    "routing.http.response.strict_transport_security.header_value": "max-age=31536000; includeSubDomains",
    "routing.http.response.x_content_type_options.header_value": "nosniff",
    "routing.http.response.x_frame_options.header_value": "DENY",
}


class Parameters(Record, frozen=True, kw_only=True):
    vpc_id: VpcId
    subnet_ids: SubnetIds
    security_group_id: SecurityGroupId
    log_bucket_name: BucketName
    logs_key_arn: Annotated[KeyArn, LogGroups()]
    topic_arn: Annotated[TopicArn, TopicPublisher("cloudwatch")]


class Outputs(Record, frozen=True, kw_only=True):
    load_balancer_dns_name: Annotated[LoadBalancerDnsName, "The load balancer's own DNS name"]
    load_balancer_name: Annotated[LoadBalancerName, "What the load balancer's metrics are found by"]
    target_group_arn: Annotated[TargetGroupArn, "Where the service's tasks are registered"]
    target_group_name: Annotated[TargetGroupName, "What the target group's metrics are found by"]
    listener_arn: Annotated[ListenerArn, "The HTTPS listener, to add rules to"]
    url: Annotated[Url, "Where patients and staff reach the platform"]


class Ingress(Stack[Parameters, Outputs]):
    description = "The load balancer that is the only way in: HTTPS, a firewall for the web, and logs."

    def __init__(self, prefix: str, settings: IngressSettings, service: ServiceSettings, log_days: int) -> None:
        super().__init__()
        self.prefix = prefix
        self.settings = settings
        self.service = service
        self.log_days = log_days

    def resources(self, given: Parameters) -> Outputs:
        load_balancer = self.load_balancer(given)
        targets = self.target_group(given)
        certificate_arn = self.certificate_arn()
        listener = self.listener(load_balancer, targets, certificate_arn)
        self.alias(load_balancer)
        self.guard(load_balancer, given)
        self.alarms(LoadBalancerName.of(load_balancer), TargetGroupName.of(targets), given.topic_arn)
        self.watch_certificate(certificate_arn, given.topic_arn)
        return Outputs(
            load_balancer_dns_name=LoadBalancerDnsName.of(load_balancer),
            load_balancer_name=LoadBalancerName.of(load_balancer),
            target_group_arn=TargetGroupArn.of(targets),
            target_group_name=TargetGroupName.of(targets),
            listener_arn=ListenerArn.of(listener),
            url=Url(f"https://{self.settings.domain_name}"),
        )

    def load_balancer(self, given: Parameters) -> elb.LoadBalancer:
        attributes = {
            "deletion_protection.enabled": "true",
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "routing.http.desync_mitigation_mode": "defensive",
            "waf.fail_open.enabled": "false",
            "access_logs.s3.enabled": "true",
            "access_logs.s3.bucket": given.log_bucket_name,
            "connection_logs.s3.enabled": "true",
            "connection_logs.s3.bucket": given.log_bucket_name,
        }
        return self.add(
            elb.LoadBalancer(
                "LoadBalancer",
                Type="application",
                Scheme=self.settings.scheme,
                IpAddressType="ipv4",
                Subnets=given.subnet_ids,
                SecurityGroups=[given.security_group_id],
                LoadBalancerAttributes=[
                    elb.LoadBalancerAttributes(Key=key, Value=value) for key, value in attributes.items()
                ],
            )
        )

    def target_group(self, given: Parameters) -> elb.TargetGroup:
        """HTTPS to the tasks too: nothing travels in the clear inside of the VPC."""
        attributes = {"deregistration_delay.timeout_seconds": "30", "stickiness.enabled": "false"}
        return self.add(
            elb.TargetGroup(
                "TargetGroup",
                VpcId=given.vpc_id,
                TargetType="ip",
                Protocol="HTTPS",
                Port=self.service.port,
                HealthCheckProtocol="HTTPS",
                HealthCheckPath=self.service.health_path,
                HealthCheckIntervalSeconds=15,
                HealthCheckTimeoutSeconds=5,
                HealthyThresholdCount=2,
                UnhealthyThresholdCount=3,
                Matcher=elb.Matcher(HttpCode="200"),
                TargetGroupAttributes=[
                    elb.TargetGroupAttribute(Key=key, Value=value) for key, value in attributes.items()
                ],
            )
        )

    def listener(
        self, load_balancer: elb.LoadBalancer, targets: elb.TargetGroup, certificate_arn: AWSHelperFn | str
    ) -> elb.Listener:
        return self.add(
            elb.Listener(
                "HttpsListener",
                LoadBalancerArn=Ref(load_balancer),
                Port=443,
                Protocol="HTTPS",
                SslPolicy=TLS_POLICY,
                Certificates=[elb.Certificate(CertificateArn=certificate_arn)],
                DefaultActions=[elb.Action(Type="forward", TargetGroupArn=Ref(targets))],
                ListenerAttributes=[
                    elb.ListenerAttribute(Key=key, Value=value) for key, value in RESPONSE_HEADERS.items()
                ],
            )
        )

    def certificate_arn(self) -> AWSHelperFn | str:
        """The certificate given, or one made here, which waits until its record in the zone is seen."""
        settings = self.settings
        if settings.certificate_arn is not None:
            return settings.certificate_arn
        certificate = self.add(
            acm.Certificate(
                "Certificate",
                DomainName=settings.domain_name,
                ValidationMethod="DNS",
                DomainValidationOptions=[
                    acm.DomainValidationOption(DomainName=settings.domain_name, HostedZoneId=settings.hosted_zone_id)
                ],
            )
        )
        return Ref(certificate)

    def alias(self, load_balancer: elb.LoadBalancer) -> None:
        """Without a zone of ours, whoever owns the domain makes the record."""
        if self.settings.hosted_zone_id is None:
            return
        self.add(
            route53.RecordSetType(
                "AliasRecord",
                HostedZoneId=self.settings.hosted_zone_id,
                Name=self.settings.domain_name,
                Type="A",
                AliasTarget=AliasTarget(  # type: ignore[no-untyped-call]
                    DNSName=GetAtt(load_balancer, "DNSName"),
                    HostedZoneId=GetAtt(load_balancer, "CanonicalHostedZoneID"),
                    EvaluateTargetHealth=True,
                ),
            )
        )

    def guard(self, load_balancer: elb.LoadBalancer, given: Parameters) -> None:
        """The firewall, in front of the load balancer, and its log."""
        acl = self.add(firewall.web_acl("Firewall", self.prefix, self.settings.rate_limit))
        self.add(
            wafv2.WebACLAssociation("FirewallAssociation", ResourceArn=Ref(load_balancer), WebACLArn=WebAclArn.of(acl))
        )
        # WAF takes no other names: https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html
        name = unique(f"aws-waf-logs-{self.prefix}")
        log_group = self.add(kept_log_group("FirewallLogGroup", given.logs_key_arn, self.log_days, name))
        delivery = self.add(
            logs.ResourcePolicy("FirewallLogDelivery", PolicyName=name, PolicyDocument=delivers_logs(Ref(log_group)))
        )
        log = firewall.log_of("FirewallLogging", WebAclArn.of(acl), LogGroupArn.of(log_group))
        log.DependsOn = delivery.title
        self.add(log)

    def alarms(self, load_balancer: LoadBalancerName, targets: TargetGroupName, topic: TopicArn) -> None:
        here = {"LoadBalancer": load_balancer}
        there = {**here, "TargetGroup": targets}

        def metric(name: str, dimensions: Mapping[str, AWSHelperFn], threshold: float, statistic: str) -> Metric:
            return Metric(
                "AWS/ApplicationELB", name, dimensions, threshold, statistic=statistic, missing="notBreaching"
            )

        for title, problem, bad in (
            ("EntryErrors", "The load balancer fails requests", metric("HTTPCode_ELB_5XX_Count", here, 10, "Sum")),
            ("ServiceErrors", "The service fails requests", metric("HTTPCode_Target_5XX_Count", there, 10, "Sum")),
            ("Rejections", "The load balancer has no room", metric("RejectedConnectionCount", here, 0, "Sum")),
            ("Unhealthy", "A task fails its health check", metric("UnHealthyHostCount", there, 0, "Maximum")),
            ("Latency", "One request in a hundred takes over 2 s", metric("TargetResponseTime", there, 2, "p99")),
            ("BackendTls", "Tasks fail the TLS handshake", metric("TargetTLSNegotiationErrorCount", there, 0, "Sum")),
        ):
            self.add(alarm(f"{title}Alarm", problem, bad, topic))

    def watch_certificate(self, certificate_arn: AWSHelperFn | str, topic: TopicArn) -> None:
        """ACM renews what it made 60 days ahead; an imported one is renewed by hand.

        https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
        """
        days_left = Metric(
            "AWS/CertificateManager",
            "DaysToExpiry",
            {"CertificateArn": certificate_arn},
            30,
            comparison="LessThanThreshold",
            statistic="Minimum",
            period=DAY,
            periods=1,
        )
        self.add(alarm("CertificateAlarm", "The certificate expires within 30 days", days_left, topic))
