"""Search results as the Library shows them: pages with the words marked in their sentence, and changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import streamlit as st

from core.errors import PdfCompareError
from service.access import Actor
from service.search import ChangeHit, Hit, Kind
from ui import navigation, notes, phrases, runtime, state
from ui.language import noted, t
from ui.pagepicture import page_picture

_MOST = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """What the Library shows and searches: documents of one kind, added by somebody, in some time.

    Attributes:
        changed_only: Of a search for pages, those on which a result shows a change.
    """

    kind: Kind | None = None
    owner: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    changed_only: bool = False

    @property
    def count(self) -> int:
        """How many are set."""
        return sum(bool(value) for value in (self.kind, self.owner, self.since, self.until, self.changed_only))


_KINDS: dict[str, Kind] = {"Read": "text", "Scans": "recognised"}


def filters(actor: Actor) -> Filters:
    """Draw what the Library can be narrowed by; what is set."""
    now = _chosen()
    label = f"Filters: {now.count} set" if now.count else "Filters"
    with st.popover(label, icon=":material/filter_list:", key="library_filters"):
        st.selectbox(t("Kind"), list(_KINDS), index=None, placeholder=t("Read and scanned"), key="filter_kind")
        if runtime.services().users.has_accounts:
            members = {one.user: one.name for one in runtime.services().workspaces.members(actor)}
            st.selectbox(
                t("Added by"), list(members), index=None, format_func=members.__getitem__, placeholder=t("Anybody"),
                key="filter_owner",
            )  # fmt: skip
        left, right = st.columns(2)
        left.date_input(t("Added from"), value=None, key="filter_since")
        right.date_input(t("Added to"), value=None, key="filter_until")
        st.checkbox(t("Search changed pages only"), key="filter_changed")
    return now


def _chosen() -> Filters:
    """As the widgets stand: their label says how many are set, and is drawn before them."""
    held = st.session_state
    return Filters(
        kind=_KINDS.get(held.get("filter_kind") or ""),
        owner=held.get("filter_owner"),
        since=_begin(held.get("filter_since")),
        until=_begin(held.get("filter_until"), days=1),
        changed_only=bool(held.get("filter_changed")),
    )


def _begin(day: date | None, *, days: int = 0) -> datetime | None:
    """When a day begins where the reader is."""
    return None if day is None else datetime.combine(day + timedelta(days=days), time(), state.zone())


def search_box(actor: Actor) -> tuple[bool, Filters]:
    """Draw the search over contents and what it found; whether something is searched for, and the filters."""
    with st.container(horizontal=True, vertical_alignment="center", key="content_search"):
        typed = st.text_input(
            t("Search in the documents"),
            placeholder=t('Search in all documents: words, "a phrase", begin*, -without'),
            label_visibility="collapsed",
            icon=":material/manage_search:",
            key="content_query",
            width=520,
        )
        where = st.radio(
            t("Where"),
            (noted("Pages"), noted("Changes")),
            format_func=t,
            horizontal=True,
            label_visibility="collapsed",
            key="content_where",
        )
        chosen = filters(actor)
    query = typed.strip() if isinstance(typed, str) else ""
    if query:
        _search(actor, query, chosen, where=where or "Pages")
    return bool(query), chosen


def _search(actor: Actor, query: str, chosen: Filters, *, where: str) -> None:
    search = runtime.services().search
    try:
        if where == "Changes":
            changes = search.find_changes(actor, query, since=chosen.since, until=chosen.until, limit=_MOST)
            st.caption(_counted(changes.total, "change", is_partial=changes.is_partial))
            for k, change in enumerate(changes.hits):
                with st.container(key=f"row_change_{k}"):
                    _change(change)
        else:
            pages = search.find(
                actor,
                query,
                since=chosen.since,
                until=chosen.until,
                owner=chosen.owner,
                kind=chosen.kind,
                changed_only=chosen.changed_only,
                limit=_MOST,
            )
            more = t(" {0} still to be read.", phrases.counted(pages.waiting, "document")) if pages.waiting else ""
            st.caption(_counted(pages.total, "page", is_partial=pages.is_partial) + more)
            for k, hit in enumerate(pages.hits):
                with st.container(key=f"row_hit_{k}"):
                    _page(hit, k)
    except PdfCompareError as error:
        notes.problem(error.message, error.help)


def _counted(total: int, noun: str, *, is_partial: bool) -> str:
    found = (
        t("Found on {0}.", phrases.counted(total, noun))
        if noun == "page"
        else t("{0} found.", phrases.counted(total, noun))
    )
    return t("{0} The newest are ranked; more words find less.", found) if is_partial else found


def _page(hit: Hit, number: int) -> None:
    recognised = t(" · recognised in a scan") if hit.kind == "recognised" else ""
    places = phrases.counted(hit.count, "place")
    st.markdown(t("**{0}** · page {1} :gray[· {2}{3}]", phrases.plain(hit.name), f"{hit.page:,}", places, recognised))
    st.markdown(
        "".join(
            f":orange-background[{phrases.plain(piece.text)}]" if piece.is_hit else _spaced(piece.text)
            for piece in hit.snippet
        )
    )
    with st.container(horizontal=True):
        if hit.comparison is not None:
            navigation.result_link(hit.comparison, place=(hit.sha256, hit.page), words=_words_of(hit))
        is_shown = st.toggle(t("Show the page"), key=f"show_{hit.sha256}_{hit.page}_{number}")
    if is_shown:
        page_picture(hit.sha256, hit.page, hit.boxes)


def _words_of(hit: Hit) -> str:
    """What the viewer looks for on the page: the first place, as it stands there."""
    return next((piece.text.strip(" .,;:()[]\"'“”„«»") for piece in hit.snippet if piece.is_hit), "")


def _spaced(text: str) -> str:
    """Foreign text with the blanks at its ends, which a reader of Markdown would lose."""
    ends = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' if ends[0] else ''}{phrases.plain(text.strip())}{' ' if ends[1] else ''}"


def _change(hit: ChangeHit) -> None:
    page = hit.new_page or hit.old_page
    where = t(" · page {0}", f"{page:,}") if page else ""
    names = f"{phrases.plain(hit.old_name)} :gray[→] {phrases.plain(hit.new_name)}"
    st.markdown(f"{names}{where} :gray[· {hit.kind}, {hit.severity}]")
    parts = []
    if hit.old_text:
        parts.append(f":red[{phrases.plain(hit.old_text[:300])}]")
    if hit.new_text:
        parts.append(f":green[{phrases.plain(hit.new_text[:300])}]")
    st.markdown(" → ".join(parts))
    navigation.result_link(hit.comparison, hit.change)
