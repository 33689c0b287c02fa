"""What AWS offers; written by `python -m stratopause.environments.generate` from cfn-lint's data.

Over all regions together: whether one region has it, lint and the preflight of a deployment say.
"""
# ruff: noqa: SIM905 - three hundred names read better as words than as literals

# region: the letters of its zones
ZONES = {
    "af-south-1": "abc",
    "ap-east-1": "abc",
    "ap-east-2": "abc",
    "ap-northeast-1": "abcd",
    "ap-northeast-2": "abcd",
    "ap-northeast-3": "abc",
    "ap-south-1": "abc",
    "ap-south-2": "abc",
    "ap-southeast-1": "abc",
    "ap-southeast-2": "abc",
    "ap-southeast-3": "abc",
    "ap-southeast-4": "abc",
    "ap-southeast-5": "abc",
    "ap-southeast-6": "abc",
    "ap-southeast-7": "abc",
    "ca-central-1": "abcd",
    "ca-west-1": "abc",
    "eu-central-1": "abc",
    "eu-central-2": "abc",
    "eu-north-1": "abc",
    "eu-south-1": "abc",
    "eu-south-2": "abc",
    "eu-west-1": "abc",
    "eu-west-2": "abc",
    "eu-west-3": "abc",
    "il-central-1": "abc",
    "me-central-1": "abc",
    "me-south-1": "abc",
    "mx-central-1": "abc",
    "sa-east-1": "abc",
    "us-east-1": "abcdef",
    "us-east-2": "abc",
    "us-gov-east-1": "abc",
    "us-gov-west-1": "abc",
    "us-west-1": "ac",
    "us-west-2": "abcd",
}

