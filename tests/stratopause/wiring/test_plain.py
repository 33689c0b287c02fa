"""The faster reading of a template's objects says what troposphere's own says."""

from __future__ import annotations

from pathlib import Path

import pytest
from awacs.aws import Allow, PolicyDocument, Statement
from awacs.sts import AssumeRole
from troposphere import Equals, If, NoValue, Output, Parameter, Ref, Sub, Tags, Template, cloudformation, iam, sns
from troposphere.serverless import SERVERLESS_TRANSFORM, Globals

from stacks.platform import Platform
from stratopause.environments import available, load
from stratopause.wiring.plain import plain, to_dict

ENVIRONMENTS = Path(__file__).parents[3] / "environments"


@pytest.mark.parametrize("name", available(ENVIRONMENTS))
def test_the_whole_platform_reads_as_by_troposphere(name: str) -> None:
    root = Platform(load(name, ENVIRONMENTS))
    rendered = root.render_all()
    templates = [root.template, *(stack.template for stack in root.nested.values())]
    assert [to_dict(template) for template in templates] == [template.to_dict() for template in templates]
    assert list(rendered.values()) == [template.to_dict() for template in templates]


def test_every_section_of_a_template_is_there() -> None:
    template = Template("What for", {"About": Sub("${AWS::Region}")})
    template.set_version()
    template.set_transform(SERVERLESS_TRANSFORM)
    template.set_globals(Globals())
    template.add_condition("Big", Equals(Ref("Size"), "big"))
    template.add_mapping("Sizes", {"big": {"disk": 2}})
    template.add_rule("Some", {"Assertions": [{"Assert": Equals(Ref("Size"), "big")}]})
    template.add_parameter(Parameter("Size", Type="String", MaxLength=3))
    template.add_resource(sns.Topic("Topic", TopicName=If("Big", "topic", NoValue), Tags=Tags(owner="me")))
    template.add_resource(cloudformation.WaitConditionHandle("Bare", DependsOn=["Topic"]))
    template.add_output(Output("Name", Value=Ref("Topic")))
    assert to_dict(template) == template.to_dict()
    assert len(to_dict(template)) == len(vars(template))
    assert to_dict(Template()) == Template().to_dict()


def test_a_policy_reads_as_cloudformation_wants_it() -> None:
    policy = PolicyDocument(Statement=[Statement(Effect=Allow, Action=[AssumeRole], Resource=["*"])])
    assert plain((policy, None)) == [
        {"Statement": [{"Action": ["sts:AssumeRole"], "Effect": "Allow", "Resource": ["*"]}]}, None
    ]  # fmt: skip


def test_a_property_that_lacks_is_refused() -> None:
    template = Template()
    template.add_resource(iam.Role("Role", Path="/"))
    with pytest.raises(ValueError, match="AssumeRolePolicyDocument required"):
        to_dict(template)
    template.resources["Role"].no_validation()
    assert to_dict(template) == template.to_dict()


def test_what_stands_below_a_resource_is_checked_too() -> None:
    template = Template()
    template.add_resource(iam.User("User", Policies=[iam.Policy(PolicyName="all")]))
    with pytest.raises(ValueError, match="PolicyDocument required"):
        to_dict(template)


def test_what_isnt_known_stays_what_it_is() -> None:
    unknown = object()
    assert plain([unknown]) == [unknown]
