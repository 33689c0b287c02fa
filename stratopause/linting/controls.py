"""Which rule serves which safeguard of HIPAA's security rule, and which safeguards no template can show.

The safeguards are those of 45 CFR 164.308, 164.310, 164.312 and 164.316
(https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C), with the section of NIST SP 800-66r2
that explains each (https://csrc.nist.gov/pubs/sp/800/66/r2/final) and the controls of NIST SP 800-53r5 that ours serve
(https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

_KEYS: Final = ("E9101", "E9102", "E9103", "W9104", "E9105", "E9106")
_REACH: Final = ("E9203", "E9204", "E9207")
_ROLES: Final = ("E9301", "E9302", "E9303", "E9304", "E9306", "W9307")
_LOGS: Final = ("E9208", "E9503", "E9504", "E9506")
_BACKUP: Final = ("E9401", "E9402", "E9403", "E9410")
_TLS: Final = ("E9405", "E9406", "E9408", "E9601", "E9602")
_ORGANISATION: Final = "for the organisation's policies"
_AWS: Final = "AWS's, under its business associate addendum"


class Safeguard(NamedTuple):
    """One safeguard: served by `rules`, or not shown by a template, and then `elsewhere` says who sees to it."""

    cfr: str
    title: str
    guide: str
    """The section of NIST SP 800-66r2."""
    controls: tuple[str, ...] = ()
    """Of NIST SP 800-53r5."""
    rules: tuple[str, ...] = ()
    elsewhere: str = ""


SAFEGUARDS: Final = (
    Safeguard("164.308(a)(1)(ii)(A)", "Risk analysis", "5.1.1", ("RA-3",), (), _ORGANISATION),
    Safeguard(
        "164.308(a)(1)(ii)(B)",
        "Risk management",
        "5.1.1",
        ("CM-6", "RA-7", "SI-2"),
        (
            *("E9001", "E9002", "E9003", "W9004", "W9005", "E9006", "W9007", "E9008", "E9009", "W9010", "W9011"),
            *("E9012", "W9308"),
        ),
    ),
    Safeguard("164.308(a)(1)(ii)(C)", "Sanction policy", "5.1.1", ("PS-8",), (), _ORGANISATION),
    Safeguard(
        "164.308(a)(1)(ii)(D)",
        "Information system activity review",
        "5.1.1",
        ("AU-6", "CA-7", "SI-4"),
        (*_LOGS, "W9505", "E9305"),
    ),
    Safeguard("164.308(a)(2)", "Assigned security responsibility", "5.1.2", ("PM-2",), (), _ORGANISATION),
    Safeguard("164.308(a)(3)(i)", "Workforce security", "5.1.3", ("AC-6",), ("E9303", "E9304", "W9307")),
    Safeguard("164.308(a)(3)(ii)(A)", "Authorization and/or supervision", "5.1.3", ("PS-7",), (), _ORGANISATION),
    Safeguard("164.308(a)(3)(ii)(B)", "Workforce clearance procedure", "5.1.3", ("PS-3",), (), _ORGANISATION),
    Safeguard("164.308(a)(3)(ii)(C)", "Termination procedures", "5.1.3", ("PS-4",), (), _ORGANISATION),
    Safeguard("164.308(a)(4)(i)", "Information access management", "5.1.4", ("AC-3", "AC-6"), _ROLES),
    Safeguard(
        "164.308(a)(4)(ii)(A)", "Isolating health care clearinghouse functions", "5.1.4", ("AC-4",), (), _ORGANISATION
    ),
    Safeguard("164.308(a)(4)(ii)(B)", "Access authorization", "5.1.4", ("AC-3", "AC-6"), (*_ROLES, "E9103")),
    Safeguard("164.308(a)(4)(ii)(C)", "Access establishment and modification", "5.1.4", ("AC-2",), (), _ORGANISATION),
    Safeguard("164.308(a)(5)(ii)(A)", "Security reminders", "5.1.5", ("AT-2",), (), _ORGANISATION),
    Safeguard(
        "164.308(a)(5)(ii)(B)",
        "Protection from malicious software",
        "5.1.5",
        ("SC-18", "SI-3", "SI-7"),
        ("E9604", "E9605"),
        "",
    ),
    Safeguard("164.308(a)(5)(ii)(C)", "Log-in monitoring", "5.1.5", ("AC-7", "AU-2"), ("E9503", "E9504", "W9505")),
    Safeguard("164.308(a)(5)(ii)(D)", "Password management", "5.1.5", ("IA-5",), ("E9309", "E9606")),
    Safeguard("164.308(a)(6)(ii)", "Response and reporting", "5.1.6", ("IR-4", "IR-6"), ("W9505", "E9305")),
    Safeguard("164.308(a)(7)(ii)(A)", "Data backup plan", "5.1.7", ("CP-9",), (*_BACKUP, "E9409")),
    Safeguard(
        "164.308(a)(7)(ii)(B)",
        "Disaster recovery plan",
        "5.1.7",
        ("CP-6", "CP-10"),
        ("E9105", "E9410", "W9404", "E9607"),
    ),
    Safeguard("164.308(a)(7)(ii)(C)", "Emergency mode operation plan", "5.1.7", ("CP-7", "CP-10"), ("W9206", "W9404")),
    Safeguard("164.308(a)(7)(ii)(D)", "Testing and revision procedures", "5.1.7", ("CP-4",), (), _ORGANISATION),
    Safeguard(
        "164.308(a)(7)(ii)(E)", "Applications and data criticality analysis", "5.1.7", ("RA-9",), (), _ORGANISATION
    ),
    Safeguard("164.308(a)(8)", "Evaluation", "5.1.8", ("CA-2",), (), "for an assessor; this report is evidence for it"),
    Safeguard("164.308(b)(1)", "Business associate contracts", "5.1.9", ("SA-9",), (), "for AWS Artifact"),
    Safeguard("164.310(a)(1)", "Facility access controls", "5.2.1", ("PE-3",), (), _AWS),
    Safeguard("164.310(a)(2)(i)", "Contingency operations", "5.2.1", ("CP-2",), (), _AWS),
    Safeguard("164.310(a)(2)(ii)", "Facility security plan", "5.2.1", ("PE-1",), (), _AWS),
    Safeguard("164.310(a)(2)(iii)", "Access control and validation procedures", "5.2.1", ("PE-2",), (), _AWS),
    Safeguard("164.310(a)(2)(iv)", "Maintenance records", "5.2.1", ("MA-2",), (), _AWS),
    Safeguard("164.310(b)", "Workstation use", "5.2.2", ("AC-11",), (), _ORGANISATION),
    Safeguard("164.310(c)", "Workstation security", "5.2.3", ("PE-5",), (), _ORGANISATION),
    Safeguard("164.310(d)(2)(i)", "Disposal", "5.2.4", ("MP-6",), ("E9106", "E9409"), ""),
    Safeguard("164.310(d)(2)(ii)", "Media re-use", "5.2.4", ("MP-6",), (), _AWS),
    Safeguard("164.310(d)(2)(iii)", "Accountability", "5.2.4", ("CM-8",), (), _AWS),
    Safeguard("164.310(d)(2)(iv)", "Data backup and storage", "5.2.4", ("CP-9", "MP-4"), _BACKUP),
    Safeguard(
        "164.312(a)(1)", "Access control", "5.3.1", ("AC-3", "AC-4", "AC-6", "SC-7"), (*_ROLES, *_REACH, "E9407")
    ),
    Safeguard("164.312(a)(2)(i)", "Unique user identification", "5.3.1", ("AC-2", "IA-2"), ("E9304", "W9307", "E9406")),
    Safeguard("164.312(a)(2)(ii)", "Emergency access procedure", "5.3.1", ("CP-2", "CP-9"), ("E9102", "E9402")),
    Safeguard("164.312(a)(2)(iii)", "Automatic logoff", "5.3.1", ("AC-12",), (), "for the application"),
    Safeguard(
        "164.312(a)(2)(iv)", "Encryption and decryption", "5.3.1", ("SC-12", "SC-13", "SC-28"), (*_KEYS, "E9501")
    ),
    Safeguard(
        "164.312(b)",
        "Audit controls",
        "5.3.2",
        ("AU-2", "AU-3", "AU-9", "AU-11", "AU-12"),
        (*_LOGS, "E9501", "E9502", "E9305"),
    ),
    Safeguard("164.312(c)(1)", "Integrity", "5.3.3", ("CP-9", "SC-28", "SI-7"), (*_BACKUP, "E9409", "E9503")),
    Safeguard(
        "164.312(c)(2)",
        "Mechanism to authenticate electronic protected health information",
        "5.3.3",
        ("SI-7",),
        ("E9503", "E9605", "E9409"),
    ),
    Safeguard(
        "164.312(d)", "Person or entity authentication", "5.3.4", ("IA-2", "IA-3", "IA-9"), ("E9301", "E9304", "E9406")
    ),
    Safeguard(
        "164.312(e)(1)",
        "Transmission security",
        "5.3.5",
        ("SC-7", "SC-8"),
        (*_TLS, *_REACH, "E9201", "E9202", "E9205", "E9603"),
    ),
    Safeguard("164.312(e)(2)(i)", "Integrity controls", "5.3.5", ("SC-8",), (*_TLS, "E9603")),
    Safeguard("164.312(e)(2)(ii)", "Encryption", "5.3.5", ("SC-8", "SC-13"), _TLS),
    Safeguard("164.316(a)", "Policies and procedures", "5.5.1", ("PM-1",), (), _ORGANISATION),
    Safeguard("164.316(b)(1)", "Documentation", "5.5.2", ("AU-11", "PL-2"), (), "for the records of deployments"),
    Safeguard("164.316(b)(2)(i)", "Time limit", "5.5.2", ("AU-11", "SI-12"), ("E9502",)),
    Safeguard("164.316(b)(2)(ii)", "Availability", "5.5.2", ("PL-2",), (), _ORGANISATION),
    Safeguard("164.316(b)(2)(iii)", "Updates", "5.5.2", ("PL-2",), (), _ORGANISATION),
)


def serving(rule: str) -> list[Safeguard]:
    """The safeguards that a rule serves."""
    return [safeguard for safeguard in SAFEGUARDS if rule in safeguard.rules]


UNJUDGED: Final = frozenset({"E0000", "E0001", "E0002", "E1001", "E9001"})
"""Where these find something, a template couldn't be read, or is none: of what is in it nothing is known."""


def table(found: Collection[str], waived: Collection[str]) -> Iterator[str]:
    """A Markdown table of every safeguard: what its rules have `found`, and what of that is `waived`, by rule."""
    yield "| 45 CFR | safeguard | SP 800-66r2 | SP 800-53r5 | rules | state |"
    yield "|---|---|---|---|---|---|"
    for one in SAFEGUARDS:
        rules, controls = ", ".join(one.rules) or "-", ", ".join(one.controls)
        yield f"| {one.cfr} | {one.title} | {one.guide} | {controls} | {rules} | {_state(one, found, waived)} |"


def _state(safeguard: Safeguard, found: Collection[str], waived: Collection[str]) -> str:
    if not safeguard.rules:
        return f"not shown by a template: {safeguard.elsewhere}"
    open_ = [rule for rule in safeguard.rules if rule in found]
    if open_:
        return f"open: {', '.join(open_)}"
    unjudged = sorted(UNJUDGED & set(found))
    if unjudged:
        return f"not shown: a template couldn't be judged ({', '.join(unjudged)})"
    left = [rule for rule in safeguard.rules if rule in waived]
    return f"covered, but for what is waived: {', '.join(left)}" if left else "covered"
