"""A small platform by hand, without NAT, for the tests of who reaches whom, and one change of it at a time."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, Final

from stratopause.tree.decoding import decode
from stratopause.tree.loading import Forest
from tests.forest import forest

GONE: Final = object()

PLATFORM: Final = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, EnableDnsHostnames: true, EnableDnsSupport: true}}
  FlowLog:
    Type: AWS::EC2::FlowLog
    Properties: {ResourceId: !Ref Vpc, ResourceType: VPC, TrafficType: ALL, LogGroupName: flows}
  Gateway: {Type: AWS::EC2::InternetGateway}
  Attachment: {Type: AWS::EC2::VPCGatewayAttachment, Properties: {VpcId: !Ref Vpc, InternetGatewayId: !Ref Gateway}}
  PublicA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.0.0/24,
    AvailabilityZone: !Select [0, !GetAZs '']}}
  PublicB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.1.0/24,
    AvailabilityZone: !Select [1, !GetAZs '']}}
  PrivateA: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.2.0/24,
    AvailabilityZone: !Select [0, !GetAZs '']}}
  PrivateB: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.0.3.0/24,
    AvailabilityZone: !Select [1, !GetAZs '']}}
  PublicTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PrivateTable: {Type: AWS::EC2::RouteTable, Properties: {VpcId: !Ref Vpc}}
  PublicRoute: {Type: AWS::EC2::Route, Properties: {RouteTableId: !Ref PublicTable, GatewayId: !Ref Gateway,
    DestinationCidrBlock: 0.0.0.0/0}}
  PublicATable: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PublicA,
    RouteTableId: !Ref PublicTable}}
  PublicBTable: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PublicB,
    RouteTableId: !Ref PublicTable}}
  PrivateATable: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PrivateA,
    RouteTableId: !Ref PrivateTable}}
  PrivateBTable: {Type: AWS::EC2::SubnetRouteTableAssociation, Properties: {SubnetId: !Ref PrivateB,
    RouteTableId: !Ref PrivateTable}}

  BalancerGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: balancer
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
        - {IpProtocol: tcp, FromPort: 80, ToPort: 80, CidrIp: 0.0.0.0/0}
      SecurityGroupEgress: [{IpProtocol: '-1', CidrIp: 127.0.0.1/32}]
  ServiceGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: service
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 8443, ToPort: 8443, SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId}
      SecurityGroupEgress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, DestinationPrefixListId: pl-6ea54007}
        - {IpProtocol: tcp, FromPort: '443', ToPort: '443', DestinationSecurityGroupId: !Ref EndpointGroup}
  DatabaseGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: database
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref ServiceGroup}
      SecurityGroupEgress: [{IpProtocol: '-1', CidrIp: 127.0.0.1/32}]
  CacheGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: cache
      VpcId: !Ref Vpc
      SecurityGroupIngress:
        - {IpProtocol: '6', FromPort: 6379, ToPort: 6379, CidrIp: !GetAtt PrivateA.CidrBlock}
        - {IpProtocol: '6', FromPort: 6379, ToPort: 6379, CidrIp: !GetAtt PrivateB.CidrBlock}
      SecurityGroupEgress: [{IpProtocol: '-1', CidrIp: 127.0.0.1/32}]
  EndpointGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: endpoints
      VpcId: !Ref Vpc
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: !GetAtt Vpc.CidrBlock}]
      SecurityGroupEgress: [{IpProtocol: '-1', CidrIp: 127.0.0.1/32}]
  ToService:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: {GroupId: !GetAtt BalancerGroup.GroupId, IpProtocol: tcp, FromPort: 8443, ToPort: 8443,
      DestinationSecurityGroupId: !GetAtt ServiceGroup.GroupId}
  ToDatabase:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: {GroupId: !GetAtt ServiceGroup.GroupId, IpProtocol: tcp, FromPort: !GetAtt Database.Endpoint.Port,
      ToPort: !GetAtt Database.Endpoint.Port, DestinationSecurityGroupId: !GetAtt DatabaseGroup.GroupId}
  ToCache:
    Type: AWS::EC2::SecurityGroupEgress
    Properties: {GroupId: !GetAtt ServiceGroup.GroupId, IpProtocol: tcp, FromPort: 6379, ToPort: 6379,
      DestinationSecurityGroupId: !GetAtt CacheGroup.GroupId}

  Balancer:
    Type: AWS::ElasticLoadBalancingV2::LoadBalancer
    Properties: {Scheme: internet-facing, SecurityGroups: [!Ref BalancerGroup], Subnets: [!Ref PublicA, !Ref PublicB]}
  Https:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 443
      Protocol: HTTPS
      DefaultActions: [{Type: forward, ForwardConfig: {TargetGroups: [{TargetGroupArn: !Ref Targets, Weight: 1}]}}]
  Http:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      Port: 80
      Protocol: HTTP
      DefaultActions: [{Type: redirect, RedirectConfig: {Protocol: HTTPS, Port: '443', StatusCode: HTTP_301}}]
  Targets:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: 8443, Protocol: HTTPS, HealthCheckProtocol: HTTPS, TargetType: ip, VpcId: !Ref Vpc}
  Repository: {Type: AWS::ECR::Repository}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      TaskRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - Name: web
          Image: !Sub '${Repository.RepositoryUri}@sha256:abc'
          PortMappings: [{ContainerPort: 8443}]
          LogConfiguration: {LogDriver: awslogs}
          Secrets: [{Name: PASSWORD, ValueFrom: !Sub '${Secret}:password::'}]
          Environment:
            - {Name: DATABASE_HOST, Value: !GetAtt Database.Endpoint.Address}
            - {Name: DATABASE_PORT, Value: '5432'}
            - {Name: CACHE, Value: !Sub 'rediss://${Cache.PrimaryEndPoint.Address}:6379/0'}
  Role: {Type: AWS::IAM::Role}
  Secret: {Type: AWS::SecretsManager::Secret}
  Service:
    Type: AWS::ECS::Service
    Properties:
      LaunchType: FARGATE
      TaskDefinition: !Ref Task
      LoadBalancers: [{ContainerName: web, ContainerPort: 8443, TargetGroupArn: !Ref Targets}]
      NetworkConfiguration:
        AwsvpcConfiguration: {SecurityGroups: [!Ref ServiceGroup], Subnets: [!Ref PrivateA, !Ref PrivateB]}

  DatabaseSubnets: {Type: AWS::RDS::DBSubnetGroup, Properties: {SubnetIds: [!Ref PrivateA, !Ref PrivateB]}}
  Database:
    Type: AWS::RDS::DBInstance
    Properties: {Engine: postgres, PubliclyAccessible: false, DBSubnetGroupName: !Ref DatabaseSubnets,
      VPCSecurityGroups: [!GetAtt DatabaseGroup.GroupId]}
  CacheSubnets: {Type: AWS::ElastiCache::SubnetGroup, Properties: {SubnetIds: [!Ref PrivateA, !Ref PrivateB]}}
  Cache:
    Type: AWS::ElastiCache::ReplicationGroup
    Properties: {Engine: valkey, CacheSubnetGroupName: !Ref CacheSubnets, SecurityGroupIds: [!Ref CacheGroup]}

  S3:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Vpc, ServiceName: !Sub 'com.amazonaws.${AWS::Region}.s3',
      RouteTableIds: [!Ref PrivateTable]}
"""

