from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from msgspec.structs import replace

from stratopause.deployer.changes import Kind, PropertyChange, ResourceChange, Review
from stratopause.deployer.review.contexts import UNKNOWN
from stratopause.deployer.review.judgement import judge
from stratopause.deployer.review.noise import SURELY_WHOLE, Certainty, verdicts
from stratopause.deployer.review.outputs import Givers
from tests.stratopause.deployer.review.reviews import (
    AUTOMATIC,
    ROOT,
    add,
    given,
    modify,
    nest,
    passed,
    remove,
    review,
    taken,
    whole,
    written,
)

REAL, MAYBE, NOTHING = Certainty.REAL, Certainty.MAYBE, Certainty.NOTHING
KEY = "AWS::KMS::Key"


def certainties(found: Review, givers: Givers | None = None) -> dict[tuple[tuple[str, ...], str], Certainty]:
    return {(path, one.logical_id): verdict.certainty for (path, one), verdict in verdicts(found, givers).items()}


def kind(found: Review, *place: str) -> Kind:
    return next(told.kind for (path, one), told in verdicts(found).items() if (*path, one.logical_id) == place)


def of(found: Review, *place: str) -> Certainty:
    return certainties(found)[place[:-1], place[-1]]


def alone(*details: PropertyChange, **more: Any) -> Certainty:
    return of(review(modify("A", *details, **more)), "A")


def below_keys(*keys: ResourceChange, **more: Any) -> Review:
    """Database takes the key that Keys gives; `keys` is what changes in Keys."""
    log = modify("Log", taken("KmsKeyId", "KeyArn", **more))
    return review(nest("Keys"), passed("Database", "KeyArn", "Keys.Outputs.KeyArn"), Keys=keys, Database=(log,))


@pytest.mark.parametrize(
    "change",
    [
        add("A"),
        remove("A"),
        ResourceChange("A", "AWS::SNS::Topic", "Import"),
        ResourceChange("A", "AWS::SNS::Topic", "Dynamic"),
        ResourceChange("A", "AWS::SNS::Topic", "SyncWithActual"),
        modify("A"),
        modify("A", written("B")),
        modify("A", written("B", "same", "same")),
    ],
)
def test_what_is_not_a_modification_or_tells_no_more_is_real(change: ResourceChange) -> None:
    assert of(review(change), "A") is REAL


def test_a_nested_stack_that_is_listed_because_it_always_is_changes_nothing() -> None:
    assert alone(AUTOMATIC) is NOTHING
    assert alone(AUTOMATIC, written("TemplateURL")) is REAL


@pytest.mark.parametrize(
    ("detail", "certainty"),
    [
        (given("A", "Keys.Outputs.KeyArn"), MAYBE),
        (given("A", "Keys.Outputs.KeyArn", before=None), MAYBE),
        (given("A", "Keys.Outputs.KeyArn", before=None, after=None), MAYBE),
        (given("A", "Keys.Outputs.KeyArn", before="arn:old", after=None), REAL),
        (given("A", "Keys.Outputs.KeyArn", before="a/x", after=f"{UNKNOWN}/y"), REAL),
        (given("A", "Keys.Outputs.KeyArn", before="a/x", after=f"{UNKNOWN}/x"), MAYBE),
        (given("A", "Keys.Outputs.KeyArn", kind="Add"), REAL),
        (given("A", "Keys.Outputs.KeyArn", kind="Remove"), REAL),
        (given("A", "Keys.Outputs.KeyArn", "same", "same"), NOTHING),
        (given("A", "Keys.Outputs.KeyArn", "one", "other"), REAL),
        (given("A", "Keys.Outputs.KeyArn", "same", "same", evaluation="Static"), REAL),
        (given("A", "Keys.Outputs.KeyArn", evaluation="Static"), REAL),
        (taken("A", "KeyArn", evaluation="Static"), MAYBE),
        (given("A", "Keys.Outputs.KeyArn", "", "", source="DirectModification"), NOTHING),
        (replace(written("A", None, None), evaluation="Dynamic"), REAL),
    ],
)
def test_a_property_is_real_unless_it_is_provably_the_same_or_not_known_yet(
    detail: PropertyChange, certainty: Certainty
) -> None:
    assert alone(detail) is certainty


