"""Whether the region has the zones, prefix lists and endpoint services that the network names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed
from stratopause.deployer.preflight.scene import Scene

ZONES: Final = Call("ec2", "describe_availability_zones", "ec2:DescribeAvailabilityZones")
LISTS: Final = Call("ec2", "describe_managed_prefix_lists", "ec2:DescribeManagedPrefixLists")
SERVICES: Final = Call("ec2", "describe_vpc_endpoint_services", "ec2:DescribeVpcEndpointServices")
REFERENCE: Final = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/"


def zones(scene: Scene) -> Iterator[Finding]:
    wanted = scene.needs.zones
    if not wanted:
        return
    answer = scene.asking.ask(ZONES, Filters=[{"Name": "region-name", "Values": [scene.target.region]}])
    usable = {
        zone["ZoneName"]
        for zone in answer["AvailabilityZones"]
        if zone.get("State") == "available" and zone.get("OptInStatus") != "not-opted-in"
    }
    for zone in wanted:
        if zone in usable:
            yield passed(f"{zone} is available")
        else:
            yield failed(f"this account can't use zone {zone}", f"choose among {', '.join(sorted(usable))}")


def prefix_lists(scene: Scene) -> Iterator[Finding]:
    wanted = {text: resource for resource, text in scene.needs.strings() if text.startswith("pl-")}
    if not wanted:
        return
    filters = [{"Name": "prefix-list-id", "Values": sorted(wanted)}]
    found = {one["PrefixListId"]: one for one in scene.asking.every(LISTS, "PrefixLists", Filters=filters)}
    for name, resource in sorted(wanted.items()):
        if name in found:
            yield passed(f"{name} is {found[name].get('PrefixListName', 'there')}", resource.place)
        else:
            look = f"aws ec2 describe-managed-prefix-lists --region {scene.target.region}"
            yield failed(f"{scene.target.region} has no prefix list {name}", look, resource.place)


def endpoint_services(scene: Scene) -> Iterator[Finding]:
    wanted = {name: one for one in scene.needs.of("AWS::EC2::VPCEndpoint") if (name := one.text("ServiceName"))}
    if not wanted:
        return
    names = [{"Name": "service-name", "Values": sorted(wanted)}]
    found = {one["ServiceName"]: one for one in scene.asking.every(SERVICES, "ServiceDetails", Filters=names)}
    for name, endpoint in sorted(wanted.items()):
        if name not in found:
            yield failed(
                f"{scene.target.region} has no endpoint service {name}",
                "correct its name, or leave it out",
                endpoint.place,
            )
            continue
        offered = found[name].get("AvailabilityZones", [])
        is_interface = endpoint.text("VpcEndpointType") == "Interface"
        missing = [zone for zone in scene.needs.zones if zone not in offered] if is_interface and offered else []
        if missing:
            yield failed(f"{name} isn't in {', '.join(missing)}", f"it is in {', '.join(offered)}", endpoint.place)
        else:
            yield passed(f"{name} is there", endpoint.place)


CHECKS: Final = (
    Check(
        name="zones",
        prevents="a subnet in a zone that the region doesn't have, or that is closed to the account",
        source=REFERENCE + "API_DescribeAvailabilityZones.html",
        calls=(ZONES,),
        run=zones,
        only_aws=True,
    ),
    Check(
        name="prefix-lists",
        prevents="a security group's rule that names another region's prefix list",
        source=REFERENCE + "API_DescribeManagedPrefixLists.html",
        calls=(LISTS,),
        run=prefix_lists,
        only_aws=True,
    ),
    Check(
        name="endpoint-services",
        prevents="a VPC endpoint to a service that the region or a zone doesn't have",
        source=REFERENCE + "API_DescribeVpcEndpointServices.html",
        calls=(SERVICES,),
        run=endpoint_services,
        only_aws=True,
    ),
)
