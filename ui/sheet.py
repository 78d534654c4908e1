"""The pages before the application: plain HTML in the product's look, for whoever has not signed in yet.

They work without a script, so that nothing of the application reaches who may not see it. Everything that comes from
outside is escaped here, in one place.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit
from starlette.responses import HTMLResponse

from ui.language import language, t

_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `autocomplete` is what password managers go by, `mode` which keys a phone shows."""

    name: str
    label: str
    kind: str = "text"
    autocomplete: str = "off"
    value: str = ""
    hint: str = ""
    mode: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is sent to `action`; `hidden` holds what goes with it unseen."""

    action: str
    submit: str
    fields: Sequence[Field] = ()
    hidden: Sequence[tuple[str, str]] = ()


def sheet(
    title: str,
    *,
    says: str = "",
    error: str = "",
    picture: str = "",
    codes: Sequence[str] = (),
    link: tuple[str, str] | None = None,
    form: Form | None = None,
    below: str = "",
    status: int = 200,
) -> HTMLResponse:
    """A page with one thing on it.

    Args:
        title: The heading.
        says: A sentence below it.
        error: What went wrong and what to do.
        picture: An SVG of ours.
        codes: Something to be copied, one a line.
        link: What a button besides the form says, and where it leads.
        form: What can be filled in.
        below: A sentence at the end.
        status: Of the answer.
    """
    parts = [f"<h1>{_text(title)}</h1>"]
    if says:
        parts.append(f"<p>{_text(says)}</p>")
    if error:
        parts.append(f'<p class="error" role="alert">{_text(error)}</p>')
    if picture:
        data = base64.b64encode(picture.encode()).decode()
        parts.append(f'<img class="picture" src="data:image/svg+xml;base64,{data}" alt="{_text(t("To be scanned"))}">')
    if codes:
        parts.append(f'<pre class="codes">{_text(chr(10).join(codes))}</pre>')
    if link is not None:
        label, where = link
        parts.append(f'<a class="button" href="{_text(where)}">{_text(label)}</a>')
        if form is not None and form.fields:
            parts.append(f'<p class="or">{_text(t("or"))}</p>')
    if form is not None:
        parts.append(_form(form, first_is_wrong=bool(error)))
    if below:
        parts.append(f'<p class="below">{_text(below)}</p>')
    body = (
        _page().replace("{language}", language()).replace("{title}", _text(title)).replace("{body}", "\n".join(parts))
    )
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})


def _form(form: Form, *, first_is_wrong: bool) -> str:
    lines = [f'<form method="post" action="{_text(form.action)}">']
    lines += [f'<input type="hidden" name="{_text(name)}" value="{_text(value)}">' for name, value in form.hidden]
    focus = next((field.name for field in form.fields if not field.value), "")
    for field in form.fields:
        hint = f'<small id="{field.name}-hint">{_text(field.hint)}</small>' if field.hint else ""
        described = f' aria-describedby="{field.name}-hint"' if field.hint else ""
        mode = f' inputmode="{field.mode}"' if field.mode else ""
        invalid = ' aria-invalid="true"' if first_is_wrong and field.kind == "password" else ""
        lines.append(
            f'<label for="{field.name}">{_text(field.label)}</label>'
            f'<input id="{field.name}" name="{field.name}" type="{field.kind}" autocomplete="{field.autocomplete}"'
            f' value="{_text(field.value)}" required maxlength="256" autocapitalize="none" spellcheck="false"'
            f"{mode}{described}{invalid}{' autofocus' if field.name == focus else ''}>{hint}"
        )
    lines.append(f'<button type="submit">{_text(form.submit)}</button></form>')
    return "\n".join(lines)


def _text(text: str) -> str:
    return html.escape(text, quote=True)


@cache
def _page() -> str:
    style = (_STATIC / "sheet.css").read_text("utf-8")
    # The application's own font, under the name that this release of Streamlit gives it.
    found = sorted((Path(streamlit.__file__).parent / "static").rglob("SourceSansVF-Upright*.woff2"))
    if found:
        address = "/" + found[0].relative_to(Path(streamlit.__file__).parent / "static").as_posix()
        style = f'@font-face {{ font-family: "Source Sans"; font-weight: 200 900; src: url("{address}"); }}\n{style}'
    logo = (_STATIC / "logo.svg").read_text("utf-8")
    return f"""<!doctype html>
<html lang="{{language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{title}} · PDF Compare</title>
<style>{style}</style>
</head>
<body>
<main>
<header>{logo}</header>
<section>
{{body}}
</section>
</main>
</body>
</html>
"""