_INTERFACE: Final = """
Resources:
  %s:
    Type: AWS::EC2::VPCEndpoint
    Properties: {VpcId: !Ref Vpc, ServiceName: !Sub 'com.amazonaws.${AWS::Region}.%s', VpcEndpointType: Interface,
      PrivateDnsEnabled: true, SecurityGroupIds: [!Ref EndpointGroup], SubnetIds: [!Ref PrivateA, !Ref PrivateB]}
"""
_INTERFACES: Final = {"EcrApi": "ecr.api", "EcrDkr": "ecr.dkr", "Logs": "logs", "Secrets": "secretsmanager"}


def platform() -> dict[str, Any]:
    """Long form, to be changed."""
    template = copy.deepcopy(decode(PLATFORM.encode()))
    for name, service in _INTERFACES.items():
        template["Resources"] |= decode((_INTERFACE % (name, service)).encode())["Resources"]
    return template


def changed(*changes: tuple[str, Any]) -> Forest:
    """The platform with values put at paths, `Service.LoadBalancers.0.ContainerPort`; `GONE` takes one away.

    A path of one name is a resource.
    """
    template = platform()
    for path, value in changes:
        first, *rest = path.split(".")
        names: list[str] = [first, *(["Properties", *rest] if rest else [])]
        at: Any = template["Resources"]
        for name in names[:-1]:
            at = at[int(name)] if isinstance(at, list) else at.setdefault(name, {})
        key: Any = int(names[-1]) if isinstance(at, list) else names[-1]
        if value is GONE:
            del at[key]
        elif isinstance(at, list) and key == len(at):
            at.append(value)
        else:
            at[key] = value
    return forest(platform=template)


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


_ODD: Final[tuple[Any, ...]] = (
    None,
    7,
    -1.5,
    True,
    "",
    "x,y",
    [],
    [[None]],
    [7, "a", {}],
    {},
    {"a": {"b": None}},
    [{}],
)


def hostile() -> Iterator[Forest]:
    """The platform with every property, in turn, of a type that it can't be."""
    platform_ = platform()
    paths = [
        path
        for name, resource in platform_["Resources"].items()
        for path in _paths(resource.get("Properties"), ("Resources", name, "Properties"))
    ]
    for shift in range(len(_ODD)):
        template = copy.deepcopy(platform_)
        # From the leaves to the root, so that each is still there to be replaced; a third stays as it is.
        for at, path in enumerate(reversed(paths)):
            if (at + shift) % 3:
                _put(template, path, _ODD[(at + shift) % len(_ODD)])
        yield forest(platform=template)
    for path in paths[::3]:
        template = copy.deepcopy(platform_)
        _put(template, path, _ODD[len(repr(path)) % len(_ODD)])
        yield forest(platform=template)


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from _paths(part, (*path, name))


def _put(template: Any, path: tuple[Any, ...], value: Any) -> None:
    for name in path[:-1]:
        template = template[name]
    template[path[-1]] = value
