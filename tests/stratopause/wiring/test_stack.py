"""Stacks wired by kinds of value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast

import pytest
from troposphere import GetAtt, Ref, ec2, kms, sns

from stratopause.wiring.errors import WiringError
from stratopause.wiring.records import Nothing, Record
from stratopause.wiring.stack import ParentStack, Stack, file_name
from stratopause.wiring.values import KeyArn, KeyId, SubnetIds, TopicArn

TAGS = {"owner": "platform-team"}


@dataclass(frozen=True)
class Use:
    service: str


class KeyOutputs(Record, frozen=True, kw_only=True):
    data_key_arn: Annotated[KeyArn, "Encrypts what is stored"]
    spare_key_arn: Annotated[KeyArn, "Encrypts what somebody may ask for"]


class Keys(Stack[Nothing, KeyOutputs]):
    description = "Keys."

    def resources(self, given: Nothing) -> KeyOutputs:
        return KeyOutputs(data_key_arn=self.key("data_key_arn"), spare_key_arn=self.key("spare_key_arn"))

    def key(self, output: str) -> KeyArn:
        if not self.is_taken(output):
            return KeyArn.absent()
        users = ", ".join(note.service for note in self.notes_on(output) if isinstance(note, Use))
        return KeyArn.of(self.add(kms.Key(output.title().replace("_", ""), Description=users)))


class TopicParameters(Record, frozen=True, kw_only=True):
    topics_key_arn: Annotated[KeyArn, Use("sns"), "Encrypts the topic"]


class TopicOutputs(Record, frozen=True, kw_only=True):
    topic_arn: Annotated[TopicArn, "Where alarms go"]


class Topics(Stack[TopicParameters, TopicOutputs]):
    def resources(self, given: TopicParameters) -> TopicOutputs:
        return TopicOutputs(topic_arn=TopicArn.of(self.add(sns.Topic("Topic", KmsMasterKeyId=given.topics_key_arn))))


class RootOutputs(Record, frozen=True, kw_only=True):
    alert_topic_arn: Annotated[TopicArn, "Where alarms go"]


class Root(ParentStack[RootOutputs]):
    description = "All of it."

    def resources(self, given: Nothing) -> RootOutputs:
        keys = self.nest("Keys", Keys(), Nothing())
        topics = self.nest("Topics", Topics(), TopicParameters(topics_key_arn=keys.data_key_arn))
        return RootOutputs(alert_topic_arn=topics.topic_arn)


@pytest.fixture
def templates() -> dict[str, dict[str, Any]]:
    return Root(TAGS).render_all()


def test_an_output_is_read_by_its_parent_and_taken_by_its_sibling(templates: dict[str, dict[str, Any]]) -> None:
    nested = templates["root.json"]["Resources"]["Topics"]["Properties"]
    assert nested["Parameters"] == {"TopicsKeyArn": {"Fn::GetAtt": ["Keys", "Outputs.DataKeyArn"]}}
    assert nested["TemplateURL"] == "topics.json"
    assert templates["topics.json"]["Parameters"]["TopicsKeyArn"] == {
        "Type": "String",
        "Description": "Encrypts the topic",
    }
    assert templates["topics.json"]["Resources"]["Topic"]["Properties"]["KmsMasterKeyId"] == {"Ref": "TopicsKeyArn"}


def test_the_root_gives_what_its_children_give(templates: dict[str, dict[str, Any]]) -> None:
    assert templates["root.json"]["Outputs"]["AlertTopicArn"] == {
        "Description": "Where alarms go",
        "Value": {"Fn::GetAtt": ["Topics", "Outputs.TopicArn"]},
    }


def test_a_stack_knows_how_what_it_gives_is_used(templates: dict[str, dict[str, Any]]) -> None:
    assert templates["keys.json"]["Resources"]["DataKeyArn"]["Properties"]["Description"] == "sns"


def test_an_output_that_nobody_takes_may_be_left_out(templates: dict[str, dict[str, Any]]) -> None:
    assert set(templates["keys.json"]["Outputs"]) == {"DataKeyArn"}


def test_what_can_carry_tags_does(templates: dict[str, dict[str, Any]]) -> None:
    tags = [{"Key": "owner", "Value": "platform-team"}]
    assert templates["keys.json"]["Resources"]["DataKeyArn"]["Properties"]["Tags"] == tags
    assert templates["root.json"]["Resources"]["Keys"]["Properties"]["Tags"] == tags


def test_a_key_id_is_refused_where_a_key_arn_is_declared() -> None:
    wrong: Any = KeyId(Ref("Key"))
    with pytest.raises(WiringError, match=r"^Topics takes topics_key_arn as KeyArn, not KeyId$"):
        Root(TAGS).nest("Topics", Topics(), TopicParameters(topics_key_arn=wrong))


def test_a_plain_string_is_refused_where_a_kind_is_declared() -> None:
    wrong: Any = "arn:aws:kms:eu-central-1:111122223333:key/1"
    with pytest.raises(WiringError, match="takes topics_key_arn as KeyArn, not str"):
        Root(TAGS).nest("Topics", Topics(), TopicParameters(topics_key_arn=wrong))


@pytest.mark.parametrize("taken", ["Keys", "Root"])
def test_a_name_that_another_stack_has_is_refused(taken: str) -> None:
    root = Root(TAGS)
    root.nest("Keys", Keys(), Nothing())
    with pytest.raises(WiringError, match=f"^{taken} is nested under a name that another stack of the tree has$"):
        root.nest(taken, Keys(), Nothing())


def test_a_stack_comes_after_none_that_is_not_there() -> None:
    class Late(ParentStack[Nothing]):
        def resources(self, given: Nothing) -> Nothing:
            self.nest("Keys", Keys(), Nothing(), after=["Endpoints"])
            return Nothing()

    with pytest.raises(WiringError, match=r"^Keys comes after Endpoints, but no such stack is nested$"):
        Late(TAGS).render_all()


def test_the_parameters_of_another_stack_are_refused() -> None:
    stack: Any = Topics()
    with pytest.raises(WiringError, match=r"Topics takes .*TopicParameters, not .*Nothing"):
        Root(TAGS).nest("Topics", stack, Nothing())


def test_a_resource_gives_only_the_kinds_that_it_provides() -> None:
    with pytest.raises(WiringError, match=r"^Group \(AWS::EC2::SecurityGroup\) provides no KeyArn$"):
        KeyArn.of(ec2.SecurityGroup("Group"))


def test_an_output_of_the_wrong_kind_is_refused() -> None:
    class Wrong(Stack[Nothing, TopicOutputs]):
        def resources(self, given: Nothing) -> TopicOutputs:
            key: Any = KeyArn.of(kms.Key("Key"))
            return TopicOutputs(topic_arn=key)

    with pytest.raises(WiringError, match="Wrong gives topic_arn as TopicArn, not KeyArn"):
        Wrong().render()


def test_another_record_than_declared_is_refused() -> None:
    class Wrong(Stack[Nothing, TopicOutputs]):
        def resources(self, given: Nothing) -> TopicOutputs:
            other: Any = Nothing()
            return cast("TopicOutputs", other)

    with pytest.raises(WiringError, match="Wrong gives Nothing, not TopicOutputs"):
        Wrong().render()


def test_an_output_without_a_description_is_refused() -> None:
    class Bare(Record, frozen=True, kw_only=True):
        topic_arn: TopicArn

    class Silent(Stack[Nothing, Bare]):
        def resources(self, given: Nothing) -> Bare:
            return Bare(topic_arn=TopicArn.of(self.add(sns.Topic("Topic"))))

    Silent.resources.__annotations__["return"] = Bare
    with pytest.raises(WiringError, match=r"Silent doesn't describe topic_arn: write Annotated\[TopicArn"):
        Silent().render()


def test_a_field_that_is_no_kind_of_value_is_refused() -> None:
    class Loose(Record, frozen=True, kw_only=True):
        name: str

    class Careless(Stack[Loose, Nothing]):
        def resources(self, given: Loose) -> Nothing:
            return Nothing()

    Careless.resources.__annotations__["given"] = Loose
    with pytest.raises(WiringError, match=r"Loose\.name is no kind of value"):
        Careless().render()


def test_an_output_that_nobody_takes_is_refused() -> None:
    class Forgetful(ParentStack[Nothing]):
        def resources(self, given: Nothing) -> Nothing:
            keys = self.nest("Keys", Keys(), Nothing())
            self.nest("Topics", Topics(), TopicParameters(topics_key_arn=keys.data_key_arn))
            return Nothing()

    with pytest.raises(WiringError, match=r"^Topics gives TopicArn but no stack takes that$") as refused:
        Forgetful(TAGS).render_all()
    assert refused.value.next_step


def test_a_parameter_that_nothing_reads_is_refused() -> None:
    class Deaf(Stack[TopicParameters, TopicOutputs]):
        def resources(self, given: TopicParameters) -> TopicOutputs:
            return TopicOutputs(topic_arn=TopicArn.of(self.add(sns.Topic("Topic"))))

    class Parent(ParentStack[RootOutputs]):
        def resources(self, given: Nothing) -> RootOutputs:
            keys = self.nest("Keys", Keys(), Nothing())
            deaf = self.nest("Deaf", Deaf(), TopicParameters(topics_key_arn=keys.data_key_arn))
            return RootOutputs(alert_topic_arn=deaf.topic_arn)

    with pytest.raises(WiringError, match=r"^Deaf takes TopicsKeyArn but nothing in it reads that$"):
        Parent(TAGS).render_all()


def test_an_output_that_is_left_out_but_taken_is_refused() -> None:
    class Empty(Stack[Nothing, KeyOutputs]):
        def resources(self, given: Nothing) -> KeyOutputs:
            return KeyOutputs(data_key_arn=KeyArn.absent(), spare_key_arn=KeyArn.absent())

    class Parent(ParentStack[RootOutputs]):
        def resources(self, given: Nothing) -> RootOutputs:
            keys = self.nest("Keys", Empty(), Nothing())
            topics = self.nest("Topics", Topics(), TopicParameters(topics_key_arn=keys.data_key_arn))
            return RootOutputs(alert_topic_arn=topics.topic_arn)

    with pytest.raises(WiringError, match=r"^Empty gives no data_key_arn, but Topics takes it$"):
        Parent(TAGS).render_all()


def test_stacks_that_need_each_other_are_named() -> None:
    class Circle(ParentStack[Nothing]):
        def resources(self, given: Nothing) -> Nothing:
            self.nest("Keys", Keys(), Nothing(), after=["Topics"])
            self.nest("Topics", Topics(), TopicParameters(topics_key_arn=keys_arn("Keys")))
            return Nothing()

    with pytest.raises(WiringError, match=r"circle: (Keys -> Topics -> Keys|Topics -> Keys -> Topics)$"):
        Circle(TAGS).render_all()


def keys_arn(stack: str) -> KeyArn:
    from stratopause.wiring.values import Origin

    return KeyArn.output(Origin(stack, "data_key_arn"), ("DataKeyArn",))


def test_a_stack_can_wait_for_another_without_taking_anything() -> None:
    class Patient(ParentStack[RootOutputs]):
        def resources(self, given: Nothing) -> RootOutputs:
            keys = self.nest("Keys", Keys(), Nothing())
            first = self.nest("First", Topics(), TopicParameters(topics_key_arn=keys.data_key_arn))
            self.nest("Second", Keys(), Nothing(), after=["First"])
            return RootOutputs(alert_topic_arn=first.topic_arn)

    assert Patient(TAGS).render_all()["patient.json"]["Resources"]["Second"]["DependsOn"] == ["First"]


def test_a_parameter_and_a_resource_of_one_name_are_refused() -> None:
    class Twice(Stack[TopicParameters, TopicOutputs]):
        def resources(self, given: TopicParameters) -> TopicOutputs:
            topic = self.add(sns.Topic("TopicsKeyArn", KmsMasterKeyId=given.topics_key_arn))
            return TopicOutputs(topic_arn=TopicArn.of(topic))

    with pytest.raises(WiringError, match="Twice has a Parameter and a resource named TopicsKeyArn"):
        Twice().render()


class SubnetOutputs(Record, frozen=True, kw_only=True):
    data_subnet_ids: Annotated[SubnetIds, "For data stores"]


class Subnets(Stack[Nothing, SubnetOutputs]):
    def __init__(self, made: int, said: int) -> None:
        super().__init__()
        self.made, self.said = made, said

    def length_of(self, output: str) -> int:
        return self.said

    def resources(self, given: Nothing) -> SubnetOutputs:
        subnets = [self.add(ec2.Subnet(f"Subnet{index}", VpcId="vpc-1")) for index in range(self.made)]
        return SubnetOutputs(data_subnet_ids=SubnetIds.of_each(subnets))


def test_a_list_leaves_as_one_scalar_output_per_element() -> None:
    outputs = Subnets(2, 2).render()["Outputs"]
    assert {name: output["Value"] for name, output in outputs.items()} == {
        "DataSubnetIdA": {"Ref": "Subnet0"},
        "DataSubnetIdB": {"Ref": "Subnet1"},
    }


def test_a_list_is_joined_by_the_parent_and_taken_as_a_list() -> None:
    subnets = Root(TAGS).nest("Subnets", Subnets(2, 2), Nothing()).data_subnet_ids
    assert subnets.to_dict() == {
        "Fn::Join": [",", [{"Fn::GetAtt": ["Subnets", f"Outputs.DataSubnetId{letter}"]} for letter in "AB"]]
    }
    assert SubnetIds.parameter_type == "CommaDelimitedList"


def test_a_list_of_another_length_than_said_is_refused() -> None:
    with pytest.raises(WiringError, match="Subnets gives 3 data_subnet_ids, but length_of says 2"):
        Subnets(3, 2).render()


def test_a_list_of_which_nobody_says_the_length_is_refused() -> None:
    with pytest.raises(WiringError, match="gives data_subnet_ids as a list, but length_of doesn't say how long"):
        Stack.length_of(Subnets(1, 1), "data_subnet_ids")


def test_asking_for_an_unknown_output_names_the_nearest() -> None:
    with pytest.raises(WiringError, match="has no data_key_am; did you mean data_key_arn"):
        Keys().notes_on("data_key_am")


def test_rendering_counts_resources_but_not_nested_stacks() -> None:
    root = Root(TAGS)
    root.render_all()
    assert root.count_resources() == 2


@pytest.mark.parametrize(("logical_id", "expected"), [("Keys", "keys.json"), ("TrailArchive", "trail_archive.json")])
def test_a_template_file_is_named_for_its_stack(logical_id: str, expected: str) -> None:
    assert file_name(logical_id) == expected


def test_tags_of_a_resource_win_over_the_platforms() -> None:
    from troposphere import Tags

    from stratopause.wiring.tagging import tag

    vpc = tag(ec2.VPC("Vpc", Tags=Tags(Name="here", owner="me")), {"owner": "them", "environment": "dev"})
    assert {entry["Key"]: entry["Value"] for entry in vpc.to_dict()["Properties"]["Tags"]} == {
        "Name": "here",
        "environment": "dev",
        "owner": "me",
    }


def test_an_attribute_in_a_sub_counts_as_read() -> None:
    from stratopause.wiring.checks import references

    template = {"A": {"Fn::Sub": "x ${One} ${Two.Arn}"}, "B": {"Fn::Sub": ["${Three}", {"Three": {"Ref": "Four"}}]}}
    assert set(references(template)) == {"One", "Two", "Three", "Four"}
    assert list(references(GetAtt("A", "B").to_dict())) == []
