"""The options of the next comparison: a profile, and in an expander what is chosen otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.areas import CORNERS, SIDES, Area
from core.errors import OptionsError, PdfCompareError
from core.options import IGNORABLE, LAYERS, MOST_MM2, OCR_MODES, SHOWABLE, CompareOptions
from core.profiles import Profile, overlaid
from core.text_rules import TextRule
from service.access import Actor
from service.profiles import ProfileView
from ui import notes, phrases, runtime, state
from ui.language import noted, t

NO_PROFILE = ""
_LAYER_WORDS = {
    "text": noted("Words"),
    "style": noted("Font, size and colour"),
    "table": noted("Tables"),
    "image": noted("Pictures"),
    "drawing": noted("Drawings"),
    "annotation": noted("Comments and marks"),
    "form": noted("Form fields"),
    "link": noted("Links"),
    "outline": noted("Bookmarks"),
    "metadata": noted("Document properties"),
    "page": noted("Inserted and deleted pages"),
}
_IGNORE_WORDS = {
    "case": noted("Upper and lower case"),
    "punctuation": noted("Punctuation"),
    "whitespace": noted("Spaces and line breaks"),
    "headers": noted("Headers and footers"),
    "page_numbers": noted("Page numbers"),
    "moves": noted("Moved text"),
}
_OCR_WORDS = {"auto": noted("Where text cannot be read"), "always": noted("On every page"), "never": noted("Never")}
_SHOW_WORDS = {
    "hyphenation": noted("Broken words"),
    "quotes": noted("Curly and straight quotes"),
    "dashes": noted("Kinds of dashes"),
    "spaces": noted("Blanks lost or won"),
    "characters": noted("Forms of characters"),
    "ligatures": noted("Ligatures"),
    "small_caps": noted("Small capitals"),
}
_SIDE_WORDS = {"both": noted("Both revisions"), "old": noted("Old revision"), "new": noted("New revision")}
_HELP = {
    "text": noted("Words inserted, deleted, replaced or moved, wherever they stand on the pages."),
    "style": noted("The same words in another font, size, weight or colour."),
    "table": noted("Rows, columns and cells, told as such and not as loose words."),
    "image": noted("Pictures that came, went, or show something else."),
    "drawing": noted("Lines, shapes and symbols that are drawn and not written."),
    "annotation": noted("Notes, highlights, stamps and other marks laid on the pages."),
    "form": noted("Fields to fill in: which there are, and what stands in them."),
    "link": noted("Where links lead, inside the file and outside."),
    "outline": noted("The tree of bookmarks beside the pages."),
    "metadata": noted("Title, author, permissions and other properties of the file."),
    "page": noted("Whole pages that came, went or were turned."),
    "case": noted("“Party” and “party” are the same."),
    "punctuation": noted("Full stops, commas, brackets and other marks do not count."),
    "whitespace": noted("How many blanks there are and where lines break does not count."),
    "headers": noted("Lines that return at the top or bottom of the pages do not count."),
    "page_numbers": noted("Numbers of pages in headers and footers do not count."),
    "moves": noted("Text that stands elsewhere, word for word, does not count."),
    "hyphenation": noted("A word is broken at the end of a line here and not there."),
    "quotes": noted("Curly quotes here, straight ones there."),
    "dashes": noted("A hyphen here, a long dash there."),
    "spaces": noted("A blank between words is there on one side only."),
    "characters": noted("The same letter stored as another character, such as a full-width form."),
    "ligatures": noted("Two letters stored as one sign, such as fi."),
    "small_caps": noted("Small capitals here, ordinary letters there."),
}
_REFILL = "refill_options"  #: set where the widgets must take new values in the next run
_SAVED = "saved_profiles"  #: how often one was saved
_PREFIX = "opt_"  #: of the keys that do not begin with the name of a choice


def choose_options(actor: Actor) -> CompareOptions | None:
    """Draw the form; None while one of the choices cannot be read."""
    views = {view.name: view for view in runtime.services().profiles.list(actor)}
    base = _base(views)
    if st.session_state.pop(_REFILL, False) or "profile" not in st.session_state:
        _fill(state.options(), base.profile)
    _profile_select(views)
    changed = _changed(state.options(), base)
    with st.expander(t("Options: {0} changed", changed) if changed else t("Options"), key="options"):
        found = _form(base)
        if found is not None:
            _save_or_delete(actor, found, views)
    return found


def _base(views: dict[str, ProfileView]) -> CompareOptions:
    """The options of the chosen profile; the defaults where there is none, or it is gone."""
    view = views.get(state.state().profile or NO_PROFILE)
    return CompareOptions() if view is None or view.problem is not None else view.profile.options


def _changed(chosen: CompareOptions, base: CompareOptions) -> int:
    mine, theirs = chosen.to_json(), base.to_json()
    return sum(mine[name] != theirs[name] for name in mine if name != "profile")


def _profile_select(views: dict[str, ProfileView]) -> None:
    def shown(name: str) -> str:
        return name if name else t("No profile: every change")

    def chosen() -> None:
        mine = state.state()
        mine.profile = st.session_state["profile"] or None
        options = replace(_base(views), pages=state.options().pages)
        _keep(options)
        _fill(options, mine.profile or NO_PROFILE)

    usable = [name for name, view in views.items() if view.problem is None]
    left, right = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    with left:
        st.selectbox(
            t("Profile"),
            [NO_PROFILE, *usable],
            format_func=shown,
            key="profile",
            on_change=chosen,
            help=t("Options kept under a name for everybody in the workspace. What you change below holds once."),
        )
    with right:
        view = views.get(st.session_state["profile"])
        if view is not None and view.profile.description:
            st.caption(phrases.plain(view.profile.description))


def _fill(options: CompareOptions, profile: str) -> None:
    """Give the widgets the values of these options."""
    values: dict[str, Any] = {
        "profile": profile,
        "show_running": options.show_running,
        "size_percent": options.size_percent,
        "least_mm2": options.least_mm2,
        "pages": options.pages or "",
        "ocr": options.ocr,
        "ocr_languages": ", ".join(options.ocr_languages),
        "ignore_text": "\n".join(rule.pattern for rule in options.ignore_text),
    }
    values |= {f"layer_{layer}": layer in options.layers for layer in LAYERS}
    values |= {f"ignore_{rule}": rule in options.ignore for rule in IGNORABLE}
    values |= {f"show_{sort}": sort in options.show for sort in SHOWABLE}
    for key, value in values.items():
        st.session_state[key] = value


def _form(base: CompareOptions) -> CompareOptions | None:
    """The widgets; what they say, laid over the profile's options."""
    chosen = state.options()
    left, middle, right = st.columns(3, gap="large")
    with left:
        st.markdown(t("**Look for changes in**"))
        layers = [
            layer for layer in LAYERS if st.checkbox(t(_LAYER_WORDS[layer]), key=f"layer_{layer}", help=t(_HELP[layer]))
        ]
    with middle:
        st.markdown(t("**Do not report changes in**"))
        ignored = [
            rule for rule in IGNORABLE if st.checkbox(t(_IGNORE_WORDS[rule]), key=f"ignore_{rule}", help=t(_HELP[rule]))
        ]
    with right:
        st.markdown(t("**Also report**"))
        shown = [
            sort for sort in SHOWABLE if st.checkbox(t(_SHOW_WORDS[sort]), key=f"show_{sort}", help=t(_HELP[sort]))
        ]
        running = st.checkbox(
            t("Shifted headers and page numbers"),
            key="show_running",
            help=t("Running lines that only moved to another page or place are told too."),
        )
    left, middle, right = st.columns(3, gap="large")
    with left:
        st.markdown(
            t("**Pages**"), help=t("Of both files, by their place in the file and not by what is printed on them.")
        )
        pages = st.text_input(
            t("Pages to compare"),
            placeholder=t("All, or for example 1-5, 9, 12-"),
            key="pages",
            label_visibility="collapsed",
        )
        size = st.number_input(
            t("Font size: report from a change of (%)"),
            min_value=0.5,
            max_value=100.0,
            step=0.5,
            key="size_percent",
            help=t("Smaller changes of size often come from printing, not from the author."),
        )
        area = st.number_input(
            t("Drawings: report from an area of ink of (mm²)"),
            min_value=0.0,
            max_value=MOST_MM2,
            step=0.1,
            key="least_mm2",
            help=t("Ink that hangs together and differs. 0 reports whatever can be seen."),
        )
        mode = st.selectbox(
            t("Recognise characters of scans"),
            OCR_MODES,
            format_func=lambda one: t(_OCR_WORDS[one]),
            key="ocr",
            help=t("Reads words out of pictures of pages. It takes seconds a page, and doubts are told."),
        )
        languages = st.text_input(
            t("Languages of scans"), key="ocr_languages", help=t("By Tesseract's names, such as eng, deu, jpn.")
        )
    with middle:
        st.markdown(
            t("**Text to leave out**"), help=t("Regular expressions of RE2, one a line. What matches is not a change.")
        )
        patterns = st.text_area(
            t("Regular expressions, one a line"),
            placeholder="Rev\\. [A-Z]\n\\d{4}-\\d\\d-\\d\\d",
            key="ignore_text",
            label_visibility="collapsed",
            height=104,
        )
    with right:
        st.markdown(
            t("**Areas of the page**"), help=t("What stands there does not count, or only what stands there does.")
        )
        _areas(chosen)
    names = {rule.pattern: rule for rule in chosen.ignore_text}
    try:
        found = overlaid(
            base,
            {
                "layers": layers,
                "ignore": ignored,
                "show": shown,
                "show_running": running,
                "size_percent": size,
                "least_mm2": area,
                "ocr": mode,
                "ocr_languages": [name.strip() for name in (languages or "").split(",") if name.strip()],
                "pages": (pages or "").replace(" ", "") or None,
                "ignore_areas": [area.to_json() for area in chosen.ignore_areas],
                "only_areas": [area.to_json() for area in chosen.only_areas],
                "ignore_text": [
                    names.get(line) or TextRule(line) for line in (patterns or "").splitlines() if line.strip()
                ],
            },
        )
    except OptionsError as error:
        notes.problem(error.message, error.help)
        return None
    if found != chosen:
        _keep(found)
        if _changed(found, base) != _changed(chosen, base):
            st.rerun()  # the number stands above, in what is drawn already
    return found