def test_a_dynamic_change_without_values_goes_by_the_reference_beside_it() -> None:
    beside = replace(written("A", None, None), evaluation="Dynamic")
    assert alone(beside, given("A", "Keys.Outputs.KeyArn", before=None, after=None)) is MAYBE
    assert alone(beside, given("B", "Keys.Outputs.KeyArn", before=None, after=None)) is REAL


def test_the_most_certain_of_several_properties_counts() -> None:
    same = given("A", "Keys.Outputs.KeyArn", "same", "same")
    assert alone(same, given("B", "Keys.Outputs.KeyArn")) is MAYBE
    assert alone(same, given("B", "Keys.Outputs.KeyArn"), written("C")) is REAL


def test_a_part_that_no_detail_explains_is_real() -> None:
    assert alone(given("A", "Keys.Outputs.KeyArn"), scope=("Properties",)) is MAYBE
    assert alone(given("A", "Keys.Outputs.KeyArn"), scope=("Properties", "Tags")) is REAL


def test_equal_values_that_may_have_been_cut_prove_nothing_without_the_whole_resource() -> None:
    long = "x" * (SURELY_WHOLE + 1)
    detail = given("A", "Keys.Outputs.KeyArn", long, long)
    assert alone(detail) is REAL
    told = {"before_context": whole(A=long + "1"), "after_context": whole(A=long + "1")}
    assert alone(detail, **told) is NOTHING
    assert alone(detail, **{**told, "after_context": whole(A=long + "2")}) is REAL


def test_a_resource_that_differs_as_a_whole_is_real_whatever_its_details_say() -> None:
    detail = given("A", "Keys.Outputs.KeyArn", "same", "same")
    before = whole(A="same", B=1)
    assert alone(detail, before_context=before, after_context=whole(A="same", B=1)) is NOTHING
    assert alone(detail, before_context=before, after_context=whole(A="same", B=2)) is REAL
    unknown = given("A", "Keys.Outputs.KeyArn", "same")
    assert alone(unknown, before_context=before, after_context=whole(A=UNKNOWN, B=1)) is MAYBE


def test_a_value_that_is_passed_on_from_a_stack_where_nothing_is_replaced_may_change() -> None:
    found = below_keys(modify("Key", written("Description"), type_=KEY))
    assert of(found, "Database", "Log") is MAYBE
    assert of(found, "Database") is MAYBE


def test_a_value_that_is_passed_on_from_what_really_is_replaced_changes() -> None:
    found = below_keys(modify("Key", written("KeySpec"), type_=KEY, replacement="True"))
    assert of(found, "Database", "Log") is REAL
    assert of(found, "Database") is REAL


def test_a_replacement_that_itself_only_may_happen_makes_nothing_real() -> None:
    perhaps = modify("Key", given("KeySpec", "Elsewhere.Outputs.X"), type_=KEY, replacement="True")
    assert of(below_keys(perhaps), "Database", "Log") is MAYBE
    conditional = modify("Key", written("KeySpec"), type_=KEY, replacement="Conditional")
    assert of(below_keys(conditional), "Database", "Log") is MAYBE


def test_an_output_that_is_known_to_be_made_of_another_resource_stays_in_doubt() -> None:
    found = below_keys(
        modify("Key", written("KeySpec"), type_=KEY, replacement="True"), add("Fresh"), modify("Same", written("A"))
    )
    for giver, certainty in (("Key", REAL), ("Fresh", REAL), ("Same", MAYBE), ("Unlisted", MAYBE)):
        known: Givers = {(("Keys",), "KeyArn"): frozenset({(("Keys",), giver)})}
        assert certainties(found, known)[("Database",), "Log"] is certainty


