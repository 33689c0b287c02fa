"""What the deployer uses of other services than CloudFormation, in memory: each method is an operation."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from stratopause.deployer.services import OneOffTask, TaskState
from tests.stratopause.deployer.fake_clock import FakeClock
from tests.stratopause.deployer.fake_cloudformation import FakeCloudFormation
from tests.stratopause.deployer.fake_stacks import ACCOUNT, REGION, refused

Asked = Mapping[str, Any]
Answer = dict[str, Any]
TRAIL_LAG: Final = 900.0
"""Seconds until CloudTrail shows what happened.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html
"""


class FakeS3:
    """Buckets that are there when they are needed; `objects` by `bucket/key`, `put_keys` in the order of arrival.

    `owners` says to whom a bucket belongs, where that isn't this account.
    """

    page_size = 5

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.put_keys: list[str] = []
        self.owners: dict[str, str] = {}

    def read_url(self, url: str) -> bytes:
        """What CloudFormation finds at a TemplateURL."""
        bucket, _, key = url.removeprefix("https://").partition(f".s3.{REGION}.amazonaws.com/")
        if f"{bucket}/{key}" not in self.objects:
            raise refused("ValidationError", f"S3 error: The specified key does not exist: {url}")
        return self.objects[f"{bucket}/{key}"]

    def create_bucket(self, asked: Asked) -> Answer:
        return {}

    def put_object(self, asked: Asked) -> Answer:
        name = self._name(asked)
        if asked.get("IfNoneMatch") == "*" and name in self.objects:
            raise refused("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        if asked.get("ChecksumSHA256", _checksum(asked["Body"])) != _checksum(asked["Body"]):
            raise refused("BadDigest", "The SHA256 you specified did not match what we received")
        self.objects[name] = asked["Body"]
        self.put_keys.append(asked["Key"])
        return {"ChecksumSHA256": _checksum(asked["Body"])}

    def head_object(self, asked: Asked) -> Answer:
        name = self._name(asked)
        if name not in self.objects:
            raise refused("404", "Not Found")
        checksum = {"ChecksumSHA256": _checksum(self.objects[name])} if asked.get("ChecksumMode") == "ENABLED" else {}
        return {"ContentLength": len(self.objects[name]), **checksum}

    def get_object(self, asked: Asked) -> Answer:
        name = self._name(asked)
        if name not in self.objects:
            raise refused("NoSuchKey", "The specified key does not exist.")
        return {"Body": io.BytesIO(self.objects[name]), "ContentLength": len(self.objects[name])}

    def list_objects_v2(self, asked: Asked) -> Answer:
        self._check_owner(asked)
        start = f"{asked['Bucket']}/"
        keys = sorted(name.removeprefix(start) for name in self.objects if name.startswith(start))
        after = asked.get("ContinuationToken", "")
        keys = [key for key in keys if key.startswith(asked.get("Prefix", "")) and key > after]
        page = keys[: min(self.page_size, asked.get("MaxKeys", 1000))]
        told = {"Contents": [{"Key": key} for key in page], "KeyCount": len(page)} if page else {"KeyCount": 0}
        more = len(page) < len(keys)
        return told | {"IsTruncated": more} | ({"NextContinuationToken": page[-1]} if more and page else {})

    def _name(self, asked: Asked) -> str:
        self._check_owner(asked)
        return f"{asked['Bucket']}/{asked['Key']}"

    def _check_owner(self, asked: Asked) -> None:
        owner = self.owners.get(asked["Bucket"], ACCOUNT)
        if asked.get("ExpectedBucketOwner", owner) != owner:
            raise refused("AccessDenied", "Access Denied")


@dataclass
class FakeIdentity:
    """STS: whom the credentials belong to."""

    account: str = ACCOUNT
    partition: str = "aws"

    @property
    def arn(self) -> str:
        return f"arn:{self.partition}:sts::{self.account}:assumed-role/deployer/me"

    def get_caller_identity(self, asked: Asked) -> Answer:
        return {"Account": self.account, "Arn": self.arn, "UserId": "AROAEXAMPLE:me"}


class FakeKms:
    """Keys by id, of which each is a secret; a signature is an HMAC, which serves for any algorithm."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.algorithms = ["ECDSA_SHA_256"]

    def get_public_key(self, asked: Asked) -> Answer:
        secret = self._secret(asked)
        public = hashlib.sha256(secret).digest()
        return {"KeyId": asked["KeyId"], "PublicKey": public, "SigningAlgorithms": self.algorithms}

    def sign(self, asked: Asked) -> Answer:
        self._check(asked)
        signature = self._signature(asked)
        return {"KeyId": asked["KeyId"], "Signature": signature, "SigningAlgorithm": asked["SigningAlgorithm"]}

    def verify(self, asked: Asked) -> Answer:
        self._check(asked)
        if not hmac.compare_digest(self._signature(asked), asked["Signature"]):
            raise refused("KMSInvalidSignatureException", "")
        return {"KeyId": asked["KeyId"], "SignatureValid": True, "SigningAlgorithm": asked["SigningAlgorithm"]}

    def _check(self, asked: Asked) -> None:
        self._secret(asked)
        if asked["SigningAlgorithm"] not in self.algorithms:
            raise refused("InvalidKeyUsageException", f"Algorithm {asked['SigningAlgorithm']} is incompatible")
        if asked.get("MessageType") == "DIGEST" and len(asked["Message"]) != 32:
            raise refused("ValidationException", "Digest is invalid length for algorithm")

    def _signature(self, asked: Asked) -> bytes:
        message = asked["SigningAlgorithm"].encode() + asked["Message"]
        return hmac.digest(self._secret(asked), message, "sha256")

    def _secret(self, asked: Asked) -> bytes:
        if asked["KeyId"] not in self.keys:
            raise refused("NotFoundException", f"Key '{asked['KeyId']}' does not exist")
        return self.keys[asked["KeyId"]]


