"""Where subnets are named."""

from __future__ import annotations

from stratopause.tree import standing
from stratopause.tree.model import Path, Resource


def property_of_subnets(holder: Resource) -> Path:
    """The property by which a resource, or a group of subnets, names its subnets; empty if it names none."""
    facts = standing.FACTS.get(holder.type)
    paths = facts.subnets if facts else ("SubnetIds",)
    written = (path for path in paths if holder.get(path.split(".")[0]) is not None)
    return next((tuple(path.split(".*")[0].split(".")) for path in written), ())
