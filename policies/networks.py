"""Security group rules that more than one stack needs."""

from __future__ import annotations

from troposphere.ec2 import SecurityGroupRule

NOWHERE = SecurityGroupRule(
    IpProtocol="icmp",
    FromPort=252,
    ToPort=86,
    CidrIp="255.255.255.255/32",
    Description="Nowhere: a group without a rule would be given one that lets everything out",
)
"""A group made without egress rules is given one to anywhere; this one matches nothing that exists.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
"""