class FakeTrail:
    """CloudTrail, which shows an event `lag` seconds after it has happened; newest first."""

    page_size = 5

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.lag = TRAIL_LAG
        self.events: list[tuple[datetime, str, Answer]] = []

    def note(self, name: str, who: str, parameters: Asked, error: str = "") -> None:
        told = {"eventName": name, "userIdentity": {"arn": who}, "requestParameters": dict(parameters)}
        self.events.append((self.clock.time(), name, told | ({"errorCode": error} if error else {})))

    def lookup_events(self, asked: Asked) -> Answer:
        shown = self.clock.time() - timedelta(seconds=self.lag)
        wanted = {one["AttributeKey"]: one["AttributeValue"] for one in asked.get("LookupAttributes", [])}
        found = [
            {"EventName": name, "EventTime": time, "CloudTrailEvent": json.dumps(told)}
            for time, name, told in reversed(self.events)
            if time <= shown and time >= asked.get("StartTime", time) and wanted.get("EventName", name) == name
        ]
        first = int(asked.get("NextToken", 0))
        more = {"NextToken": str(first + self.page_size)} if first + self.page_size < len(found) else {}
        return {"Events": found[first : first + self.page_size], **more}


class FakeParameters:
    """Systems Manager's Parameter Store: `values` and `tags` by name."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def get_parameters(self, asked: Asked) -> Answer:
        if len(asked["Names"]) > 10:
            raise refused("ValidationException", "Member must have length less than or equal to 10")
        known = [name for name in asked["Names"] if name in self.values]
        told = [{"Name": name, "Value": self.values[name], "Type": "String"} for name in known]
        unknown = [name for name in asked["Names"] if name not in known]
        return {"Parameters": told} | ({"InvalidParameters": unknown} if unknown else {})

    def put_parameter(self, asked: Asked) -> Answer:
        if asked.get("Overwrite") and asked.get("Tags"):
            raise refused("ValidationException", "tags and overwrite can't be used together")
        if asked["Name"] in self.values and not asked.get("Overwrite"):
            raise refused("ParameterAlreadyExists", "The parameter already exists.")
        self.values[asked["Name"]] = asked["Value"]
        self.tags.setdefault(asked["Name"], {}).update({one["Key"]: one["Value"] for one in asked.get("Tags", [])})
        return {"Version": 1}


@dataclass
class FakeProtections:
    """RDS and Elastic Load Balancing: lifting protection lets CloudFormation delete what it could not.

    `lifted` are the logical ids.
    """

    cloudformation: FakeCloudFormation
    lifted: list[str] = field(default_factory=list)

    def modify_db_instance(self, asked: Asked) -> Answer:
        return self._lift(asked["DBInstanceIdentifier"])

    def modify_db_cluster(self, asked: Asked) -> Answer:
        return self._lift(asked["DBClusterIdentifier"])

    def modify_load_balancer_attributes(self, asked: Asked) -> Answer:
        return self._lift(asked["LoadBalancerArn"])

    def _lift(self, physical_id: str) -> Answer:
        for stack in self.cloudformation.stacks.values():
            for resource in stack.resources.values():
                if resource.physical_id == physical_id:
                    self.lifted.append(resource.logical_id)
                    self.cloudformation.undeletable.pop((*stack.path, resource.logical_id), None)
                    return {}
        raise refused("DBInstanceNotFound", f"{physical_id} not found.")


@dataclass
class FakeTasks:
    """ECS: a task runs for as many looks as `looks` says, then stops in the state `end`.

    `stopped` are tasks of a service as DescribeTasks tells them, by cluster.
    """

    looks: int = 2
    end: TaskState = TaskState(is_stopped=True, exit_code=0)  # noqa: RUF009 - it is frozen
    started: list[tuple[OneOffTask, str]] = field(default_factory=list)
    stopped: dict[str, list[Answer]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def run_task(self, asked: Asked) -> Answer:
        network = asked["networkConfiguration"]["awsvpcConfiguration"]
        (group,) = network["securityGroups"]
        task = OneOffTask(asked["cluster"], asked["taskDefinition"], tuple(network["subnets"]), group)
        token = asked.get("clientToken", "")
        if token not in self.tokens:
            self.started.append((task, token))
            number = len(self.started)
            self.tokens[token] = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{task.cluster}/{number}"
        return {"tasks": [{"taskArn": self.tokens[token]}], "failures": []}

    def list_tasks(self, asked: Asked) -> Answer:
        return {"taskArns": [one["taskArn"] for one in self.stopped.get(asked["cluster"], [])]}

    def describe_tasks(self, asked: Asked) -> Answer:
        known = {one["taskArn"]: one for one in self.stopped.get(asked["cluster"], [])}
        return {"tasks": [known.get(arn) or self._own(arn) for arn in asked["tasks"]], "failures": []}

    def _own(self, arn: str) -> Answer:
        self.looks -= 1
        state = self.end if self.looks < 0 else TaskState(is_stopped=False)
        code = {} if state.exit_code is None else {"exitCode": state.exit_code}
        told = {"taskArn": arn, "lastStatus": "STOPPED" if state.is_stopped else "RUNNING", "containers": [code]}
        return told | ({"stoppedReason": state.reason} if state.reason else {})


def _checksum(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode()
