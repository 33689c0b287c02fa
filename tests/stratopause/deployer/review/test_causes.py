from __future__ import annotations

from msgspec.structs import replace

from stratopause.deployer.changes import PropertyChange, Review
from stratopause.deployer.review.causes import Cause, Causes
from tests.stratopause.deployer.review.reviews import given, modify, nest, passed, review, taken, written


def causes(review: Review, path: tuple[str, ...], detail: PropertyChange) -> list[Cause]:
    return list(Causes(review).of(path, detail))


def test_what_somebody_wrote_has_no_cause() -> None:
    assert causes(review(), (), written("A")) == []
    assert causes(review(), (), replace(written("A"), cause="Bucket")) == []


def test_the_output_of_a_nested_stack_is_named_without_the_word_outputs() -> None:
    (cause,) = causes(review(), (), given("A", "Keys.Outputs.KeyArn"))
    assert cause == Cause((), "Keys", "KeyArn")
    assert cause.name == "Keys.KeyArn"


def test_a_cause_in_a_nested_stack_has_its_path() -> None:
    (attribute,) = causes(review(), ("Database",), given("A", "Instance.Endpoint.Address"))
    (reference,) = causes(review(), ("Database",), given("A", "Group", source="ResourceReference"))
    assert (attribute.name, reference.name) == ("Database/Instance.Endpoint.Address", "Database/Group")


def test_a_parameter_is_followed_up_to_the_output_that_the_parent_passes() -> None:
    found = review(
        passed("Database", "KeyArn", "Keys.Outputs.DataKeyArn"), Database=(modify("A", taken("K", "KeyArn")),)
    )
    assert [one.name for one in causes(found, ("Database",), taken("K", "KeyArn"))] == ["Keys.DataKeyArn"]


def test_a_parent_that_tells_no_more_than_that_parameters_change_gives_all_of_them() -> None:
    found = review(nest("Database", given("Parameters", "Keys.Outputs.A"), given("Parameters", "Net.Outputs.B")))
    names = [one.name for one in causes(found, ("Database",), taken("K", "KeyArn"))]
    assert names == ["Keys.A", "Net.B"]


def test_another_parameter_of_the_parent_is_no_cause() -> None:
    found = review(passed("Database", "Other", "Keys.Outputs.DataKeyArn"))
    (cause,) = causes(found, ("Database",), taken("K", "KeyArn"))
    assert (cause.is_parameter, cause.name) == (True, "Database/KeyArn")


def test_a_parameter_of_the_root_is_its_own_cause() -> None:
    (cause,) = causes(review(), (), taken("K", "Size"))
    assert (cause.is_parameter, cause.name) == (True, "Size")
