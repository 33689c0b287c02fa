"""Findings that somebody answers for, until a day.

```toml
[[waiver]]
rule = "W9404"
resource = "cache.json/ReplicationGroup"
environments = ["dev"]
reason = "Nobody waits for dev."
owner = "platform@example.org"
expires = 2027-06-30
```

`resource` is a file of the environment and a logical id, or a file alone; without `environments` it is for all. A
waiver whose day is over waives nothing, and is a finding itself, as is one that nothing needs.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct

from stratopause.linting.errors import WaiverError
from stratopause.linting.findings import Finding, RuleFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

EXPIRED: Final = "E9901"
UNUSED: Final = "W9902"
FACTS: Final = {
    EXPIRED: RuleFacts("No waiver is over", ""),
    UNUSED: RuleFacts("Every waiver is needed", ""),
}
LONGEST_DAYS: Final = 366
_LARGEST: Final = 1_000_000


class Waiver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rule: str
    resource: str
    reason: str
    owner: str
    expires: dt.date
    environments: tuple[str, ...] = ()

    def covers(self, environment: str, finding: Finding) -> bool:
        place = f"{finding.file}/{finding.resource}" if finding.resource else finding.file
        return (
            self.rule == finding.rule
            and self.resource in {place, finding.file}
            and (not self.environments or environment in self.environments)
        )


class _File(Struct, forbid_unknown_fields=True):
    waiver: tuple[Waiver, ...] = ()


class Waived(NamedTuple):
    """A finding that somebody answers for."""

    environment: str
    finding: Finding
    waiver: Waiver


class Waivers:
    """Of one file, for one run; which of them are needed is known when all was linted."""

    def __init__(self, path: str, today: dt.date) -> None:
        """Without a file there are none. Raises WaiverError."""
        self.path = path
        self.today = today
        self._lines: Sequence[int] = ()
        self.waivers = self._read()
        self.waived: list[Waived] = []
        self._needed: set[int] = set()

    def sift(self, environment: str, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that nobody answers for."""
        left = []
        for finding in findings:
            covering = [at for at, waiver in enumerate(self.waivers) if waiver.covers(environment, finding)]
            self._needed.update(covering)
            valid = [self.waivers[at] for at in covering if self.waivers[at].expires >= self.today]
            if valid:
                self.waived.append(Waived(environment, finding, valid[0]))
            else:
                left.append(finding)
        return left

    def findings(self, linted: Collection[str], every: Collection[str] | None) -> Iterator[Finding]:
        """What is wrong with the waivers; whether one is needed is known where all that it is for was linted.

        `every` names all environments; None where templates were linted that are of none.
        """
        for at, waiver in enumerate(self.waivers):
            where = f"of {waiver.rule} for {waiver.resource}"
            if waiver.expires < self.today:
                message = f"The waiver {where} was over on {waiver.expires}; {waiver.owner} answers for it"
                yield Finding(self.path, self._line(at), EXPIRED, 1, message, "error")
            elif every is None:
                continue
            elif unknown := sorted(set(waiver.environments) - {*every, *linted}):
                message = f"The waiver {where} is for {', '.join(unknown)}, and there is no such environment"
                yield Finding(self.path, self._line(at), UNUSED, 1, message, "warning")
            elif at not in self._needed and set(waiver.environments or every) <= set(linted):
                message = f"The waiver {where} is needed by nothing; take it out"
                yield Finding(self.path, self._line(at), UNUSED, 1, message, "warning")

    def _line(self, at: int) -> int:
        return self._lines[at] if at < len(self._lines) else 1

    def _read(self) -> tuple[Waiver, ...]:
        if not os.path.lexists(self.path):
            return ()
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            raise WaiverError(f"{self.path}: it is no file", "write waivers as docs/lint.md shows")
        import tomllib

        import msgspec

        try:
            with open(self.path, "rb") as file:
                text = file.read(_LARGEST).decode()
            waivers = msgspec.convert(tomllib.loads(text), _File).waiver
        except OSError as error:
            raise WaiverError(f"{self.path}: {error.strerror}", "make it readable") from error
        except (ValueError, RecursionError) as error:
            raise WaiverError(f"{self.path}: {error}", "write each as docs/lint.md shows") from error
        lines = enumerate(text.splitlines(), 1)
        self._lines = [number for number, line in lines if line.replace(" ", "").startswith("[[waiver]]")]
        for at, waiver in enumerate(waivers):
            self._refuse(at, waiver)
        return waivers

    def _refuse(self, at: int, waiver: Waiver) -> None:
        place = f"{self.path}:{self._line(at)}"
        for name in ("rule", "resource", "reason", "owner"):
            if not str(getattr(waiver, name)).strip():
                raise WaiverError(f"{place}: {name} is empty", "say which, why, and who answers for it")
        if (waiver.expires - self.today).days > LONGEST_DAYS:
            raise WaiverError(
                f"{place}: expires is {waiver.expires}, more than a year away", "look at it again within a year"
            )
