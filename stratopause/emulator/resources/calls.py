"""Calls of a ministack service from inside the process, by the names and shapes that boto3 has.

The request is serialised and the answer parsed by botocore, so a handler speaks the documented API
and the service's own dispatcher and checks run; there is no socket, since a handler runs on the event
loop that would have to answer.
"""

from __future__ import annotations

import importlib
from collections.abc import Coroutine
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlencode

import botocore.loaders
import botocore.model
import botocore.parsers
import botocore.serialize
from ministack.core.responses import get_account_id, get_region

from stratopause.emulator.resources.refusals import Refusal

MODULES = {"elbv2": "alb", "events": "eventbridge", "logs": "cloudwatch_logs", "wafv2": "waf"}


@cache
def _model(service: str) -> botocore.model.ServiceModel:
    description = botocore.loaders.Loader().load_service_model(service, "service-2")
    return botocore.model.ServiceModel(description, service)


def call(service: str, operation: str, **parameters: Any) -> dict[str, Any]:
    """The answer of an operation, as boto3 gives it; `Refusal` with the service's sentence where it says no."""
    model = _model(service)
    operation_model = model.operation_model(operation)
    protocol = model.resolved_protocol
    request = botocore.serialize.create_serializer(protocol).serialize_to_request(parameters, operation_model)
    status, headers, body = _answer(service, request)
    parser = botocore.parsers.create_parser(protocol)
    response = {"status_code": status, "headers": headers, "body": body}
    parsed: dict[str, Any] = parser.parse(response, operation_model.output_shape)
    if status >= 300:
        error = parsed.get("Error", {})
        raise Refusal(error.get("Message", ""), service.capitalize(), error.get("Code", "InternalFailure"), status)
    return parsed


def _answer(service: str, request: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
    module = importlib.import_module(f"ministack.services.{MODULES.get(service, service)}")
    body = request["body"]
    if isinstance(body, dict):
        body = urlencode(body, doseq=True)
    headers = {name.lower(): value for name, value in request["headers"].items()}
    path, _, fixed = request["url_path"].partition("?")
    query = parse_qs(fixed, keep_blank_values=True)
    given = dict(request["query_string"] or {})
    query |= {key: value if isinstance(value, list) else [str(value)] for key, value in given.items()}
    encoded = body.encode() if isinstance(body, str) else body
    arguments = (request["method"], path, headers, encoded, query)
    direct = getattr(module, "_handle_request_sync", None)
    status, answered, content = direct(*arguments) if direct else _finished(module.handle_request(*arguments))
    content = content.encode() if isinstance(content, str) else content
    return status, {name.lower(): value for name, value in answered.items()}, content


def _finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("the service waits for something, so it can't be called from a handler")


def arn(service: str, resource: str) -> str:
    """An ARN of the account and region that the request is made in."""
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"
