"""What a deployment is carried out with."""

from __future__ import annotations

from msgspec import Struct, field

from stratopause.deployer.clock import Clock, Pace, SystemClock
from stratopause.deployer.services import CloudFormation, Services


class Means(Struct, frozen=True):
    """What a plan is carried out with. `run` names this one: 1-128 letters, digits and hyphens, a letter first."""

    services: Services
    run: str
    description: str = ""
    clock: Clock = field(default_factory=SystemClock)
    pace: Pace = field(default_factory=Pace)

    @property
    def cloudformation(self) -> CloudFormation:
        return self.services.cloudformation
