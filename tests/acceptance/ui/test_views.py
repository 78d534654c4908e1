"""The pages as Streamlit runs them, over real services and a real database; the browser's part is test_browser.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from core.errors import ChildCrashed
from core.options import LAYERS, CompareOptions
from core.profiles import built_in
from core.sample import sample_pair
from service.access import Actor
from service.bootstrap import Services
from service.views import DocumentView
from ui import runtime, state

MAIN = Path(state.__file__).with_name("main.py")


@pytest.fixture
def services(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    """The services of the pages themselves, built as the server builds them."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("PDF_COMPARE_DATA_DIR", str(tmp_path / "data"))
    runtime.services.cache_clear()
    runtime.cookies.cache_clear()
    yield runtime.services()
    runtime.services().close()
    runtime.services.cache_clear()
    runtime.cookies.cache_clear()


@pytest.fixture
def session(services: Services, monkeypatch: pytest.MonkeyPatch) -> str:
    """A browser session; Streamlit's test runner has no cookies, so the id is put where the cookie would give it."""
    sid, _ = runtime.cookies().new()
    monkeypatch.setattr(state, "session_id", lambda: sid)
    return sid


@pytest.fixture
def actor(services: Services, session: str) -> Actor:
    found = services.users.actor_for_session(session)
    assert found is not None
    return found


@pytest.fixture
def pair(services: Services, actor: Actor) -> tuple[DocumentView, DocumentView]:
    return services.documents.add_sample_pair(actor)


def opened(page: str = "") -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=20)
    if page:
        app.switch_page(f"views/{page}.py")
    app.run()
    assert not app.exception
    return app


def zones(app: AppTest) -> dict[str, object]:
    """What the upload component was given."""
    import json

    found = [element for element in app.get("bidi_component") if element.proto.component_name == "pdf-compare.upload"]
    data: list[dict[str, object]] = json.loads(found[0].proto.json)
    return data[0]


def texts(app: AppTest) -> str:
    return "\n".join(
        str(element.value) for kind in (app.markdown, app.caption, app.text, app.error) for element in kind
    )


# ---------------------------------------------------------------- who


def test_without_a_session_nothing_is_shown(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "session_id", lambda: None)
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    assert [title.value for title in app.title] == ["Your session has ended"]
    assert not app.button


# ---------------------------------------------------------------- compare


def test_start_page_asks_for_two_files(session: str) -> None:
    app = opened()
    assert [title.value for title in app.title] == ["Compare two revisions of a PDF"]
    data = zones(app)
    assert (data["old"], data["new"], data["api"]) == (None, None, "/api/v1")
    assert data["csrf"] == runtime.cookies().csrf(session)
    assert app.button(key="compare").disabled
    assert not app.button(key="sample").disabled


def test_chosen_documents_come_back_in_another_tab(
    session: str, services: Services, pair: tuple[DocumentView, DocumentView]
) -> None:
    services.sessions.save(session, {**services.sessions.load(session), "pdfc": {"old": pair[0].id, "new": pair[1].id}})
    app = opened()
    assert (zones(app)["old"], zones(app)["new"]) == (pair[0].to_json(), pair[1].to_json())
    assert not app.button(key="compare").disabled


def test_deleted_document_leaves_its_zone(
    session: str, services: Services, actor: Actor, pair: tuple[DocumentView, DocumentView]
) -> None:
    services.sessions.save(session, {**services.sessions.load(session), "pdfc": {"old": pair[0].id, "new": pair[1].id}})
    services.trash.put(actor, "document", pair[0].id)
    app = opened()
    assert zones(app)["old"] is None
    assert app.button(key="compare").disabled


def test_compare_starts_a_job_and_shows_it_in_place(
    session: str, services: Services, actor: Actor, pair: tuple[DocumentView, DocumentView]
) -> None:
    services.sessions.save(session, {**services.sessions.load(session), "pdfc": {"old": pair[0].id, "new": pair[1].id}})
    app = opened()
    app.checkbox(key="ignore_case").check().run()
    app.button(key="compare").click().run()
    [made], _ = services.comparisons.list(actor)
    assert made.options == replace(CompareOptions(), ignore=("case",))
    assert app.button(key="cancel")
    app.button(key="cancel").click().run()
    assert services.comparisons.get(actor, made.id).state == "cancelled"


