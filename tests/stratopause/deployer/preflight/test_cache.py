from __future__ import annotations

import pytest

from tests.stratopause.deployer.preflight.looking import look
from tests.stratopause.deployer.preflight.scripted import resource, tree

VERSIONS = ("elasticache", "describe_cache_engine_versions")


def test_a_version_that_isnt_there_is_told_with_the_nearest_ones() -> None:
    (finding,) = look("cache-engine", {VERSIONS: {"CacheEngineVersions": [{"EngineVersion": "8.0"}]}})
    assert (finding.next_step, finding.place) == ("choose another version, such as 8.0", ("Part", "Group"))
    (finding,) = look("cache-engine", {VERSIONS: {"CacheEngineVersions": []}})
    assert finding.next_step == "choose another engine"


@pytest.mark.parametrize("check", ["cache-engine", "cache-node-type"])
def test_what_isnt_known_beforehand_isnt_asked(check: str) -> None:
    restored = tree(Group=resource("AWS::ElastiCache::ReplicationGroup", GlobalReplicationGroupId="other"))
    assert [one.message for one in look(check, {}, restored)] == ["nothing here needs it"]
