"""The root stack: which stacks there are, and what each gives the next. All wiring is here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stacks import network
from stacks.keys import Keys
from stacks.network import Network
from stratopause.environments import Environment
from stratopause.wiring.records import Nothing
from stratopause.wiring.stack import ParentStack
from stratopause.wiring.values import KeyArn, VpcId


@dataclass(frozen=True)
class Outputs:
    vpc_id: Annotated[VpcId, "The VPC that everything runs in"]
    kms_key_arn: Annotated[KeyArn, "The key of patient data"]


class Platform(ParentStack[Outputs]):
    description = "A HIPAA-compliant healthcare platform."

    def __init__(self, environment: Environment) -> None:
        tags = environment.tags
        super().__init__(
            {
                "owner": tags.owner,
                "environment": environment.prefix,
                "data-classification": tags.data_classification,
                "cost-centre": tags.cost_centre,
            }
        )
        self.environment = environment

    def resources(self, given: Nothing) -> Outputs:
        environment = self.environment
        prefix, log_days = environment.prefix, environment.retention.log_days
        keys = self.nest("Keys", Keys(prefix), Nothing())
        vpc = self.nest(
            "Network",
            Network(prefix, environment.network, log_days),
            network.Parameters(logs_key_arn=keys.logs_key_arn),
        )
        return Outputs(vpc_id=vpc.vpc_id, kms_key_arn=keys.data_key_arn)
