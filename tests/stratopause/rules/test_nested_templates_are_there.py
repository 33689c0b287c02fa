from __future__ import annotations

from tests.forest import forest, found, nested, places, resource, template

RULE = "E9001"
TOPIC = template(Topic=resource("SNS::Topic"))


def test_a_template_that_is_there_is_fine() -> None:
    assert not found(RULE, forest(platform=template(Alerts=nested("alerts.json")), alerts=TOPIC))


def test_a_template_that_is_not_there_or_lies_outside_is_named() -> None:
    root = template(Alerts=nested("alerts.json"), Other=nested("../other.json"), Third=nested("third.json"))
    tree = forest(platform=root, third=[])  # type: ignore[arg-type]
    assert places(RULE, tree) == ["platform.json/Alerts", "platform.json/Other", "platform.json/Third"]
    assert found(RULE, tree)[0].message == (
        "Alerts (CloudFormation::Stack) is nested from alerts.json, which isn't there or is no template"
    )


def test_a_template_that_nests_itself_is_named_where_it_does() -> None:
    tree = forest(platform=template(A=nested("a.json")), a=template(B=nested("b.json")), b=template(A=nested("a.json")))
    assert places(RULE, tree) == ["b.json/A"]
    assert places(RULE, forest(a=template(A=nested("a.json")))) == ["a.json/A"]


def test_a_real_address_names_no_file() -> None:
    assert not found(RULE, forest(platform=template(A=nested("https://bucket.s3.amazonaws.com/a.json"))))
