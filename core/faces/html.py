"""A result as one HTML file that needs nothing else: no server, no network, no script to be read.

Its content security policy lets only the one script and style of this module run, by their digests, so that markup
which slipped through the escaping would still do nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from core.faces.context import located
from core.faces.coverage import SIDES, state_words, statement, stretches
from core.faces.notices import doubts
from core.faces.pages import PageGroup, by_page
from core.faces.plain import shown
from core.faces.reviewed import STATES, has_review, progress, remarks, said_of, signatures, state_of
from core.faces.selection import EVERYTHING, Selection, counts, select
from core.faces.summary import Sentence, in_short
from core.faces.telling import Telling, places_words, severity_words, tell
from core.faces.verdict import verdict
from core.options import KINDS, SEVERITIES

_TEXT_CHARACTERS = 4000
_MOST_STRETCHES = 1000  # rows of the table that says how the pages were compared
_SIGNS = {"inserted": "+", "deleted": "−", "replaced": "~", "moved": "→"}


def html(
    result: dict[str, Any], selection: Selection = EVERYTHING, pictures: Mapping[str, Mapping[str, str]] | None = None
) -> str:
    """The report of the changes that `selection` takes.

    `pictures` are `data:` addresses of small pictures by change id and side, for changes that words cannot show.
    """
    changes, hidden = select(result, selection)
    said = said_of(result) if has_review(result) else None
    style, script = _asset("report.css"), _asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        f"{'img-src data:; ' if pictures else ''}base-uri 'none'; form-action 'none'"
    )
    names = " → ".join(shown(result[side]["name"], 120) for side in ("old", "new"))
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">',
        f"<title>{escape(names)}</title>\n<style>{style}</style>\n</head>\n<body>",
        *_header(result, changes, hidden, in_short(result, selection)),
        *_coverage(result),
        *_filters(changes, said),
        "<main>",
        *(part for group in by_page(result, changes) for part in _group(group, pictures or {}, said)),
        "</main>",
        f"<footer>Made by PDF Compare {escape(shown(result['engine']['version'], 40))}.</footer>",
        f"<script>{script}</script>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


@cache
def _asset(name: str) -> str:
    return files("core.faces").joinpath(name).read_text("utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"


def _text(text: str, limit: int = _TEXT_CHARACTERS) -> str:
    """Text from a document: one line, escaped, and with its direction kept to itself."""
    return f"<bdi>{escape(shown(text, limit))}</bdi>"


# ------------------------------------------------------------------ head


def _header(
    result: dict[str, Any], changes: list[dict[str, Any]], hidden: int, short: Sequence[Sentence]
) -> Iterator[str]:
    yield "<header>\n<h1>What changed</h1>\n<div class=files>"
    for side in ("old", "new"):
        part = result[side]
        pages = len(part["pages"])
        yield (
            f"<dl class=file><dt>{side}</dt><dd><strong>{_text(part['name'], 200)}</strong></dd>"
            f"<dd>{pages:,} page{'s' * (pages != 1)} · SHA-256 <code>{escape(part['sha256'][:16])}…</code></dd></dl>"
        )
    yield "</div>"
    yield f"<p class=verdict>{verdict(result)}</p>"
    if hidden:
        yield f"<p>{hidden:,} more {'is' if hidden == 1 else 'are'} hidden by the filters chosen for this report.</p>"
    if short:
        yield f"<div class=short><strong>In short.</strong> {_text(short[0].text)}<ul>"
        yield from (f"<li>{_linked(sentence)}</li>" for sentence in short[1:])
        yield "</ul></div>"
    if changes:
        yield _counts(changes)
    if has_review(result):
        yield f"<div class=reviewed role=note><strong>Review</strong><p>{_text(progress(result))}</p><ul>"
        yield from (f"<li>{_text(signature)}</li>" for signature in signatures(result))
        yield "</ul></div>"
    yield from _notices(result)
    yield "</header>"


def _linked(sentence: Sentence) -> str:
    """A sentence that leads to the change that it is about."""
    if not sentence.changes:
        return _text(sentence.text)
    return f'<a href="#{escape(shown(sentence.changes[0], 80))}">{_text(sentence.text)}</a>'


def _counts(changes: list[dict[str, Any]]) -> str:
    rows = []
    for layer, kinds in counts(changes).items():
        cells = "".join(f"<td>{kinds.get(kind, 0) or '–'}</td>" for kind in KINDS)
        rows.append(f"<tr><th scope=row>{escape(layer)}</th>{cells}</tr>")
    head = "".join(f"<th scope=col>{kind}</th>" for kind in KINDS)
    return f"<table><thead><tr><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _notices(result: dict[str, Any]) -> Iterator[str]:
    found = doubts(result)
    if found:
        yield "<div class=notices role=note><strong>Notices</strong><ul>"
        for doubt in found:
            place = f"{escape(shown(doubt.place, 300))}: " if doubt.place else ""
            yield f"<li>{place}{_text(doubt.message, 500)}</li>"
        yield "</ul></div>"


def _coverage(result: dict[str, Any]) -> Iterator[str]:
    """What was compared, as a panel that opens; its first line is always to be seen."""
    headline, *more = statement(result).sentences
    yield f"<details class=coverage><summary><strong>What was compared.</strong> {escape(headline)}</summary>"
    yield f"<p>{escape(' '.join(more))}</p>"
    rows = [stretch for side in SIDES for stretch in stretches(result, side)]
    yield "<table><thead><tr><th scope=col>side</th><th scope=col>pages</th><th scope=col>compared by</th>"
    yield "<th scope=col></th></tr></thead><tbody>"
    for row in rows[:_MOST_STRETCHES]:
        yield (
            f'<tr class="{row.state}"><td>{row.side}</td><td>{row.pages}</td><td>{escape(row.how)}</td>'
            f"<td>{state_words(row.state) if row.state == 'doubtful' else ''}</td></tr>"
        )
    yield "</tbody></table>"
    if len(rows) > _MOST_STRETCHES:
        yield f"<p>And {len(rows) - _MOST_STRETCHES:,} more; the JSON and the XLSX report name every page.</p>"
    yield "</details>"


def _filters(changes: list[dict[str, Any]], said: Mapping[str, dict[str, Any]] | None) -> Iterator[str]:
    """The bar that the script shows."""
    if not changes:
        return
    states = () if said is None else _present(STATES, (state_of(said.get(change["id"])) for change in changes))
    yield '<nav hidden aria-label="Filters"><div>'
    for name, values in (
        ("kind", _present(KINDS, (change["kind"] for change in changes))),
        ("layer", list(counts(changes))),
        ("severity", _present(SEVERITIES, (change["severity"] for change in changes))),
        ("review", states),
    ):
        if name == "review" and not states:
            continue
        yield f"<fieldset><legend>{name}</legend>"
        yield from (
            f'<label><input type=checkbox name={name} value="{escape(value)}" checked> {escape(value)}</label>'
            for value in values
        )
        yield "</fieldset>"
    yield '<input type=search placeholder="Search the changes" aria-label="Search the changes">'
    yield "<span id=shown role=status></span></div></nav>"


def _present(order: Iterable[str], found: Iterable[str]) -> list[str]:
    there = set(found)
    return [value for value in order if value in there]


# ------------------------------------------------------------------ changes


def _group(
    group: PageGroup, pictures: Mapping[str, Mapping[str, str]], said: Mapping[str, dict[str, Any]] | None
) -> Iterator[str]:
    count = len(group.changes)
    yield f"<section><h2>{escape(group.title)}<small>{count:,} change{'s' * (count != 1)}</small></h2>"
    for change in group.changes:
        yield _article(change, pictures.get(change["id"]) or {}, said)
    yield "</section>"


def _article(change: dict[str, Any], shots: Mapping[str, str], said: Mapping[str, dict[str, Any]] | None) -> str:
    kind, layer, severity, name = (escape(shown(str(change[key]))) for key in ("kind", "layer", "severity", "id"))
    look = "style" if layer == "style" else kind
    told = tell(change)
    weight = escape(shown(severity_words(change), 80))
    flags = f"<span class=major>{weight}</span>" if severity == "major" else f"<span>{weight}</span>"
    head = (
        f"<p><span class=kind>{_SIGNS.get(kind, '')} {kind}</span><span class=layer>{layer}</span>{flags}"
        f"<span>{escape(places_words(change))}</span><code>{name}</code></p>"
    )
    words = "" if shots and not (told.old or told.new) else f"<div class=sides>{_sides(change, told)}</div>"
    where = f"<p class=where>{_text(told.where, 300)}</p>" if told.where else ""
    return (
        f'<article class="{look}" id="{name}" data-kind="{kind}" data-layer="{layer}" data-severity="{severity}"'
        f"{_state(change, said)}>"
        f"{head}{where}{_shots(shots)}{words}{_remarks(told)}{_said(change, said)}</article>"
    )


def _sides(change: dict[str, Any], told: Telling) -> str:
    old, new = told.old or "", told.new or ""
    if change["kind"] == "moved" or (change["kind"] == "replaced" and told.is_same):
        words = f"<mark>{_text(new)}</mark>" if new else "<span class=none>(without text)</span>"
        return f"<div class=one dir=auto>{words}</div>"
    contexts = change["detail"].get("context") or {} if change["layer"] == "text" else {}
    before, after = located(contexts.get("old"), contexts.get("new"), old, new)
    return _side(change["old"], before, old, "del") + _side(change["new"], after, new, "ins")


def _shots(shots: Mapping[str, str]) -> str:
    """What each side shows, in pictures."""
    if not shots:
        return ""
    made = "".join(
        f"<figure><figcaption>{side}</figcaption>"
        + (f'<img src="{escape(shots[side])}" alt="What the {side} document shows there">' if side in shots else "–")
        + "</figure>"
        for side in SIDES
    )
    return f"<div class=shots>{made}</div>"


def _state(change: dict[str, Any], said: Mapping[str, dict[str, Any]] | None) -> str:
    return "" if said is None else f' data-review="{state_of(said.get(change["id"]))}"'


def _said(change: dict[str, Any], said: Mapping[str, dict[str, Any]] | None) -> str:
    """What reviewers decided and wrote."""
    found = remarks((said or {}).get(change["id"]))
    return f"<ul class=said>{''.join(f'<li>{_text(one)}</li>' for one in found)}</ul>" if found else ""


def _remarks(told: Telling) -> str:
    """Notes and differing properties below the words."""
    parts = [f"<li>{_text(note, 400)}</li>" for note in told.notes]
    parts += [
        f"<li>{_text(name, 80)}: {_value(old, 'del')} → {_value(new, 'ins')}</li>" for name, old, new in told.properties
    ]
    return f"<ul class=remarks>{''.join(parts)}</ul>" if parts else ""


def _value(text: str, tag: str) -> str:
    return f"<{tag}>{_text(text, 400)}</{tag}>" if text else "<span class=none>none</span>"


def _side(part: dict[str, Any] | None, around: tuple[str, str] | None, text: str, tag: str) -> str:
    words = f"<{tag}>{_text(text)}</{tag}>" if text else ""
    if around is not None:
        return f"<div dir=auto>{_text(around[0])} {words} {_text(around[1])}</div>"
    if part is None:
        return "<div class=none>–</div>"
    return f"<div dir=auto>{words or '<span class=none>(without text)</span>'}</div>"