DATABASE_CLASSES = frozenset(
    """
    db.m5.12xlarge db.m5.16xlarge db.m5.24xlarge db.m5.2xlarge db.m5.4xlarge db.m5.8xlarge db.m5.large
    db.m5.xlarge db.m5d.12xlarge db.m5d.16xlarge db.m5d.24xlarge db.m5d.2xlarge db.m5d.4xlarge db.m5d.8xlarge
    db.m5d.large db.m5d.xlarge db.m6g.12xlarge db.m6g.16xlarge db.m6g.2xlarge db.m6g.4xlarge db.m6g.8xlarge
    db.m6g.large db.m6g.xlarge db.m6gd.12xlarge db.m6gd.16xlarge db.m6gd.2xlarge db.m6gd.4xlarge
    db.m6gd.8xlarge db.m6gd.large db.m6gd.xlarge db.m6i.12xlarge db.m6i.16xlarge db.m6i.24xlarge
    db.m6i.2xlarge db.m6i.32xlarge db.m6i.4xlarge db.m6i.8xlarge db.m6i.large db.m6i.xlarge db.m6id.12xlarge
    db.m6id.16xlarge db.m6id.24xlarge db.m6id.2xlarge db.m6id.32xlarge db.m6id.4xlarge db.m6id.8xlarge
    db.m6id.large db.m6id.xlarge db.m6idn.12xlarge db.m6idn.16xlarge db.m6idn.24xlarge db.m6idn.2xlarge
    db.m6idn.32xlarge db.m6idn.4xlarge db.m6idn.8xlarge db.m6idn.large db.m6idn.xlarge db.m6in.12xlarge
    db.m6in.16xlarge db.m6in.24xlarge db.m6in.2xlarge db.m6in.32xlarge db.m6in.4xlarge db.m6in.8xlarge
    db.m6in.large db.m6in.xlarge db.m7g.12xlarge db.m7g.16xlarge db.m7g.2xlarge db.m7g.4xlarge db.m7g.8xlarge
    db.m7g.large db.m7g.xlarge db.m7i.12xlarge db.m7i.16xlarge db.m7i.24xlarge db.m7i.2xlarge db.m7i.48xlarge
    db.m7i.4xlarge db.m7i.8xlarge db.m7i.large db.m7i.xlarge db.m8a.12xlarge db.m8a.16xlarge db.m8a.24xlarge
    db.m8a.2xlarge db.m8a.48xlarge db.m8a.4xlarge db.m8a.8xlarge db.m8a.large db.m8a.xlarge db.m8g.12xlarge
    db.m8g.16xlarge db.m8g.24xlarge db.m8g.2xlarge db.m8g.48xlarge db.m8g.4xlarge db.m8g.8xlarge db.m8g.large
    db.m8g.xlarge db.m8gd.12xlarge db.m8gd.16xlarge db.m8gd.24xlarge db.m8gd.2xlarge db.m8gd.48xlarge
    db.m8gd.4xlarge db.m8gd.8xlarge db.m8gd.large db.m8gd.xlarge db.m8i.12xlarge db.m8i.16xlarge
    db.m8i.24xlarge db.m8i.2xlarge db.m8i.32xlarge db.m8i.48xlarge db.m8i.4xlarge db.m8i.8xlarge
    db.m8i.96xlarge db.m8i.large db.m8i.xlarge db.m9g.12xlarge db.m9g.16xlarge db.m9g.24xlarge db.m9g.2xlarge
    db.m9g.48xlarge db.m9g.4xlarge db.m9g.8xlarge db.m9g.large db.m9g.xlarge db.r5.12xlarge db.r5.16xlarge
    db.r5.24xlarge db.r5.2xlarge db.r5.4xlarge db.r5.8xlarge db.r5.large db.r5.xlarge db.r5b.12xlarge
    db.r5b.16xlarge db.r5b.24xlarge db.r5b.2xlarge db.r5b.4xlarge db.r5b.8xlarge db.r5b.large db.r5b.xlarge
    db.r5d.12xlarge db.r5d.16xlarge db.r5d.24xlarge db.r5d.2xlarge db.r5d.4xlarge db.r5d.8xlarge db.r5d.large
    db.r5d.xlarge db.r6g.12xlarge db.r6g.16xlarge db.r6g.2xlarge db.r6g.4xlarge db.r6g.8xlarge db.r6g.large
    db.r6g.xlarge db.r6gd.12xlarge db.r6gd.16xlarge db.r6gd.2xlarge db.r6gd.4xlarge db.r6gd.8xlarge
    db.r6gd.large db.r6gd.xlarge db.r6i.12xlarge db.r6i.16xlarge db.r6i.24xlarge db.r6i.2xlarge
    db.r6i.32xlarge db.r6i.4xlarge db.r6i.8xlarge db.r6i.large db.r6i.xlarge db.r6id.12xlarge db.r6id.16xlarge
    db.r6id.24xlarge db.r6id.2xlarge db.r6id.32xlarge db.r6id.4xlarge db.r6id.8xlarge db.r6id.large
    db.r6id.xlarge db.r6idn.12xlarge db.r6idn.16xlarge db.r6idn.24xlarge db.r6idn.2xlarge db.r6idn.32xlarge
    db.r6idn.4xlarge db.r6idn.8xlarge db.r6idn.large db.r6idn.xlarge db.r6in.12xlarge db.r6in.16xlarge
    db.r6in.24xlarge db.r6in.2xlarge db.r6in.32xlarge db.r6in.4xlarge db.r6in.8xlarge db.r6in.large
    db.r6in.xlarge db.r7g.12xlarge db.r7g.16xlarge db.r7g.2xlarge db.r7g.4xlarge db.r7g.8xlarge db.r7g.large
    db.r7g.xlarge db.r7i.12xlarge db.r7i.16xlarge db.r7i.24xlarge db.r7i.2xlarge db.r7i.48xlarge
    db.r7i.4xlarge db.r7i.8xlarge db.r7i.large db.r7i.xlarge db.r8a.12xlarge db.r8a.16xlarge db.r8a.24xlarge
    db.r8a.2xlarge db.r8a.48xlarge db.r8a.4xlarge db.r8a.8xlarge db.r8a.large db.r8a.xlarge db.r8g.12xlarge
    db.r8g.16xlarge db.r8g.24xlarge db.r8g.2xlarge db.r8g.48xlarge db.r8g.4xlarge db.r8g.8xlarge db.r8g.large
    db.r8g.xlarge db.r8gd.12xlarge db.r8gd.16xlarge db.r8gd.24xlarge db.r8gd.2xlarge db.r8gd.48xlarge
    db.r8gd.4xlarge db.r8gd.8xlarge db.r8gd.large db.r8gd.xlarge db.r8i.12xlarge db.r8i.16xlarge
    db.r8i.24xlarge db.r8i.2xlarge db.r8i.32xlarge db.r8i.48xlarge db.r8i.4xlarge db.r8i.8xlarge
    db.r8i.96xlarge db.r8i.large db.r8i.xlarge db.t3.2xlarge db.t3.large db.t3.medium db.t3.micro db.t3.small
    db.t3.xlarge db.t4g.2xlarge db.t4g.large db.t4g.medium db.t4g.micro db.t4g.small db.t4g.xlarge
    db.x2g.12xlarge db.x2g.16xlarge db.x2g.2xlarge db.x2g.4xlarge db.x2g.8xlarge db.x2g.large db.x2g.xlarge
    db.x2iedn.16xlarge db.x2iedn.24xlarge db.x2iedn.2xlarge db.x2iedn.32xlarge db.x2iedn.4xlarge
    db.x2iedn.8xlarge db.x2iedn.xlarge db.x2m.16xlarge db.x2m.24xlarge db.x2m.2xlarge db.x2m.32xlarge
    db.x2m.4xlarge db.x2m.8xlarge db.x2m.xlarge db.z1d.12xlarge db.z1d.2xlarge db.z1d.3xlarge db.z1d.6xlarge
    db.z1d.large db.z1d.xlarge
    """.split()
)