def test_sample_pair_is_one_click(session: str, services: Services, actor: Actor) -> None:
    app = opened()
    app.button(key="sample").click().run()
    [made], _ = services.comparisons.list(actor)
    assert (made.old.name, made.new.name) == tuple(name for name, _ in sample_pair())
    assert zones(app)["old"] == made.old.to_json()


def test_unreadable_page_range_is_said_in_place(session: str, pair: tuple[DocumentView, DocumentView]) -> None:
    app = opened()
    app.text_input(key="pages").set_value("9-1").run()
    assert len(app.error) == 1 and "not a range" in app.error[0].value
    app.text_input(key="pages").set_value("1-2").run()
    assert not app.error


def test_choices_are_kept_for_the_next_visit(session: str) -> None:
    app = opened()
    app.checkbox(key="layer_style").uncheck().run()
    again = opened()
    assert again.checkbox(key="layer_style").value is False
    assert again.checkbox(key="layer_page").value is True


def test_every_layer_that_is_compared_can_be_turned_off_and_not_all_at_once(session: str) -> None:
    app = opened()
    for layer in LAYERS:
        app.checkbox(key=f"layer_{layer}").uncheck()
    app.run()
    assert len(app.error) == 1 and "none is chosen" in app.error[0].value
    assert app.button(key="compare").disabled


def test_a_profile_fills_the_form_and_own_choices_are_counted(
    session: str, services: Services, actor: Actor, pair: tuple[DocumentView, DocumentView]
) -> None:
    services.sessions.save(session, {**services.sessions.load(session), "pdfc": {"old": pair[0].id, "new": pair[1].id}})
    app = opened()
    app.selectbox(key="profile").set_value("layout proof").run()
    assert app.checkbox(key="show_quotes").value is True
    assert app.number_input(key="size_percent").value == 1.0
    assert app.expander[0].label == "Options"
    app.checkbox(key="show_quotes").uncheck().run()
    assert app.expander[0].label == "Options: 1 changed"
    app.text_area(key="ignore_text").set_value("Rev\\. [A-Z]\n\n\\d{4}").run()
    app.button(key="compare").click().run()
    [made], _ = services.comparisons.list(actor)
    assert made.options.profile == ""
    assert "quotes" not in made.options.show and "dashes" in made.options.show
    assert [rule.pattern for rule in made.options.ignore_text] == ["Rev\\. [A-Z]", "\\d{4}"]
    assert made.options.severity == built_in()["layout proof"].options.severity
    app = opened()
    assert app.selectbox(key="profile").value == "layout proof"
    app.selectbox(key="profile").set_value("").run()
    assert app.checkbox(key="show_dashes").value is False


def test_a_pattern_that_cannot_be_read_is_said_in_place(session: str) -> None:
    app = opened()
    app.text_area(key="ignore_text").set_value("(?=x)").run()
    assert len(app.error) == 1 and "RE2" in app.error[0].value
    assert app.button(key="compare").disabled


def test_a_profile_is_saved_for_the_workspace_and_deleted(session: str, services: Services, actor: Actor) -> None:
    app = opened()
    app.checkbox(key="ignore_case").check().run()
    app.text_input(key="profile_name").set_value("Contract")
    app.button(key="profile_save").click().run()
    assert len(app.error) == 1 and "built\\-in" in app.error[0].value
    app.text_input(key="profile_name").set_value("Ours")
    app.text_input(key="profile_about").set_value("For *all* of us.")
    app.button(key="profile_save").click().run()
    assert services.profiles.options(actor, "Ours").ignore == ("case",)
    assert app.selectbox(key="profile").value == "Ours"
    assert "For \\*all\\* of us\\." in texts(app)
    app.button(key="profile_delete").click().run()
    assert app.selectbox(key="profile").value == ""
    assert app.checkbox(key="ignore_case").value is True
    assert [view.name for view in services.profiles.list(actor)] == list(built_in())


def state_of(app: AppTest) -> CompareOptions:
    return CompareOptions.from_json(app.session_state["pdfc"].options)