@pytest.mark.parametrize(
    ("cause", "certainty"), [("Gone.Arn", MAYBE), ("New.Arn", REAL), ("Swapped.Arn", REAL), ("Same.Arn", MAYBE)]
)
def test_in_one_stack_a_reference_is_real_to_what_is_new_or_replaced(cause: str, certainty: Certainty) -> None:
    found = review(
        add("New"),
        modify("Swapped", written("Name"), replacement="True"),
        modify("Same", written("Name")),
        modify("A", given("B", cause)),
    )
    assert of(found, "A") is certainty


def test_what_a_new_nested_stack_gives_is_real() -> None:
    found = review(add("Keys", "AWS::CloudFormation::Stack"), modify("A", given("B", "Keys.Outputs.KeyArn")))
    assert of(found, "A") is REAL


def test_what_leads_back_to_itself_stays_in_doubt() -> None:
    one = modify("A", given("X", "B.Arn"), replacement="True")
    other = modify("B", given("X", "A.Arn"), replacement="True")
    assert of(review(one, other), "A") is MAYBE


@pytest.mark.parametrize("turned", [False, True])
def test_a_circle_is_real_where_one_of_it_is_in_whatever_order_it_is_listed(turned: bool) -> None:
    one = modify("A", given("X", "B.Arn"), written("Y"), replacement="True")
    other = modify("B", given("X", "A.Arn"), replacement="True")
    found = review(*((other, one) if turned else (one, other)))
    assert set(certainties(found).values()) == {REAL}


@pytest.mark.parametrize(
    ("replacement", "detail", "becomes"),
    [
        ("True", written("A", requires_recreation="Always"), Kind.REPLACE),
        ("Conditional", written("A", requires_recreation="Conditionally"), Kind.MAYBE_REPLACE),
        ("True", given("A", "Net.Outputs.VpcId", requires_recreation="Always"), Kind.MAYBE_REPLACE),
        ("True", given("A", "Net.Outputs.VpcId", "same", "same", requires_recreation="Always"), Kind.MODIFY),
        ("True", written("A"), Kind.REPLACE),
        ("False", written("A"), Kind.MODIFY),
    ],
)
def test_a_replacement_is_no_surer_than_what_causes_it(replacement: str, detail: PropertyChange, becomes: Kind) -> None:
    assert kind(review(modify("A", detail, written("Size"), replacement=replacement)), "A") is becomes


def chain(vpc: PropertyChange, evaluation: str, after: str | None = "sg-1") -> Review:
    """A group that a change of its VPC would replace, and an endpoint that refers to the group."""
    group = modify("Group", vpc, replacement="True")
    detail = given("SecurityGroupIds/0", "Group.GroupId", "sg-1", after, evaluation=evaluation)
    return review(group, modify("Endpoint", detail))


@pytest.mark.parametrize("evaluation", ["Static", "Dynamic"])
def test_a_reference_to_what_is_replaced_is_real_though_the_value_of_now_is_told_twice(evaluation: str) -> None:
    really = written("VpcId", requires_recreation="Always")
    assert of(chain(really, evaluation), "Endpoint") is REAL


@pytest.mark.parametrize("evaluation", ["Static", "Dynamic"])
def test_a_reference_to_what_may_be_replaced_may_change(evaluation: str) -> None:
    perhaps = given("VpcId", "Net.Outputs.VpcId", requires_recreation="Always")
    assert of(chain(perhaps, evaluation), "Endpoint") is MAYBE
    assert of(chain(perhaps, evaluation, "sg-2"), "Endpoint") is REAL


def test_of_a_list_that_is_not_known_yet_no_element_is_lost() -> None:
    whole_list = taken("SubnetIds", "Ids", evaluation="Static", before='["a", "b"]', after=f'["{UNKNOWN}"]')
    first = replace(written("SubnetIds/0", "a", UNKNOWN), evaluation="Dynamic")
    second = replace(written("SubnetIds/1", "b", None, kind="Remove"), evaluation="Dynamic")
    told = {"before_context": whole(SubnetIds=["a", "b"]), "after_context": whole(SubnetIds=[UNKNOWN])}
    assert alone(first, second, whole_list, **told) is MAYBE
    assert alone(first, second, **told) is REAL
    elsewhere = replace(second, path="/Properties/Other/1")
    assert alone(first, elsewhere, whole_list) is REAL


