"""Every mistake in an environment file is one line: file, key, value, what is allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratopause.environments import available, load
from stratopause.environments.errors import (
    EnvironmentFileError,
    InvalidEnvironment,
    UnknownEnvironment,
    UnreadableEnvironment,
)

ENVIRONMENTS = Path("environments")
PRODUCTION = (ENVIRONMENTS / "production.toml").read_text()
DIGEST = PRODUCTION.split("@sha256:")[1].split('"')[0]
IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/example-service@sha256:{DIGEST}"


def edited(directory: Path, old: str, new: str, name: str = "production") -> str:
    """Writes production's file with one edit; the name to load it by."""
    assert PRODUCTION.count(old) == 1, old
    (directory / f"{name}.toml").write_text(PRODUCTION.replace(old, new))
    return name


def test_every_committed_environment_loads() -> None:
    assert available() == ("dev", "local", "production", "staging")
    assert [load(name).name for name in available()] == list(available())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        # single values
        ('stage = "production"', 'stage = "prod"',
         'stage is "prod"; allowed is "development", "staging" or "production", for example "production"'),
        ('account = "123456789012"', "account = 123456789012",
         'account is 123456789012; allowed is an account id as a string of 12 digits, for example "111122223333"'),
        ('account = "123456789012"', 'account = "12345"',
         'account is "12345"; allowed is an account id as a string of 12 digits, for example "111122223333"'),
        ('project = "stratopause"', 'project = "Strato"',
         ('project is "Strato"; allowed is lower-case letters, digits and single hyphens, a letter first, '
         'for example "stratopause"')),
        ('project = "stratopause"', 'project = "strato\\n"',
         ('project is "strato\\n"; allowed is lower-case letters, digits and single hyphens, a letter first, '
         'for example "stratopause"')),
        ('project = "stratopause"\n', "",
         ("project is missing; allowed is lower-case letters, digits and single hyphens, a letter first, "
         'for example "stratopause"')),
        ('owner = "platform-team"', 'owner = ""',
         ('tags.owner is ""; allowed is a tag value: up to 256 letters, digits, inner spaces and _.:/=+@-, '
         'for example "platform-team"')),
        ('nat = "none"', 'nat = "two"',
         'network.nat is "two"; allowed is "none", "one" or "per-zone" NAT gateways, for example "one"'),
        ('s3_prefix_list = "pl-6ea54007"', 's3_prefix_list = "com.amazonaws.s3"',
         ('network.s3_prefix_list is "com.amazonaws.s3"; allowed is the id of the region\'s managed prefix list of S3, '
         'for example "pl-6ea54007"')),
        ('domain_name = "app.example.org"', 'domain_name = "app"',
         ('ingress.domain_name is "app"; allowed is a domain name in lower case of up to 64 characters, ACM\'s limit, '
         'for example "app.example.org"')),
        ('hosted_zone_id = "Z0123456789ABCDEFGHIJ"', 'hosted_zone_id = "/hostedzone/Z1"',
         ('ingress.hosted_zone_id is "/hostedzone/Z1"; allowed is the id of a public hosted zone of Route 53, '
         'for example "Z0123456789ABCDEFGHIJ"')),
        ('scheme = "internet-facing"', "scheme = true",
         'ingress.scheme is true; allowed is "internet-facing" or "internal", for example "internet-facing"'),
        ("rate_limit = 2000", "rate_limit = 9",
         ("ingress.rate_limit is 9; allowed is a number of requests per address in five minutes, from 10, "
         "for example 2000")),
        ('emails = ["oncall@example.org"]', 'emails = ["a@example.org", "oncall"]',
         'alerts.emails[1] is "oncall"; allowed is an e-mail address, for example "oncall@example.org"'),
        ("log_days = 3653", "log_days = 2200",
         ("retention.log_days is 2200; allowed is 2192, 2557, 2922, 3288 or 3653 days (six years or more, "
         "in the steps of CloudWatch Logs), for example 3653")),
        ("archive_days = 3653", "archive_days = 365",
         "retention.archive_days is 365; allowed is a number of days from 2192 (six years) to 36500, for example 3653"),
        ("multi_az = true", 'multi_az = "yes"',
         'database.multi_az is "yes"; allowed is true or false, for example true'),
        ("backup_days = 35", "backup_days = 36",
         "database.backup_days is 36; allowed is a number of days from 1 to 35, for example 35"),
        ("backup_days = 35", "backup_days = 35.0",
         "database.backup_days is 35.0; allowed is a number of days from 1 to 35, for example 35"),
        ("backup_days = 35", "backup_days = 1979-05-27",
         'database.backup_days is "1979-05-27"; allowed is a number of days from 1 to 35, for example 35'),
        ("snapshot_days = 35", "snapshot_days = 14",
         "cache.snapshot_days is 14; allowed is a number of days from 15 to 35, for example 35"),
        ("port = 8443", "port = 443",
         ("service.port is 443; allowed is a port from 1024 to 65535 (the container doesn't run as root), "
         "for example 8443")),
        (IMAGE, "docker.io/library/nginx:latest",
         'service.image is "docker.io/library/nginx:latest"; allowed is an image of an ECR repository by its digest, '
         "ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY@sha256:64 hexadecimal digits, never a tag and never another "
         'registry, for example "111122223333.dkr.ecr.eu-central-1.amazonaws.com/example-service@sha256:'
         + "0" * 64 + '"'),
        ('LOG_LEVEL = "info"', "LOG_LEVEL = 3",
         ("service.environment.LOG_LEVEL is not shown; allowed is a string of up to 4096 characters, "
         'for example "info"')),
        ('LOG_LEVEL = "info"', '"LOG LEVEL" = "info"',
         ('service.environment."LOG LEVEL" is no name here; allowed is the name of an environment variable, '
         'for example "LOG_LEVEL"')),
        ("[service.environment]\n", "[[service.environment]]\n",
         "service.environment is not shown; allowed is a table"),
        ("[tags]\n", "[[tags]]\n",
         ('tags is [{"owner": "platform-team", "cost_centre": "care-delivery", "data_classification": "phi"}]; '
         "allowed is a table")),
        ("monthly_days = 2192", "monthly_days = 2192\ncompliance_lock_days = 2",
         ("backup.compliance_lock_days is 2; allowed is the days, 3 or more, in which a compliance lock can still be "
         "undone; then never, for example 30")),
        ("[audit]\n", '[audit]\ntrail_arn = "stratopause"\n',
         ('audit.trail_arn is "stratopause"; allowed is the ARN of the account\'s trail, where another environment '
         'owns it, for example "arn:aws:cloudtrail:eu-central-1:111122223333:trail/stratopause-dev"')),
        ("[deployment]\n", '[deployment]\nsigning_key_arn = "arn:aws:kms:eu-central-1:123456789012:alias/plans"\n',
         ('deployment.signing_key_arn is "arn:aws:kms:eu-central-1:123456789012:alias/plans"; allowed is the ARN of '
          "the KMS key that signs plans, no alias: none is applied without its signature, for example "
          '"arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-1234-1234-123456789012"')),
        ("[deployment]\n", '[deployment]\nservice_role_arn = "arn:aws:iam::123456789012:user/me"\n',
         ('deployment.service_role_arn is "arn:aws:iam::123456789012:user/me"; allowed is the ARN of the role that '
          'CloudFormation acts as, for example "arn:aws:iam::111122223333:role/stratopause-cloudformation"')),
        # keys
        ("multi_az = true", "multiaz = true\nmulti_az = true",
         ('database.multiaz is no key; did you mean "multi_az"? allowed are instance_class, engine_version, '
         "storage_gib, max_storage_gib, multi_az, backup_days")),
        ('stage = "production"', 'name = "x"\nstage = "production"',
         "name is no key: the file's name is the environment's name, and a suffix is given on the command line"),
        ("multi_az = true", '"\\u001b[31m" = 1\nmulti_az = true',
         ('database."\\u001b[31m" is no key; allowed are instance_class, engine_version, '
         "storage_gib, max_storage_gib, multi_az, backup_days")),
        # what values have to do with each other
        ('account = "123456789012"', 'account = "000000000000"',
         'account is "000000000000"; allowed is the id of an account of AWS'),
        ('project = "stratopause"', 'project = "aws-platform"',
         'project is "aws-platform"; allowed is a name that doesn\'t begin with amazon or aws or internal'),
        ('project = "stratopause"', 'project = "a-hospital-of-a-long-name"',
         ('project makes the prefix "a-hospital-of-a-long-name-production" of 36 characters; allowed are 31, since the '
         'name of the cache, "a-hospital-of-a-long-name-production-xxxxxxxx", has at most 40')),
        ('cidr = "10.40.0.0/16"', 'cidr = "10.0.0.0/12"',
         'network.cidr is "10.0.0.0/12"; allowed is a private IPv4 block from /16 to /20, like "10.20.0.0/16"'),
        ('cidr = "10.40.0.0/16"', 'cidr = "8.8.0.0/16"',
         'network.cidr is "8.8.0.0/16"; allowed is a private IPv4 block from /16 to /20, like "10.20.0.0/16"'),
        ('cidr = "10.40.0.0/16"', 'cidr = "10.40.1.0/16"',
         'network.cidr is "10.40.1.0/16"; allowed is a private IPv4 block from /16 to /20, like "10.20.0.0/16"'),
        ('"eu-central-1a", "eu-central-1b"', '"eu-west-1a", "eu-central-1b"',
         ('network.zones is ["eu-west-1a", "eu-central-1b", "eu-central-1c"]; allowed is zones of eu-central-1: '
         "eu-central-1a, eu-central-1b, eu-central-1c")),
        ('"eu-central-1a", "eu-central-1b"', '"eu-central-1b", "eu-central-1b"',
         'network.zones is ["eu-central-1b", "eu-central-1b", "eu-central-1c"]; allowed is each zone once'),
        ('"eu-central-1a", "eu-central-1b", ', "",
         ('network.zones is ["eu-central-1c"]; allowed is two or three availability zones of the region, '
         'for example ["eu-central-1a", "eu-central-1b"]')),
        ('hosted_zone_id = "Z0123456789ABCDEFGHIJ"\n', "",
         "ingress.hosted_zone_id is missing; needed where no certificate_arn is given"),
        ('hosted_zone_id = "Z0123456789ABCDEFGHIJ"',
         'certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/1"',
         ('ingress.certificate_arn is "arn:aws:acm:us-east-1:123456789012:certificate/1"; allowed is a certificate in '
         "eu-central-1")),
        ('hosted_zone_id = "Z0123456789ABCDEFGHIJ"',
         'certificate_arn = "arn:aws-us-gov:acm:eu-central-1:123456789012:certificate/1"',
         ('ingress.certificate_arn is "arn:aws-us-gov:acm:eu-central-1:123456789012:certificate/1"; allowed is an ARN '
         "of the partition aws")),
        ('allowed_cidrs = ["0.0.0.0/0"]', 'allowed_cidrs = ["203.0.113.1/24"]',
         ('ingress.allowed_cidrs is ["203.0.113.1/24"]; allowed is IPv4 blocks without host bits, '
         'like "203.0.113.0/24"')),
        ('allowed_cidrs = ["0.0.0.0/0"]', 'allowed_cidrs = ["10.1.2.0/24", "10.1.0.0/16"]',
         'ingress.allowed_cidrs is ["10.1.2.0/24", "10.1.0.0/16"]; allowed is blocks that don\'t overlap'),
        ('allowed_cidrs = ["0.0.0.0/0"]', "allowed_cidrs = []",
         ("ingress.allowed_cidrs is []; allowed is one to fifty IPv4 blocks that may connect, none inside another, "
         'for example ["0.0.0.0/0"]')),
        ('emails = ["oncall@example.org"]', 'emails = ["a@example.org", "a@example.org"]',
         'alerts.emails is ["a@example.org", "a@example.org"]; allowed is each address once'),
        ('instance_class = "db.m7g.large"', 'instance_class = "db.m7g.lagre"',
         ('database.instance_class is "db.m7g.lagre"; allowed is one that is offered, like db.m7g.large, '
         "db.m7g.xlarge, db.m7g.8xlarge")),
        ('engine_version = "18"', 'engine_version = "12"',
         'database.engine_version is "12"; allowed is one of 14, 15, 16, 17, 18'),
        ("max_storage_gib = 500", "max_storage_gib = 109",
         "database.max_storage_gib is 109; allowed is 110 or more, a tenth above storage_gib"),
        ('node_type = "cache.m7g.large"', 'node_type = "cache.xxx.yyyyyy"',
         'cache.node_type is "cache.xxx.yyyyyy"; allowed is one that is offered'),
        ('engine_version = "8.1"', 'engine_version = "7.0"',
         'cache.engine_version is "7.0"; allowed is for valkey one of 7.2, 8.0, 8.1, 8.2, 9.0, 9.1'),
        ("memory = 2048", "memory = 9216",
         "service.memory is 9216; allowed is for 1024 CPU units 2048, 3072, 4096, 5120, 6144, 7168, 8192"),
        ("cpu = 1024\nmemory = 2048", "cpu = 4096\nmemory = 2048",
         "service.memory is 2048; allowed is for 4096 CPU units 8192 to 30720 in steps of 1024"),
        ("maximum = 10", "maximum = 1",
         "service.maximum is 1; allowed is 2 (service.minimum) or more"),
        (IMAGE, IMAGE.replace("eu-central-1", "eu-west-1"),
         (f'service.image is "{IMAGE.replace("eu-central-1", "eu-west-1")[:96]}...; allowed is a repository in '
         "eu-central-1, so that no image comes from afar")),
        ('LOG_LEVEL = "info"', 'DB_PASSWORD = "hunter2"',
         ("service.environment.DB_PASSWORD looks like a secret; allowed are plain settings: a template is no place for "
         "a secret")),
        ('LOG_LEVEL = "info"', 'URL = "https://user:hunter2@example.org"',
         ("service.environment.URL looks like a secret; allowed are plain settings: a template is no place for "
          "a secret")),
        ('LOG_LEVEL = "info"', 'AWS_REGION = "eu-west-1"',
         "service.environment.AWS_REGION is reserved; allowed are names that don't begin with AWS_ or ECS_"),
        ("monthly_days = 2192", "monthly_days = 31\n",
         "backup.monthly_days is 31; allowed is 35 (backup.daily_days) or more"),
        ("backup:eu-central-1:444455556666", "backup:eu-central-1:123456789012",
         ("backup.destination_vault_arn is "
         '"arn:aws:backup:eu-central-1:123456789012:backup-vault:stratopause-copies"; '
         "allowed is a vault in another account or region")),
        ("[audit]\n", '[audit]\ntrail_arn = "arn:aws:cloudtrail:eu-central-1:111122223333:trail/the-trail"\n',
         ('audit.trail_arn is "arn:aws:cloudtrail:eu-central-1:111122223333:trail/the-trail"; allowed is a trail of '
         "account 123456789012")),
        ("[deployment]\n", '[deployment]\nsigning_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/1"\n',
         ('deployment.signing_key_arn is "arn:aws:kms:eu-west-1:123456789012:key/1"; allowed is a key in eu-central-1 '
          "of account 123456789012")),
        ("[deployment]\n", '[deployment]\nsigning_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1"\n',
         ('deployment.signing_key_arn is "arn:aws:kms:eu-central-1:111122223333:key/1"; allowed is a key in '
          "eu-central-1 of account 123456789012")),
        ("[deployment]\n", '[deployment]\nservice_role_arn = "arn:aws:iam::111122223333:role/me"\n',
         ('deployment.service_role_arn is "arn:aws:iam::111122223333:role/me"; allowed is a role of account '
          "123456789012")),
        ("[deployment]\n", '[deployment]\nservice_role_arn = "arn:aws-us-gov:iam::123456789012:role/me"\n',
         ('deployment.service_role_arn is "arn:aws-us-gov:iam::123456789012:role/me"; allowed is an ARN of the '
          "partition aws")),
        # production
        ("multi_az = true", "multi_az = false", "database.multi_az is false; allowed is in production true"),
        ("backup_days = 35", "backup_days = 34", "database.backup_days is 34; allowed is in production 35"),
        ("replicas = 2", "replicas = 0", "cache.replicas is 0; allowed is in production 1 or more"),
        ("minimum = 2", "minimum = 1", "service.minimum is 1; allowed is in production 2 or more"),
        ("daily_days = 35", "daily_days = 14", "backup.daily_days is 14; allowed is in production 35 or more"),
        ("monthly_days = 2192", "monthly_days = 92", "backup.monthly_days is 92; allowed is in production 365 or more"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_of_file_key_value_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    name = edited(tmp_path, old, new)
    with pytest.raises(InvalidEnvironment) as caught:
        load(name, tmp_path)
    assert message in [line.removeprefix(f"{tmp_path / name}.toml: ") for line in caught.value.mistakes]
    assert "hunter2" not in str(caught.value)


def test_an_unknown_region_is_refused_with_the_regions_there_are(tmp_path: Path) -> None:
    name = edited(tmp_path, 'region = "eu-central-1"', 'region = "eu-centrl-1"')
    with pytest.raises(InvalidEnvironment, match='region is "eu-centrl-1"; allowed is one of af-south-1, ap-east-1'):
        load(name, tmp_path)


def test_the_emulators_account_is_for_local_alone(tmp_path: Path) -> None:
    name = edited(tmp_path, 'stage = "production"', 'stage = "production"', name="local")
    with pytest.raises(InvalidEnvironment, match='account is "123456789012"; allowed is "000000000000", the emulator'):
        load(name, tmp_path)


def test_all_mistakes_are_reported_at_once_and_sorted(tmp_path: Path) -> None:
    text = PRODUCTION.replace("port = 8443", "port = 1").replace("replicas = 2", "replicas = -1")
    (tmp_path / "production.toml").write_text(text.replace("cpu = 1024\n", "").replace("[tags]", "[tag]"))
    with pytest.raises(InvalidEnvironment) as caught:
        load("production", tmp_path)
    keys = [line.split(": ")[1].split()[0] for line in caught.value.mistakes]
    assert keys == ["cache.replicas", "service.cpu", "service.port", "tag", "tags"]
    assert caught.value.message == "\n".join(caught.value.mistakes)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"stage = ", "not TOML: Invalid value (at end of document)"),
        (b"a = 1\na = 2\n", "not TOML: Cannot overwrite a value (at line 2, column 6)"),
        (b"stage = '\xff'", "not UTF-8 at byte 9"),
        (b"a = " + b"9" * 5000, "not readable as TOML (ValueError)"),
        (b"a = " + b"[" * 20000, "not readable as TOML (RecursionError)"),
        (b"#" * (256 * 1024 + 1), "larger than 256 KiB"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_in_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "dev.toml").write_bytes(content)
    with pytest.raises(UnreadableEnvironment) as caught:
        load("dev", tmp_path)
    assert caught.value.message == f"{tmp_path / 'dev.toml'}: {message}"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "directory.toml").mkdir()
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    (tmp_path / "gone.toml").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.toml")
    for name, reason in {
        "directory": "not a file",
        "loop": "can't be read (Too many levels of symbolic links)",
        "gone": "can't be read (No such file or directory)",
        "pipe": "not a file",
    }.items():
        with pytest.raises(UnreadableEnvironment) as caught:
            load(name, tmp_path)
        assert caught.value.message == f"{tmp_path / name}.toml: {reason}"


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "dev.toml"
    file.touch()
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("root reads everything")
    with pytest.raises(UnreadableEnvironment, match=r"can't be read \(Permission denied\)"):
        load("dev", tmp_path)


