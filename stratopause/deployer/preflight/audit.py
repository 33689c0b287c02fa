"""Whether the account's trail records, and whether its configuration recorder is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stratopause.deployer.preflight.asking import Call
from stratopause.deployer.preflight.check import Check
from stratopause.deployer.preflight.findings import Finding, failed, passed, warning
from stratopause.deployer.preflight.scene import Scene

STATUS: Final = Call("cloudtrail", "get_trail_status", "cloudtrail:GetTrailStatus")
RECORDERS: Final = Call("config", "describe_configuration_recorders", "config:DescribeConfigurationRecorders")
RECORDER: Final = "AWS::Config::ConfigurationRecorder"


def trail(scene: Scene) -> Iterator[Finding]:
    """The trail that another environment owns; one that is made here records from the beginning.

    That an emulator has none is no more than worth knowing: nobody's calls are recorded there.
    """
    arn = scene.facts.trail_arn
    if not arn:
        return
    told = scene.asking.find(STATUS, Name=arn)
    if told is None:
        judged = warning if scene.target.is_local else failed
        yield judged(f"there is no trail {arn}", "correct audit.trail_arn, or leave it out to make one here")
    elif not told.get("IsLogging"):
        yield failed(f"trail {arn} records nothing", f"aws cloudtrail start-logging --name {arn}")
    elif error := told.get("LatestDeliveryError"):
        yield warning(f"trail {arn} couldn't deliver: {error}", "see to its bucket's policy and key")
    else:
        yield passed(f"trail {arn} records")


def recorder(scene: Scene) -> Iterator[Finding]:
    added = list(scene.added(RECORDER))
    if not added:
        return
    there = scene.asking.ask(RECORDERS)["ConfigurationRecorders"]
    if there:
        names = ", ".join(one["name"] for one in there)
        message = f"{scene.target.region} has a configuration recorder already ({names}), and takes only one"
        yield failed(message, "leave it out, and use the one that is there", added[0].place)
    else:
        yield passed(f"{scene.target.region} has no configuration recorder yet", added[0].place)


CHECKS: Final = (
    Check(
        name="trail",
        prevents="an environment whose calls nobody records",
        source="https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html",
        calls=(STATUS,),
        run=trail,
    ),
    Check(
        name="config-recorder",
        prevents="a second configuration recorder in the region, which AWS Config refuses",
        source="https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html",
        calls=(RECORDERS,),
        run=recorder,
    ),
)