def test_two_changes_of_one_name_are_judged_each_by_itself() -> None:
    found = review(modify("A", given("X", "B.C")), remove("A"))
    assert sorted(one.certainty for one in verdicts(found).values()) == [MAYBE, REAL]


VALUES = st.sampled_from([None, "", "old", "new", UNKNOWN, f"{UNKNOWN}/x", "a/x", "y" * 200])
DETAILS = st.builds(
    PropertyChange,
    path=st.sampled_from(["/Properties/A", "/Properties/B", "/Properties/Parameters/P", "/Tags"]),
    attribute=st.sampled_from(["Properties", "Tags", "DeletionPolicy"]),
    kind=st.sampled_from(["", "Add", "Remove", "Modify", "SyncWithActual"]),
    requires_recreation=st.sampled_from(["", "Never", "Conditionally", "Always"]),
    before=VALUES,
    after=VALUES,
    evaluation=st.sampled_from(["", "Static", "Dynamic"]),
    source=st.sampled_from(
        ["", "Automatic", "DirectModification", "NoModification", "ParameterReference", "ResourceAttribute"]
    ),
    cause=st.sampled_from(["", "One", "Two.Arn", "Keys.Outputs.A", "P"]),
)
CHANGES = st.builds(
    ResourceChange,
    logical_id=st.sampled_from(["One", "Two", "Three", "Keys"]),
    type=st.sampled_from(["AWS::SNS::Topic", "AWS::RDS::DBInstance", "AWS::CloudFormation::Stack"]),
    action=st.sampled_from(["Add", "Modify", "Modify", "Modify", "Remove", "Import", "Dynamic", "SyncWithActual"]),
    replacement=st.sampled_from(["", "False", "Conditional", "True"]),
    details=st.lists(DETAILS, max_size=4).map(tuple),
    scope=st.lists(st.sampled_from(["Properties", "Tags"]), max_size=2, unique=True).map(tuple),
    before_context=st.sampled_from(["", whole(A="old"), whole(A="old", B=1), '{"Properties": {"A']),
    after_context=st.sampled_from(["", whole(A="old"), whole(A=UNKNOWN), whole(A="new", B=1)]),
)
LISTED = st.lists(CHANGES, max_size=4, unique_by=lambda one: one.logical_id).map(tuple)


def must_stay(change: ResourceChange) -> bool:
    if change.kind in {Kind.ADD, Kind.REMOVE, Kind.IMPORT, Kind.UNKNOWN}:
        return True
    return any(
        (one.evaluation == "Static" and one.source == "DirectModification")
        or (one.source != "Automatic" and _differs(one))
        for one in change.details
    ) or _whole_differs(change)


def _differs(detail: PropertyChange) -> bool:
    told = detail.before is not None and detail.after is not None
    return told and detail.before != detail.after and UNKNOWN not in str(detail.after)


def _whole_differs(change: ResourceChange) -> bool:
    try:
        before, after = (json.loads(one)["Properties"] for one in (change.before_context, change.after_context))
    except ValueError:
        return False
    return any(before.get(key) != value and value != UNKNOWN for key, value in after.items())


@drawn(LISTED, LISTED)
def test_nothing_that_is_known_to_change_is_ever_hidden(
    root: tuple[ResourceChange, ...], keys: tuple[ResourceChange, ...]
) -> None:
    found = review(*root, Keys=keys)
    judgement = judge(found)
    for path, change in found.all():
        if must_stay(change):
            assert judgement.is_real(path, change)


@drawn(LISTED)
def test_a_review_is_judged_alike_in_any_order(changes: tuple[ResourceChange, ...]) -> None:
    assert certainties(review(*changes)) == certainties(review(*reversed(changes)))


def test_the_root_is_the_empty_path() -> None:
    assert certainties(review(add("A"))) == {(ROOT, "A"): REAL}