def _keep(options: CompareOptions) -> None:
    state.state().options = options.to_json()
    state.save()


def _areas(chosen: CompareOptions) -> None:
    """The areas with a button to take each away, and a form for one more."""
    for field, word in (("ignore_areas", t("Ignore")), ("only_areas", t("Only"))):
        areas: tuple[Area, ...] = getattr(chosen, field)
        for k, area in enumerate(areas):
            with st.container(horizontal=True, vertical_alignment="center", key=f"row_{field}_{k}"):
                st.markdown(f"{word}: {phrases.plain(area.to_text())}")
                if st.button(
                    t("Take away"),
                    icon=":material/close:",
                    type="tertiary",
                    key=f"{_PREFIX}{field}_{k}",
                    help=t("Take away"),
                ):
                    _keep(overlaid(chosen, {field: [*areas[:k], *areas[k + 1 :]]}))
                    st.rerun()
    if st.button(t("Add an area"), icon=":material/add:", key=f"{_PREFIX}add_area"):
        st.dialog(t("Add an area"))(_area_form)(chosen)


# A dialog, not a popover: it is as tall as a small window, and only a dialog scrolls.
def _area_form(chosen: CompareOptions) -> None:
    with st.form("area", border=False):
        st.caption(t("Millimetres from a corner of the page; no width or height reaches to the other edge."))
        only = st.segmented_control(
            t("What happens there"),
            (t("Ignore changes"), t("Compare only there")),
            default=t("Ignore changes"),
            required=True,
            key="area_mode",
        )
        corner = st.selectbox(t("Corner"), CORNERS, format_func=lambda name: t(name.capitalize()), key="area_corner")
        left, right = st.columns(2)
        values = {}
        for column, name, word in (
            (left, "x", t("From the side")),
            (right, "y", t("From top or bottom")),
            (left, "width", t("Width")),
            (right, "height", t("Height")),
        ):
            with column:
                values[name] = st.number_input(
                    word, min_value=0.0, value=0.0 if name in "xy" else None, step=1.0, key=f"area_{name}"
                )
        side = st.selectbox(t("In"), SIDES, format_func=lambda name: t(_SIDE_WORDS[name]), key="area_side")
        pages = st.text_input(t("Pages"), placeholder=t("All; or odd, even, 1, 3-"), key="area_pages")
        name = st.text_input(t("Name"), placeholder=t("For example: Title block"), key="area_name")
        if st.form_submit_button(t("Add"), type="primary", key="area_add"):
            try:
                area = Area(
                    corner=corner,
                    x=values["x"] or 0.0,
                    y=values["y"] or 0.0,
                    width=values["width"],
                    height=values["height"],
                    pages=pages.replace(" ", "") or "all",
                    side=side,
                    name=name.strip(),
                )
                field = "only_areas" if only == t("Compare only there") else "ignore_areas"
                found = overlaid(chosen, {field: [*getattr(chosen, field), area]})
            except OptionsError as error:
                notes.problem(error.message, error.help)
                return
            _keep(found)
            st.rerun()