# ---------------------------------------------------------------- library


def test_empty_library_leads_to_the_start(session: str) -> None:
    app = opened("library")
    assert "No documents are stored yet." in texts(app)
    assert [button.label for button in app.button] == ["Upload two revisions"]


def test_library_lists_searches_and_chooses(
    session: str, services: Services, pair: tuple[DocumentView, DocumentView]
) -> None:
    app = opened("library")
    assert "supply\\-agreement\\-rev\\-a\\.pdf" in texts(app) and "rev\\-b" in texts(app)
    app.text_input(key="library_query").set_value("rev-b").run()
    assert "rev\\-a" not in texts(app)
    app.text_input(key="library_query").set_value("nothing like it").run()
    assert "No document has this in its name." in texts(app)
    app.text_input(key="library_query").set_value("").run()
    assert app.button(key="compare").disabled
    app.button(key=f"old_{pair[0].id}").click().run()
    app.button(key=f"new_{pair[1].id}").click().run()
    assert not app.button(key="compare").disabled
    assert services.sessions.load(session)["pdfc"]["old"] == pair[0].id


def test_delete_asks_first(
    session: str, services: Services, actor: Actor, pair: tuple[DocumentView, DocumentView]
) -> None:
    app = opened("library")
    app.button(key=f"delete_{pair[0].id}").click().run()
    assert len(services.documents.list(actor)[0]) == 2
    app.button(key="delete_for_good").click().run()
    assert [document.id for document in services.documents.list(actor)[0]] == [pair[1].id]


def test_names_are_shown_as_they_are(session: str, services: Services, actor: Actor) -> None:
    upload = services.documents.receive(actor, "![x](evil) :red[_a_].pdf")
    upload.write(sample_pair()[0][1])
    upload.commit()
    shown = texts(opened("library"))
    assert "\\!\\[x\\]" in shown and ":red[" not in shown.replace("\\:red\\[", "")


# ---------------------------------------------------------------- jobs


def test_no_jobs_lead_to_the_start(session: str) -> None:
    app = opened("jobs")
    assert "Nothing has been compared yet." in texts(app)


def test_jobs_show_state_and_can_be_cancelled_and_retried(
    session: str, services: Services, actor: Actor, pair: tuple[DocumentView, DocumentView]
) -> None:
    made = services.comparisons.submit(actor, pair[0].id, pair[1].id, CompareOptions())
    app = opened("jobs")
    assert "Waiting" in texts(app)
    app.button(key=f"cancel_{made.id}").click().run()
    assert services.comparisons.get(actor, made.id).state == "cancelled"
    app.button(key=f"retry_{made.id}").click().run()
    assert services.comparisons.get(actor, made.id).state == "queued"


def test_database_that_is_away_is_one_sentence(
    session: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened("jobs")
    services.database.close()
    monkeypatch.setattr(services.users, "actor_for_session", _away)
    app = AppTest.from_file(str(MAIN), default_timeout=20).run()
    assert not app.exception
    assert len(app.error) == 1


def _away(sid: str) -> Actor:
    from core.errors import StorageError

    raise StorageError("The database does not answer.", remedy="Try again in a moment.")


# ---------------------------------------------------------------- dead letters


def test_jobs_that_failed_for_good_can_be_tried_again_by_reason(
    services: Services, actor: Actor, pair: tuple[DocumentView, DocumentView]
) -> None:
    assert not opened("jobs").expander
    for pages in ("1", "1-2"):
        job = services.comparisons.submit(actor, pair[0].id, pair[1].id, CompareOptions(pages=pages)).job
        for _ in range(2):
            attempt = services.jobs.begin(actor.workspace, UUID(job))
            assert attempt is not None
            services.jobs.crashed(attempt, ChildCrashed())
    app = opened("jobs")
    assert [expander.label for expander in app.expander] == ["2 jobs failed for good"]
    assert "made the reader crash" in texts(app).lower()
    app.button(key="dead_retry_child_crashed").click().run()
    assert not app.exception
    assert not app.expander
    assert {job.state for job in services.job_records.list(actor)[0]} == {"queued"}
