"""Names of resources that a template doesn't name, where ministack has a form of its own without a random part."""

from __future__ import annotations

from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.schema import Properties

NAMING = {
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::ECS::Service": "ServiceName",
    "AWS::ECS::TaskDefinition": "Family",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SSM::Parameter": "Name",
}


def named(type_name: str, properties: Properties, stack_name: str, logical_id: str) -> Properties:
    """The properties with a name: the template's, or the one that CloudFormation makes up."""
    naming = NAMING.get(type_name)
    if naming is None or properties.get(naming):
        return properties
    return {**properties, naming: provisioners._physical_name(stack_name, logical_id)}
