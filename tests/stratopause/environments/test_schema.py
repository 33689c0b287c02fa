"""What an environment answers about itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from stratopause.environments import load
from stratopause.environments.errors import InvalidEnvironment, UnknownEnvironment
from stratopause.environments.schema import Environment

ENVIRONMENTS = Path("environments")


@pytest.fixture
def production() -> Environment:
    return load("production")


def changed(environment: Environment, section: str, **values: object) -> Environment:
    return msgspec.structs.replace(
        environment, **{section: msgspec.structs.replace(getattr(environment, section), **values)}
    )


def test_the_prefix_is_project_name_and_suffix(production: Environment) -> None:
    assert production.prefix == "stratopause-production"
    assert load("dev", suffix="pr-42").prefix == "stratopause-dev-pr-42"


def test_a_copy_has_a_domain_name_below_the_bases_since_one_zone_holds_both() -> None:
    assert load("dev", suffix="pr-42").ingress.domain_name == "pr-42.dev.example.org"


def test_a_copy_uses_the_trail_that_its_base_owns() -> None:
    base, copy = load("dev"), load("dev", suffix="pr-42")
    assert base.owns_trail
    assert not copy.owns_trail
    assert copy.trail_arn == base.trail_arn == "arn:aws:cloudtrail:eu-central-1:111122223333:trail/stratopause-dev"


def test_only_the_base_of_a_real_environment_is_protected() -> None:
    assert {name: load(name).is_protected for name in ("local", "dev")} == {"local": False, "dev": True}
    assert not load("dev", suffix="pr-42").is_protected


@pytest.mark.parametrize("suffix", ["", "PR", "a_b", "-a", "a-", "a--b", "a\n", "../x", "é"])
def test_a_suffix_is_lower_case_letters_digits_and_single_hyphens(suffix: str) -> None:
    with pytest.raises(UnknownEnvironment) as caught:
        load("dev", suffix=suffix)
    assert caught.value.message == f"{suffix!r} is no suffix"


def test_a_copy_may_not_be_named_as_another_environment(tmp_path: Path) -> None:
    for name in ("dev", "dev-x"):
        (tmp_path / f"{name}.toml").write_text((ENVIRONMENTS / "dev.toml").read_text())
    with pytest.raises(UnknownEnvironment, match='the copy "x" of dev would be named as the environment dev-x'):
        load("dev", tmp_path, "x")


def test_a_suffix_that_makes_names_too_long_is_told_by_the_tightest_limit() -> None:
    with pytest.raises(InvalidEnvironment) as caught:
        load("production", suffix="a-long-branch-name")
    assert caught.value.mistakes == (
        (
            'environments/production.toml: project makes the prefix "stratopause-production-a-long-branch-name" of 41 '
            "characters; allowed are 31, since the name of the cache, "
            '"stratopause-production-a-long-branch-name-xxxxxxxx", has at most 40'
        ),
    )


def test_a_suffix_that_makes_the_domain_name_too_long_is_refused(tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "dev.toml").read_text()
    (tmp_path / "dev.toml").write_text(text.replace("dev.example.org", f"{'a' * 48}.example.org", 1))
    with pytest.raises(InvalidEnvironment, match="allowed is up to 64 characters"):
        load("dev", tmp_path, "pr-42")


def test_govcloud_is_a_partition_of_its_own(production: Environment) -> None:
    assert production.partition == "aws"
    assert msgspec.structs.replace(production, region="us-gov-west-1").partition == "aws-us-gov"


def test_the_committed_environments_have_nothing_to_find_fault_with(production: Environment) -> None:
    assert production.findings() == ()


@pytest.mark.parametrize(
    ("section", "values", "finding"),
    [
        ("service", {"image": None}, "service.image is not set: the service is rendered with no task until it is"),
        ("alerts", {"emails": ()}, "alerts.emails is empty: nobody is told when an alarm goes off"),
        (
            "backup",
            {"destination_vault_arn": None},
            (
                "backup.destination_vault_arn is not set: production keeps no copy of its backups in another account "
                "or region"
            ),
        ),
        (
            "network",
            {"nat": "one"},
            'network.nat is "one": when its zone fails, no zone of production has a way out',
        ),
        (
            "backup",
            {"destination_vault_arn": "arn:aws:backup:eu-west-1:444455556666:backup-vault:copies"},
            (
                "backup.destination_vault_arn is in another account and in another region: AWS Backup may refuse to "
                "copy RDS there in one step; a vault in eu-central-1 can pass it on by a plan of its own"
            ),
        ),
        (
            "backup",
            {"compliance_lock_days": 3},
            (
                "backup.compliance_lock_days is 3: so many days after the deployment nobody, AWS included, can remove "
                "the vault's lock or its backups before their time"
            ),
        ),
    ],
)
def test_a_finding_says_what_is_allowed_and_yet_worth_a_thought(
    production: Environment, section: str, values: dict[str, object], finding: str
) -> None:
    assert changed(production, section, **values).findings() == (finding,)


def test_a_given_certificate_has_to_cover_the_copy_as_well() -> None:
    copy = changed(load("dev", suffix="pr-42"), "ingress", certificate_arn="arn:aws:acm:eu-central-1:1:certificate/1")
    assert copy.findings() == (
        "ingress.certificate_arn is the base environment's: it has to cover pr-42.dev.example.org as well",
    )


def test_every_example_value_is_named_with_what_to_put(production: Environment) -> None:
    assert production.is_documentation_account
    assert [line.split(" is ")[0] for line in production.placeholders()] == [
        "production.toml: account",
        "production.toml: ingress.domain_name",
        "production.toml: ingress.hosted_zone_id",
        "production.toml: alerts.emails[0]",
        "production.toml: service.image",
        "production.toml: backup.destination_vault_arn",
    ]
    assert production.placeholders()[0] == (
        'production.toml: account is "123456789012", an example; put the id of your account'
    )


def test_the_emulator_takes_examples_as_they_are() -> None:
    assert load("local").placeholders() == ()


def test_subnets_are_carved_by_tier_and_zone(production: Environment) -> None:
    assert production.network.subnets("public", 0) == "10.40.192.0/22"
    assert production.network.subnets("data", 2) == "10.40.160.0/20"
    with pytest.raises(ValueError, match="nothing is no IPv4 block"):
        msgspec.structs.replace(production.network, cidr="nothing").subnets("data", 0)


def test_values_of_ones_own_are_no_examples(production: Environment) -> None:
    own = msgspec.structs.replace(production, account="999900001111")
    own = changed(own, "ingress", domain_name="care.hospital.org", hosted_zone_id=None)
    own = changed(own, "alerts", emails=("oncall@hospital.org",))
    own = changed(own, "backup", destination_vault_arn="arn:aws:backup:eu-west-1:999900002222:backup-vault:copies")
    assert production.service.image is not None
    own = changed(own, "service", image=production.service.image.replace(production.account, own.account))
    assert own.placeholders() == ()


def test_what_is_left_out_is_no_example(production: Environment) -> None:
    bare = changed(changed(production, "backup", destination_vault_arn=None), "service", image=None)
    assert [line.split(" is ")[0] for line in bare.placeholders()] == [
        "production.toml: account",
        "production.toml: ingress.domain_name",
        "production.toml: ingress.hosted_zone_id",
        "production.toml: alerts.emails[0]",
    ]


def test_a_copy_keeps_a_trail_and_a_domain_name_that_are_not_its_bases_own(tmp_path: Path) -> None:
    trail = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/organization"
    certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/1"
    text = (ENVIRONMENTS / "dev.toml").read_text()
    text = text.replace('hosted_zone_id = "Z0123456789ABCDEFGHIJ"', f'certificate_arn = "{certificate}"')
    (tmp_path / "dev.toml").write_text(text.replace("[audit]\n", f'[audit]\ntrail_arn = "{trail}"\n'))
    copy = load("dev", tmp_path, "pr-42")
    assert copy.trail_arn == trail
    assert copy.ingress.domain_name == "dev.example.org"


def modules_imported_by(code: str) -> set[str]:
    """What a fresh interpreter imports for a line of code; the coverage measurement imports much before it."""
    program = f"import sys; before = set(sys.modules); {code}; print(*(set(sys.modules) - before))"
    return set(
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    )


def test_listing_environments_imports_no_schema() -> None:
    imported = modules_imported_by("from stratopause.environments import available; available()")
    assert "stratopause.environments.files" in imported
    assert not imported & {"msgspec", "tomllib", "difflib", "cfnlint", "boto3"}


def test_loading_imports_neither_what_only_errors_need_nor_cfn_lint() -> None:
    imported = modules_imported_by("from stratopause.environments import load; load('production')")
    assert "msgspec" in imported
    assert not imported & {"difflib", "cfnlint", "boto3", "stratopause.environments.diagnosis"}


def test_how_it_is_deployed_is_told_by_a_key_and_a_role_which_a_copy_shares(tmp_path: Path) -> None:
    key = "arn:aws:kms:eu-central-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef"
    role = "arn:aws:iam::111122223333:role/platform/cloudformation"
    text = (ENVIRONMENTS / "dev.toml").read_text()
    (tmp_path / "dev.toml").write_text(
        f'{text}\n[deployment]\nsigning_key_arn = "{key}"\nservice_role_arn = "{role}"\n'
    )
    for environment in (load("dev", tmp_path), load("dev", tmp_path, "pr-42")):
        assert (environment.deployment.signing_key_arn, environment.deployment.service_role_arn) == (key, role)
    assert load("dev").deployment.signing_key_arn is None
