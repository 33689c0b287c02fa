"""Secrets Manager: names that are still scheduled for deletion, resource policies and rotation."""

from __future__ import annotations

import json

from ministack.services import secretsmanager
from ministack.services.cloudformation import provisioners

from stratopause.emulator.resources.calls import call
from stratopause.emulator.resources.handlers import Change, Result, add, before_change
from stratopause.emulator.resources.refusals import AlreadyExists, Refusal
from stratopause.emulator.resources.schema import Properties


def create_secret(logical_id: str, properties: Properties, stack_name: str) -> Result:
    """Ref is the ARN, not the name."""
    _, attributes = provisioners._sm_secret_create(logical_id, properties, stack_name)
    return attributes["Id"], {"Id": attributes["Id"]}


def update_secret(secret_arn: str, before: Properties, after: Properties) -> Result:
    """Everything but the name changes in place."""
    name, secret = secretsmanager._resolve(secret_arn)
    if secret is None:
        raise not_found()
    provisioners._sm_secret_update(name, before, {**after, "Name": name}, "", name)
    return secret_arn, {"Id": secret_arn}


def delete_secret(secret_arn: str, properties: Properties) -> None:
    """At once, without a recovery window, as CloudFormation does it."""
    name, _ = secretsmanager._resolve(secret_arn)
    provisioners._sm_secret_delete(name, properties)


def not_found() -> Refusal:
    """The service's answer to an unknown secret."""
    message = "Secrets Manager can't find the specified secret."
    return Refusal(message, "SecretsManager", "ResourceNotFoundException")


@before_change("AWS::SecretsManager::Secret")
def _name_is_free(change: Change) -> None:
    name = change.properties.get("Name", "")
    if change.previous is not None or name not in secretsmanager._secrets:
        return
    if secretsmanager._secrets[name].get("DeletedDate"):
        message = "You can't create this secret because a secret with this name is already scheduled for deletion."
        raise Refusal(message, "SecretsManager", "InvalidRequest")
    raise AlreadyExists("AWS::SecretsManager::Secret", "Name", name)


def put_policy(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Ref is the secret's ARN."""
    secret_id = properties["SecretId"]
    policy = json.dumps(properties["ResourcePolicy"])
    secret_arn = call("secretsmanager", "PutResourcePolicy", SecretId=secret_id, ResourcePolicy=policy)["ARN"]
    return secret_arn, {"Id": secret_arn}


def update_policy(secret_arn: str, _before: Properties, after: Properties) -> Result:
    """The whole policy anew."""
    return put_policy("", {**after, "SecretId": secret_arn}, "")


def delete_policy(secret_arn: str, _properties: Properties) -> None:
    """The secret may be gone already."""
    if secretsmanager._resolve(secret_arn)[1] is not None:
        call("secretsmanager", "DeleteResourcePolicy", SecretId=secret_arn)


def schedule_rotation(_logical_id: str, properties: Properties, _stack_name: str) -> Result:
    """Records the schedule; nothing rotates in the emulator."""
    _, secret = secretsmanager._resolve(properties["SecretId"])
    if secret is None:
        raise not_found()
    secret["RotationEnabled"] = True
    secret["RotationRules"] = properties.get("RotationRules", {})
    secret["RotationLambdaARN"] = properties.get("RotationLambdaARN")
    return secret["ARN"], {"Id": secret["ARN"]}


def update_rotation(secret_arn: str, _before: Properties, after: Properties) -> Result:
    """The whole schedule anew."""
    return schedule_rotation("", {**after, "SecretId": secret_arn}, "")


def cancel_rotation(secret_arn: str, _properties: Properties) -> None:
    """The secret may be gone already."""
    _, secret = secretsmanager._resolve(secret_arn)
    if secret is not None:
        secret["RotationEnabled"] = False


add("AWS::SecretsManager::Secret", create_secret, delete_secret, update_secret)
add("AWS::SecretsManager::ResourcePolicy", put_policy, delete_policy, update_policy)
add("AWS::SecretsManager::RotationSchedule", schedule_rotation, cancel_rotation, update_rotation)