def test_an_unknown_name_is_answered_by_the_nearest() -> None:
    with pytest.raises(UnknownEnvironment) as caught:
        load("prodution")
    assert caught.value.message == "no environment 'prodution' in environments"
    assert caught.value.next_step == 'did you mean "production"? there are: dev, local, production, staging'


@pytest.mark.parametrize(
    "name", ["", "../environments/dev", "/etc/passwd", "DEV", "dev.toml", "de\0v", "\n", "x" * 5000]
)
def test_a_hostile_name_is_no_environment(name: str) -> None:
    with pytest.raises(UnknownEnvironment) as caught:
        load(name)
    assert "\n" not in caught.value.message
    assert len(caught.value.message) < 120


def test_a_missing_directory_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableEnvironment, match=r"no directory of environments \(No such file or directory\)"):
        available(tmp_path / "nowhere")
    with pytest.raises(UnreadableEnvironment, match=r"no directory of environments"):
        available(Path("a\0b"))


def test_files_that_no_environment_could_be_named_by_are_not_listed(tmp_path: Path) -> None:
    for name in ("dev.toml", "Dev2.toml", "a--b.toml", ".toml", "notes.md", "pr-42.toml"):
        (tmp_path / name).touch()
    assert available(tmp_path) == ("dev", "pr-42")