def _save_or_delete(actor: Actor, found: CompareOptions, views: dict[str, ProfileView]) -> None:
    """Keep the choices under a name for everybody in the workspace, or take a profile away."""
    mine = state.state()
    view = views.get(mine.profile or NO_PROFILE)
    if found.severity:
        rules = phrases.counted(len(found.severity), "rule")
        st.caption(t("The profile also gives another severity to some changes, by {0}.", rules))
    with st.container(horizontal=True, key="profile_actions"):
        with (
            # Another one after each saving, so that it closes.
            st.popover(t("Save as profile"), icon=":material/bookmark_add:", key=f"{_PREFIX}save_{_saved()}"),
            st.form("save_profile", border=False),
        ):
            own = view is not None and not view.is_built_in
            name = st.text_input(t("Name"), view.name if own and view else "", max_chars=80, key="profile_name")
            about = st.text_input(
                t("What it is for"),
                view.profile.description if own and view else "",
                max_chars=500,
                key="profile_about",
            )
            st.caption(t("Everybody in the workspace can choose it. The pages are not part of it."))
            if st.form_submit_button(t("Save"), type="primary", key="profile_save"):
                _save(actor, name, about, found)
        if (
            view is not None
            and not view.is_built_in
            and st.button(t("Delete profile"), icon=":material/delete:", type="tertiary", key="profile_delete")
        ):
            try:
                runtime.services().profiles.delete(actor, view.name)
            except PdfCompareError as error:
                notes.problem(error.message, error.help)
                return
            mine.profile = None
            _keep(replace(found, profile=""))
            st.session_state[_REFILL] = True
            st.rerun()


def _saved() -> int:
    """How often a profile was saved in this session of the browser."""
    return int(st.session_state.get(_SAVED, 0))


def _save(actor: Actor, name: str, about: str, found: CompareOptions) -> None:
    try:
        told = Profile(name.strip(), about.strip(), replace(found, pages=None)).to_json()
        saved = runtime.services().profiles.save(actor, Profile.from_json(told))
    except PdfCompareError as error:
        notes.problem(error.message, error.help)
        return
    state.state().profile = saved.name
    st.session_state[_SAVED] = _saved() + 1
    _keep(replace(found, profile=saved.name))
    st.session_state[_REFILL] = True
    st.rerun()