DATABASE_MAJORS = frozenset(
    """
    14 15 16 17 18
    """.split()
)

CACHE_NODES = frozenset(
    """
    cache.c7gn.12xlarge cache.c7gn.16xlarge cache.c7gn.2xlarge cache.c7gn.4xlarge cache.c7gn.8xlarge
    cache.c7gn.large cache.c7gn.xlarge cache.c8gn.12xlarge cache.c8gn.16xlarge cache.c8gn.2xlarge
    cache.c8gn.4xlarge cache.c8gn.8xlarge cache.c8gn.large cache.c8gn.xlarge cache.m5.12xlarge
    cache.m5.24xlarge cache.m5.2xlarge cache.m5.4xlarge cache.m5.large cache.m5.xlarge cache.m6g.12xlarge
    cache.m6g.16xlarge cache.m6g.2xlarge cache.m6g.4xlarge cache.m6g.8xlarge cache.m6g.large cache.m6g.xlarge
    cache.m7g.12xlarge cache.m7g.16xlarge cache.m7g.2xlarge cache.m7g.4xlarge cache.m7g.8xlarge
    cache.m7g.large cache.m7g.xlarge cache.m8g.12xlarge cache.m8g.16xlarge cache.m8g.2xlarge cache.m8g.4xlarge
    cache.m8g.8xlarge cache.m8g.large cache.m8g.xlarge cache.r5.12xlarge cache.r5.24xlarge cache.r5.2xlarge
    cache.r5.4xlarge cache.r5.large cache.r5.xlarge cache.r6g.12xlarge cache.r6g.16xlarge cache.r6g.2xlarge
    cache.r6g.4xlarge cache.r6g.8xlarge cache.r6g.large cache.r6g.xlarge cache.r7g.12xlarge cache.r7g.16xlarge
    cache.r7g.2xlarge cache.r7g.4xlarge cache.r7g.8xlarge cache.r7g.large cache.r7g.xlarge cache.r8g.12xlarge
    cache.r8g.16xlarge cache.r8g.2xlarge cache.r8g.4xlarge cache.r8g.8xlarge cache.r8g.large cache.r8g.xlarge
    cache.t3.medium cache.t3.micro cache.t3.small cache.t4g.medium cache.t4g.micro cache.t4g.small
    """.split()
)

CACHE_VERSIONS = {
    "redis": ("7.0", "7.1"),
    "valkey": ("7.2", "8.0", "8.1", "8.2", "9.0", "9.1"),
}