@given(st.binary(max_size=2000))
@settings(max_examples=100, deadline=None)
def test_no_bytes_ever_end_in_a_traceback(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    directory = tmp_path_factory.getbasetemp()
    (directory / "bytes.toml").write_bytes(content)
    with pytest.raises(EnvironmentFileError):
        load("bytes", directory)


ANYTHING = st.sampled_from(
    ["1", "-1", "1.5", "nan", "true", '""', '"x"', "[]", "[[]]", "[1, 'x']", "{}", "{ a = 1 }", "07:32:00",
     "1979-05-27T07:32:00Z", '"10.0.0.0/16"', "99999999999999999999999", '"\\u0000"', '["a@b.cd"]'],
)  # fmt: skip
ASSIGNMENTS = [line for line in PRODUCTION.splitlines() if " = " in line]


@given(st.lists(st.tuples(st.sampled_from(ASSIGNMENTS), ANYTHING), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_no_value_anywhere_ends_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, str]]
) -> None:
    directory, text = tmp_path_factory.getbasetemp(), PRODUCTION
    for line, value in edits:
        text = text.replace(line, f"{line.split(' = ')[0]} = {value}")
    (directory / "values.toml").write_text(text)
    try:
        load("values", directory)
    except InvalidEnvironment as error:
        mistakes = error.mistakes
    else:
        mistakes = ()
    assert all(line.isprintable() for line in mistakes)
