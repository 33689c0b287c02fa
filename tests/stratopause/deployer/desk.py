"""One fake CloudFormation, and how it is asked."""

from __future__ import annotations

from typing import Any

from stratopause.deployer.errors import NotFound
from tests.stratopause.deployer.fake_aws import FakeAws
from tests.stratopause.deployer.fake_clock import FakeClock
from tests.stratopause.deployer.fake_cloudformation import FakeCloudFormation
from tests.stratopause.deployer.fakes import nested, template

TOPIC: dict[str, Any] = {"Type": "AWS::SNS::Topic"}
CHILD = {"Child": nested("https://child")}
OTHER = {"Child": nested("https://other")}


def topic(name: Any) -> dict[str, Any]:
    return {**TOPIC, "Properties": {"DisplayName": name}}


class Desk:
    """`urls` are the templates that can be nested; the stack is called `root`."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.urls = {"https://child": template({"Topic": TOPIC}), "https://other": template({"Topic": topic("x")})}
        self.fake = FakeCloudFormation(self.clock, self.urls.__getitem__)
        self.api = FakeAws({"cloudformation": self.fake})
        self.made = 0

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.api.call("cloudformation", operation, **parameters)

    def all(self, operation: str, key: str, **parameters: Any) -> list[dict[str, Any]]:
        return [one for page in self.api.pages("cloudformation", operation, **parameters) for one in page[key]]

    def opened(self, resources: dict[str, Any] | None = None, kind: str = "CREATE", **more: Any) -> str:
        """A change set that is still being made."""
        self.made += 1
        asked = {"StackName": "root", "ChangeSetName": f"run-{self.made}", "ChangeSetType": kind}
        body = more.pop("TemplateBody", template(resources or CHILD).decode())
        answer = self.ask("create_change_set", **{**asked, "TemplateBody": body, "IncludeNestedStacks": True, **more})
        return str(answer["Id"])

    def ready(self, resources: dict[str, Any] | None = None, kind: str = "UPDATE", **more: Any) -> str:
        """A change set that has been made."""
        change_set_id = self.opened(resources, kind, **more)
        while self.told(change_set_id)["Status"] == "CREATE_IN_PROGRESS":
            pass
        return change_set_id

    def told(self, change_set_id: str) -> dict[str, Any]:
        return self.ask("describe_change_set", ChangeSetName=change_set_id)

    def changes(self, change_set_id: str, values: bool = True) -> dict[str, dict[str, Any]]:
        """The ResourceChanges by logical id."""
        asked = {"ChangeSetName": change_set_id, "IncludePropertyValues": values}
        told = [one["ResourceChange"] for one in self.all("describe_change_set", "Changes", **asked)]
        return {one["LogicalResourceId"]: one for one in told}

    def execute(self, change_set_id: str, token: str = "run", **more: Any) -> None:
        self.ask("execute_change_set", ChangeSetName=change_set_id, ClientRequestToken=token, **more)

    def bring(self, resources: dict[str, Any] | None = None, kind: str = "UPDATE", token: str = "") -> str:
        """Make, execute, and wait for the end; the status then."""
        change_set_id = self.ready(resources, kind)
        self.execute(change_set_id, token or f"token-{self.made}")
        return self.settled()

    def create(self, resources: dict[str, Any] | None = None) -> str:
        return self.bring(resources, "CREATE")

    def settled(self) -> str:
        self.clock.sleep(100)
        return self.status()

    def status(self) -> str:
        try:
            return str(self.root()["StackStatus"])
        except NotFound:
            return "absent"

    def root(self) -> dict[str, Any]:
        (stack,) = self.ask("describe_stacks", StackName="root")["Stacks"]
        return dict(stack)

    def child(self, logical_id: str = "Child") -> str:
        """The id of a nested stack."""
        return self.resources("root")[logical_id][1]

    def resources(self, stack: str) -> dict[str, tuple[str, str]]:
        """Status and physical id by logical id."""
        told = self.all("list_stack_resources", "StackResourceSummaries", StackName=stack)
        return {one["LogicalResourceId"]: (one["ResourceStatus"], one.get("PhysicalResourceId", "")) for one in told}

    def events(self, stack: str = "root") -> list[dict[str, Any]]:
        """Newest first."""
        return self.all("describe_stack_events", "StackEvents", StackName=stack)

    def history(self, stack: str = "root") -> list[str]:
        """What the stack and its resources came to, in the order of time."""
        return [f"{one['LogicalResourceId']} {one['ResourceStatus']}" for one in reversed(self.events(stack))]

    def reasons(self, stack: str = "root") -> dict[str, str]:
        """Why what failed did, by logical id."""
        failed = [one for one in self.events(stack) if one["ResourceStatus"].endswith("_FAILED")]
        return {one["LogicalResourceId"]: one["ResourceStatusReason"] for one in failed}
