"""Operations that a ministack service lacks, added beside those that it has."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

from ministack.core.responses import error_response_json, json_response

from stratopause.emulator.resources.refusals import Refusal

Operation = Callable[[dict[str, Any]], dict[str, Any]]
Response = tuple[int, dict[str, str], bytes]


def answer(operation: Operation, body: bytes) -> Response:
    """The JSON answer of an operation, or its refusal with the code and the sentence of the service."""
    try:
        response: Response = json_response(operation(json.loads(body or b"{}")))
    except Refusal as refusal:
        response = error_response_json(refusal.code, refusal.message, refusal.status)
    return response


def as_xml(record: dict[str, Any]) -> str:
    """The members of a record as elements; a list of pairs is a structure or a list of its own."""

    def content(value: Any) -> str:
        if isinstance(value, list):
            return "".join(f"<{name}>{escape(str(item))}</{name}>" for name, item in value)
        return escape(str(value))

    return "".join(f"<{name}>{content(value)}</{name}>" for name, value in record.items())


def add_operations(service: ModuleType, operations: dict[str, Operation]) -> None:
    """Has a service of the JSON protocol answer these too."""
    original = service.handle_request

    async def handle_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, list[str]]
    ) -> Response:
        operation = operations.get(headers.get("x-amz-target", "").rpartition(".")[2])
        if operation is not None:
            return answer(operation, body)
        response: Response = await original(method, path, headers, body, query_params)
        return response

    service.handle_request = handle_request  # type: ignore[attr-defined]


def forget_on_reset(service: ModuleType, *stores: Any) -> None:
    """Empties these stores whenever the service is reset."""

    def forget() -> None:
        for store in stores:
            store.clear()

    restore_on_reset(service, forget)


def restore_on_reset(service: ModuleType, restore: Callable[[], None]) -> None:
    """Runs a function after every reset of the service."""
    original = service.reset

    def reset() -> None:
        original()
        restore()

    service.reset = reset  # type: ignore[attr-defined]
