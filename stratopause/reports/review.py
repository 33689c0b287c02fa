"""A change set, or a destruction, as it is approved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from rich.text import Text

from stratopause.deployer.changes import Kind, Review
from stratopause.deployer.events import DestructionReady, ReviewReady
from stratopause.deployer.review.findings import Finding, Findings
from stratopause.deployer.review.judgement import Judgement, judge
from stratopause.deployer.review.noise import Certainty
from stratopause.reports.layout import fitting, wrapped
from stratopause.reports.tree import Tree, counts, readable
from stratopause.reports.wording import clean, counted, place


def review(ready: ReviewReady, width: int = 100, everything: bool = False) -> Iterator[Text]:
    """What may lose data first, then replacements, then what opens, then every resource of every stack.

    What may change and what only seems to, is told in numbers, or with `everything` resource by resource.
    """
    judgement = ready.judgement or judge(ready.review)
    tree = Tree(ready.review, judgement, width, everything)
    yield from _headline(ready, judgement)
    yield from _losses(judgement, width)
    yield from _kept_less(judgement, width)
    yield from _replacements(judgement, width)
    yield from _broadenings(judgement, width)
    yield from _titled("changes:", "bold", tree.lines())
    yield from _titled("may change, as is known only while it runs:", "bold", () if everything else tree.doubtful())
    yield from _findings(judgement.findings, width)
    yield from _warnings(judgement, width)
    if ready.link:
        yield Text(f"  in the console: {ready.link}", "dim")


def destruction(ready: DestructionReady) -> Iterator[Text]:
    yield Text(f"{ready.stack}: {counted(ready.resources, 'resource')} to delete", "bold red")
    for kept in ready.kept:
        stays = "leaves a snapshot" if kept.as_snapshot else "stays"
        where = place(ready.stack, kept.path, kept.resource.logical_id)
        yield Text(f"  {stays}: {where} ({clean(kept.resource.type)}) {clean(kept.resource.physical_id)}")
    if ready.lost:
        yield Text("  these hold data, and go without a snapshot:", "bold red")
    for path, resource in ready.lost:
        yield Text(f"    {place(ready.stack, path, resource.logical_id)} ({clean(resource.type)})", "bold red")
    for blocked in ready.blocked:
        where = place(ready.stack, blocked.path, blocked.resource.logical_id)
        yield Text(f"  can't be deleted: {where} {clean(blocked.resource.physical_id)}: {blocked.why}", "yellow")
    for path, resource in ready.protected:
        yield Text(f"  protection will be lifted: {place(ready.stack, path, resource.logical_id)}", "yellow")


def _headline(ready: ReviewReady, judgement: Judgement) -> Iterator[Text]:
    real = [(path, one) for path, one in ready.review.all() if judgement.is_real(path, one)]
    told_kinds = counts(judgement.kind(path, one) for path, one in real if not one.is_nested_stack)
    yield Text(f"{ready.stack}: {told_kinds if real else 'nothing is known to change'}", "bold")
    doubtful = [_number(ready.review, judgement, one) for one in (Certainty.MAYBE, Certainty.NOTHING)]
    told = [f"{counted(doubtful[0], 'more resource')} may change"] if doubtful[0] else []
    told += [f"{doubtful[1]} listed without any change"] if doubtful[1] else []
    if told:
        yield Text(f"  {', '.join(told)}", "dim")


def _number(review: Review, judgement: Judgement, certainty: Certainty) -> int:
    return sum(judgement.of(path, one) is certainty for path, one in review.all() if not one.is_nested_stack)


def _losses(judgement: Judgement, width: int) -> Iterator[Text]:
    lines = [
        Text(line, "bold red")
        for loss in judgement.losses
        for line in wrapped(f"! {loss.name} {loss.type} {loss.how}", width, "    ")
    ]
    lines += [
        Text(line, "red")
        for line in wrapped(f"to allow it: --allow-data-loss {' '.join(judgement.loss_names)}", width, "    ")
        if judgement.losses
    ]
    yield from _titled("data would be lost:", "bold red", lines)


def _kept_less(judgement: Judgement, width: int) -> Iterator[Text]:
    told = [f"! {one.name}: {one.text}" for one in judgement.warnings if one.name]
    lines = [Text(line, "red") for one in told for line in wrapped(one, width, "    ")]
    yield from _titled("kept no longer, should they go one day:", "bold red", lines)


def _replacements(judgement: Judgement, width: int) -> Iterator[Text]:
    lines = []
    for path, change in judgement.replacements:
        is_sure = judgement.kind(path, change) is Kind.REPLACE
        causing = sorted(
            {
                readable(one.path)
                for one in change.details
                if one.requires_recreation in {"Always", "Conditionally"}
                and judgement.of_property(path, change, one.path) >= (Certainty.REAL if is_sure else Certainty.MAYBE)
            }
        )
        by = f", by {fitting(causing, width, 'property')}" if causing else ""
        told = f"! {'/'.join((*path, change.logical_id))} {change.type}{'' if is_sure else ' may be replaced'}{by}"
        lines += [Text(line, "magenta") for line in wrapped(told, width, "    ")]
    yield from _titled("replaced:", "bold magenta", lines)


def _broadenings(judgement: Judgement, width: int) -> Iterator[Text]:
    """Resources of which the same is to be said stand together."""
    by_resource = {
        resource: tuple((one.text, one.is_wide) for one in found)
        for resource, found in groupby(judgement.broadenings, lambda one: (one.is_wide, one.type, one.name))
    }
    together: dict[tuple[str, tuple[tuple[str, bool], ...]], list[str]] = {}
    for (_, type_, name), texts in by_resource.items():
        together.setdefault((type_, texts), []).append(name)
    lines = []
    for (type_, texts), names in together.items():
        lines += [Text(line) for line in wrapped(f"{', '.join(names)} {type_}", width, "    ")]
        for text, is_wide in texts:
            mark, style = ("!!", "bold red") if is_wide else ("-", "yellow")
            lines += [Text(line, style) for line in wrapped(f"{mark} {text}", width, "      ")]
    yield from _titled("more open, or less protected:", "bold yellow", lines)


def _findings(findings: Findings, width: int) -> Iterator[Text]:
    yield from _titled("can't be executed:", "bold red", _found(findings.blocking, "red", width))
    yield from _titled("validation:", "bold yellow", _found(findings.warnings, "yellow", width))


def _found(findings: Iterable[Finding], style: str, width: int) -> Iterator[Text]:
    for one in findings:
        where = " ".join(part for part in (one.place or "the root stack", one.type, one.path) if part)
        yield from (Text(line, style) for line in wrapped(f"{where}: {one.reason} ({one.by})", width, "    "))
        yield from (Text(line) for line in wrapped(f"what to do: {one.remedy}", width, "      "))


def _warnings(judgement: Judgement, width: int) -> Iterator[Text]:
    told = [one.text for one in judgement.warnings if not one.name]
    told += list(judgement.findings.unread)
    told += [f"another change set waits for this stack: {one.name or one.id}" for one in judgement.findings.others]
    yield from _titled("note:", "yellow", [Text(line) for one in told for line in wrapped(one, width, "    ")])


def _titled(title: str, style: str, lines: Iterable[Text]) -> Iterator[Text]:
    """`lines` below their title, if there are any."""
    for number, line in enumerate(lines):
        if number == 0:
            yield Text(f"  {title}", style)
        yield line
