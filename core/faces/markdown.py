"""A result as Markdown (CommonMark with GitHub's tables), to be pasted into a review or an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.faces.coverage import SIDES, state_words, statement, stretches
from core.faces.notices import doubts
from core.faces.pages import by_page, page_of
from core.faces.plain import shown
from core.faces.reviewed import has_review, progress, remarks, said_of, signatures
from core.faces.selection import EVERYTHING, Selection, counts, select
from core.faces.summary import Sentence, in_short
from core.faces.telling import severity_words, tell
from core.faces.verdict import no_changes
from core.options import KINDS

_TEXT_CHARACTERS = 1000
_MOST_STRETCHES = 200
#: Whatever CommonMark or GitHub would read as markup, a mention or a link.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$!#])|(&)|(@)|(://)|(?i:(www)\.)")


def markdown(result: dict[str, Any], selection: Selection = EVERYTHING) -> str:
    """The report; ends with a line end."""
    changes, hidden = select(result, selection)
    return "\n".join(_lines(result, changes, hidden, in_short(result, selection))) + "\n"


def escaped(text: str, limit: int | None = _TEXT_CHARACTERS) -> str:
    """`text` such that Markdown shows it as it is, on one line."""
    return _SPECIAL.sub(_escape, shown(text, limit))


def _escape(match: re.Match[str]) -> str:
    special, ampersand, at, scheme, www = match.groups()
    if special:
        return "\\" + special
    return (ampersand and "&amp;") or (at and "&#64;") or (scheme and "&#58;//") or f"{www}&#46;"


def _lines(
    result: dict[str, Any], changes: list[dict[str, Any]], hidden: int, short: Sequence[Sentence]
) -> Iterator[str]:
    yield f"# {escaped(result['old']['name'], 200)} → {escaped(result['new']['name'], 200)}"
    yield ""
    yield _verdict(result, changes)
    if hidden:
        yield f"{hidden:,} more {'is' if hidden == 1 else 'are'} hidden by the filters chosen."
    yield ""
    if short:
        yield f"**In short.** {escaped(short[0].text)}"
        yield ""
        yield from (f"- {escaped(sentence.text)}" for sentence in short[1:])
        yield ""
    yield "| | old | new |"
    yield "| --- | --- | --- |"
    yield f"| pages | {len(result['old']['pages']):,} | {len(result['new']['pages']):,} |"
    yield f"| SHA-256 | `{result['old']['sha256'][:16]}…` | `{result['new']['sha256'][:16]}…` |"
    if changes:
        yield from _counts(changes)
    if has_review(result):
        yield ""
        yield f"**Review.** {escaped(progress(result))}"
        yield ""
        yield from (f"- {escaped(signature)}" for signature in signatures(result))
    said = said_of(result)
    for group in by_page(result, changes):
        yield ""
        yield f"## {group.title}"
        yield ""
        for change in group.changes:
            yield _change(change)
            yield from (f"  - {escaped(remark)}" for remark in remarks(said.get(change["id"])))
    yield from _coverage(result)
    yield from _notices(result)


def _verdict(result: dict[str, Any], changes: list[dict[str, Any]]) -> str:
    if result["summary"]["identical"]:
        return f"**{no_changes(result)}**"
    if result["summary"]["identical"] is None:
        return "**No changes found, but not every page could be compared.** See the notices."
    major = sum(change.get("severity") == "major" for change in changes)
    return f"**{len(changes):,} change{'s' * (len(changes) != 1)}**" + (f", {major:,} of them major." if major else ".")


def _counts(changes: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield f"| layer | {' | '.join(KINDS)} |"
    yield f"| --- |{' ---: |' * len(KINDS)}"
    for layer, kinds in counts(changes).items():
        yield f"| {escaped(layer)} | {' | '.join(f'{kinds.get(kind, 0):,}' for kind in KINDS)} |"


def _change(change: dict[str, Any]) -> str:
    telling = tell(change)
    old, new = (escaped(text or "") for text in (telling.old, telling.new))
    severity = change.get("severity")
    label = f"**{escaped(change['kind'])}**"
    if severity == "major":
        label += f" ({escaped(severity_words(change), 80)})"
    layer = "" if change["layer"] == "text" else f" {escaped(change['layer'])}"
    told = new or old
    if change["kind"] == "replaced" and not telling.is_same:
        told = f"~~{old}~~ → {new}"
    remarks = [escaped(remark, 400) for remark in telling.remarks]
    if change["kind"] == "moved":
        pages = page_of(change, "old"), page_of(change, "new")
        if None not in pages and pages[0] != pages[1]:
            remarks.insert(0, f"page {pages[0]} → {pages[1]}")
    where = f"{escaped(telling.where, 300)}: " if telling.where else ""
    return f"- {label}{layer}: {where}{told}" + (f" ({'; '.join(remarks)})" if remarks else "")


def _coverage(result: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield "## What was compared"
    yield ""
    yield escaped(" ".join(statement(result).sentences), None)
    rows = [stretch for side in SIDES for stretch in stretches(result, side)]
    yield ""
    yield "| side | pages | compared by | |"
    yield "| --- | --- | --- | --- |"
    for row in rows[:_MOST_STRETCHES]:
        doubt = state_words(row.state) if row.state == "doubtful" else ""
        yield f"| {row.side} | {row.pages} | {escaped(row.how)} | {doubt} |"
    if len(rows) > _MOST_STRETCHES:
        yield ""
        yield f"And {len(rows) - _MOST_STRETCHES:,} more stretches of pages."


def _notices(result: dict[str, Any]) -> Iterator[str]:
    told = doubts(result)
    if told:
        yield ""
        yield "## Notices"
        yield ""
        for doubt in told:
            place = f"{escaped(doubt.place)}: " if doubt.place else ""
            yield f"- {place}{escaped(doubt.message)} ({escaped(doubt.code)})"
