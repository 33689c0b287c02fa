"""An AWS in memory at the one seam: `aws.api.Api`, with what goes wrong on the way.

- `services` are fakes by service; each method, of one or of its `parts`, is an operation. `answers` come before them:
  an answer, an error, or a function of the request's parameters, by service and operation.
- What is asked and what is answered must fit botocore's models.
- `denied` operations are refused with AccessDenied. `faults` happen once each. `calls` has every call in order,
  `requests` also what it asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import Any, cast

import botocore.session
from botocore import xform_name as xform
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator

from stratopause.deployer.aws.boto import Aws, told
from tests.stratopause.deployer.fake_stacks import refused

Answer = Mapping[str, Any]
Answering = Answer | Exception | Callable[[dict[str, Any]], Answer]


@dataclass
class Fault:
    """Goes wrong once, at the first call of `operation`, or of any, after `skip` such calls.

    With `takes_effect` only the answer is lost.
    """

    error: BaseException
    operation: str = ""
    skip: int = 0
    takes_effect: bool = False


class FakeAws:
    """See the page above. May be used by several threads at once."""

    def __init__(self, services: Mapping[str, Any]) -> None:
        self.services = dict(services)
        self.answers: dict[tuple[str, str], Answering] = {}
        self.denied: set[tuple[str, str]] = set()
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, str, dict[str, Any]]] = []
        self._one_at_a_time = RLock()

    @property
    def calls(self) -> list[tuple[str, str]]:
        return [(service, operation) for service, operation, _ in self.requests]

    def call(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        with self._one_at_a_time, told(operation):
            self.requests.append((service, operation, parameters))
            model = _model(service, operation)
            _check(f"{service} {operation} is asked", parameters, model.input_shape)
            fault = self._fault(operation)
            if fault is not None and not fault.takes_effect:
                raise fault.error
            if (service, operation) in self.denied:
                name = f"{service}:{model.name}"
                raise refused("AccessDenied", f"User: {ME} is not authorized to perform: {name}")
            answer = dict(self._answer(service, operation, parameters))
            if fault is not None:
                raise fault.error
            _check(f"{service} {operation} is answered", _without_streams(answer), model.output_shape)
            return answer

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """As boto's pages."""
        return Aws.pages(cast("Aws", self), service, operation, **parameters)

    def _answer(self, service: str, operation: str, parameters: dict[str, Any]) -> Answer:
        answer = self.answers.get((service, operation))
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return answer(parameters)
        if answer is not None:
            return answer
        fake = self.services.get(service)
        for part in (fake, *getattr(fake, "parts", ())):
            if hasattr(part, operation):
                return cast("Answer", getattr(part, operation)(parameters))
        raise NotImplementedError(f"the fake has no {service} {operation}: give it one, or an entry in `answers`")

    def _fault(self, operation: str) -> Fault | None:
        due = None
        for fault in [one for one in self.faults if one.operation in {"", operation}]:
            fault.skip -= 1
            if fault.skip < 0 and due is None:
                due = fault
                self.faults.remove(fault)
        return due


ME = "arn:aws:sts::999988887777:assumed-role/deployer/me"


@cache
def _model(service: str, operation: str) -> OperationModel:
    model = _service(service)
    names = {xform(name): name for name in model.operation_names}
    return model.operation_model(names[operation])


@cache
def _service(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _check(where: str, told: Mapping[str, Any], shape: Shape | None) -> None:
    if shape is None:
        assert not told, f"{where} with something, where there is nothing"
        return
    unknown = sorted(told.keys() - shape.members.keys())
    report = ParamValidator().validate(told, shape)
    assert not unknown, f"{where} with {unknown}, which the API doesn't know"
    assert not report.has_errors(), f"{where} amiss: {report.generate_report()}"


def _without_streams(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: b"" if hasattr(value, "read") else value for key, value in answer.items()}
