"""Reviews on the real database: decisions, conflicts, comments, signatures, and what is carried over."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import text

from core.errors import NotFound, OptionsError
from core.options import CompareOptions
from service.access import Actor, Forbidden
from service.bootstrap import Services
from service.reviews import BadReview, ChangedMeanwhile, OtherResult, StillOpen, Wish
from service.views import NotReady
from tests.integration.conftest import Add, submit_pair
from tests.integration.pdfs import pdf
from tests.integration.reviewing import colleague, done, text_change

CHANGES = [
    text_change("t-1", "30 days", "45 days"),
    text_change("t-2", "Ada", "Grace", page=2),
    text_change("t-3", None, "Annex"),
    text_change("t-4", "30 days", "45 days", page=2),
]


@pytest.fixture
def documents(services: Services, actor: Actor, add: Add) -> list[str]:
    """Three revisions of one contract."""
    return [add(actor, "contract.pdf", pdf([f"Revision {n}"])).id for n in (1, 2, 3)]


@pytest.fixture
def comparison(services: Services, actor: Actor, documents: list[str]) -> str:
    return done(services, actor, documents[0], documents[1], CHANGES)


def test_a_review_begins_open_and_counts_what_is_decided(services: Services, actor: Actor, comparison: str) -> None:
    state, version = services.reviews.get(actor, comparison)
    assert state.counts == {
        "changes": 4, "open": 4, "accepted": 0, "rejected": 0, "ignored": 0, "disputed": 0, "carried": 0,
    }  # fmt: skip
    assert (version, state.changes, state.signatures) == (0, {}, ())
    ada = colleague(services, actor, "Ada")
    services.reviews.decide(ada, comparison, "t-1", "accepted", version=0)
    services.reviews.decide(ada, comparison, "t-2", "rejected")
    services.reviews.decide(actor, comparison, "t-2", "accepted")
    state, later = services.reviews.get(actor, comparison)
    assert (state.of("t-1").state, state.of("t-2").state, state.of("t-3").state) == ("accepted", "disputed", "open")
    assert {one.name: one.verdict for one in state.of("t-2").decisions}["Ada"] == "rejected"
    assert (state.counts["open"], state.counts["disputed"]) == (2, 1)
    assert later > version
    assert services.reviews.decide(ada, comparison, "t-2", "open").state == "accepted"


def test_who_did_not_see_the_last_decision_is_told_and_loses_nothing(
    services: Services, actor: Actor, comparison: str
) -> None:
    ada, grace = colleague(services, actor, "Ada Lovelace"), colleague(services, actor, "Grace")
    seen = services.reviews.change(grace, comparison, "t-1").version
    services.reviews.decide(ada, comparison, "t-1", "rejected", version=seen)
    with pytest.raises(ChangedMeanwhile, match="Ada Lovelace rejected this change meanwhile") as caught:
        services.reviews.decide(grace, comparison, "t-1", "accepted", version=seen)
    assert "nothing of yours is lost" in caught.value.help
    found = services.reviews.change(grace, comparison, "t-1")
    assert [(one.name, one.verdict) for one in found.decisions] == [("Ada Lovelace", "rejected")]
    assert services.reviews.decide(grace, comparison, "t-1", "accepted", version=found.version).state == "disputed"


def test_fifty_decisions_at_once_on_one_change_are_one_winner_and_49_told(
    services: Services, actor: Actor, comparison: str
) -> None:
    people = [colleague(services, actor, f"Person {n}") for n in range(10)]

    def decide(k: int) -> bool:
        try:
            services.reviews.decide(people[k % 10], comparison, "t-1", "accepted", version=0)
        except ChangedMeanwhile:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        won = list(threads.map(decide, range(50)))
    assert sum(won) == 1
    found = services.reviews.change(actor, comparison, "t-1")
    assert (found.version, len(found.decisions)) == (1, 1)


def test_many_are_decided_at_once_and_those_of_others_are_named(
    services: Services, actor: Actor, comparison: str
) -> None:
    ada = colleague(services, actor, "Ada")
    services.reviews.decide(ada, comparison, "t-2", "rejected")
    wishes = [Wish("t-1", 0), Wish("t-2", 0), Wish("t-3")]
    decided = services.reviews.decide_many(actor, comparison, wishes, "accepted")
    assert ([one.id for one in decided.changes], decided.conflicts) == (["t-1", "t-3"], ["t-2"])
    assert services.reviews.change(actor, comparison, "t-2").state == "rejected"
    with pytest.raises(NotFound):
        services.reviews.decide_many(actor, comparison, [Wish("t-4"), Wish("t-nowhere")], "accepted")
    assert services.reviews.change(actor, comparison, "t-4").state == "open"


def test_comments_mention_members_by_name_and_login(services: Services, actor: Actor, comparison: str) -> None:
    ada = colleague(services, actor, "Ada Lovelace", login="ada")
    grace = colleague(services, actor, "Grace")
    said = services.reviews.comment(ada, comparison, "t-1", "  @Grace, is this right?\n@ada lovelace @nobody me@grace ")
    [comment] = said.comments
    assert comment.text == "@Grace, is this right?\n@ada lovelace @nobody me@grace"
    assert comment.mentions == ((grace.user_id, "Grace"), (ada.user_id, "Ada Lovelace"))
    for bad in ("", " \n ", "x" * 4001):
        with pytest.raises(BadReview):
            services.reviews.comment(ada, comparison, "t-1", bad)
    with pytest.raises(NotFound):
        services.reviews.delete_comment(grace, comparison, "t-1", str(comment.id))
    assert services.reviews.delete_comment(ada, comparison, "t-1", str(comment.id)).comments == []


def test_a_change_is_given_to_a_member_until_a_day(services: Services, actor: Actor, comparison: str) -> None:
    ada = colleague(services, actor, "Ada")
    due = date(2030, 5, 1)
    given = services.reviews.assign(actor, comparison, "t-1", assignee=ada.user_id, due=due, version=0)
    assert (given.assignee, given.due, given.version) == ((ada.user, "Ada"), due, 1)
    with pytest.raises(ChangedMeanwhile, match="assigned"):
        services.reviews.assign(ada, comparison, "t-1", assignee=None, due=None, version=0)
    with pytest.raises(BadReview):
        services.reviews.assign(actor, comparison, "t-1", assignee=str(services.users.local_actor().workspace), due=due)


def test_a_signature_names_result_and_decisions_and_falls_with_them(
    services: Services, actor: Actor, comparison: str
) -> None:
    ada = colleague(services, actor, "Ada")
    digest = services.comparisons.result_etag(actor, comparison).strip('"')
    with pytest.raises(OtherResult):
        services.reviews.sign(ada, comparison, result_sha256="0" * 64)
    with pytest.raises(StillOpen, match="4 of 4"):
        services.reviews.sign(ada, comparison, result_sha256=digest)
    services.reviews.decide_many(ada, comparison, [Wish(f"t-{n}") for n in (1, 2, 3, 4)], "accepted")
    told = services.reviews.sign(ada, comparison, result_sha256=digest, note=" Fine. ")
    [signature] = told.state.signatures
    assert (signature.name, signature.note, signature.result_sha256, signature.stands) == ("Ada", "Fine.", digest, True)
    assert signature.counts["accepted"] == 4
    services.reviews.decide(actor, comparison, "t-1", "rejected")
    assert not services.reviews.get(actor, comparison).state.signatures[0].stands
    services.reviews.decide(actor, comparison, "t-1", "open")
    assert services.reviews.get(actor, comparison).state.signatures[0].stands
    with pytest.raises(NotFound):
        services.reviews.withdraw(actor, comparison, str(signature.id))
    [withdrawn] = services.reviews.withdraw(ada, comparison, str(signature.id)).state.signatures
    assert withdrawn.withdrawn_at is not None and not withdrawn.stands


def test_a_rerun_with_other_options_has_the_decisions_shown_as_carried(
    services: Services, actor: Actor, documents: list[str], comparison: str
) -> None:
    ada = colleague(services, actor, "Ada")
    services.reviews.decide(ada, comparison, "t-1", "accepted")
    services.reviews.comment(ada, comparison, "t-2", "Who is she?")
    again = done(services, actor, *documents[:2], CHANGES[:2], CompareOptions(ignore=("case",)))
    state = services.reviews.get(actor, again).state
    [decision] = state.of("t-1").decisions
    assert (decision.name, decision.verdict) == ("Ada", "accepted")
    assert decision.carried is not None and decision.carried.is_same_pair
    assert str(decision.carried.comparison) == comparison
    assert state.of("t-2").comments[0].carried is not None
    assert state.counts["carried"] == 1
    assert services.reviews.decide(ada, again, "t-1", "accepted").decisions[0].carried is None


def test_the_next_revision_has_what_was_decided_wherever_the_change_is_the_same(
    services: Services, actor: Actor, add: Add, documents: list[str], comparison: str
) -> None:
    ada, grace = colleague(services, actor, "Ada"), colleague(services, actor, "Grace")
    services.reviews.decide_many(ada, comparison, [Wish("t-1"), Wish("t-2")], "accepted")
    first_to_third = done(services, actor, documents[0], documents[2], [CHANGES[0], text_change("t-9", "x", "y")])
    second_to_third = done(services, actor, documents[1], documents[2], [CHANGES[1]])
    for id_, change in ((first_to_third, "t-1"), (second_to_third, "t-2")):
        [decision] = services.reviews.change(grace, id_, change).decisions
        assert decision.carried is not None and not decision.carried.is_same_pair
        assert (decision.name, decision.carried.old) == ("Ada", "contract.pdf")
    assert services.reviews.change(grace, first_to_third, "t-9").state == "open"
    # What is taken back here is open here, and stays as it was there.
    services.reviews.decide(ada, first_to_third, "t-1", "open")
    assert services.reviews.change(grace, first_to_third, "t-1").state == "open"
    assert services.reviews.change(grace, comparison, "t-1").state == "accepted"
    # Another contract with a change of the same words has nothing of it.
    others = [add(actor, f"other-{n}.pdf", pdf([f"Other {n}"])).id for n in (1, 2)]
    assert services.reviews.change(grace, done(services, actor, *others, CHANGES), "t-1").state == "open"


def test_assignments_are_carried_to_the_next_revision_and_signatures_are_told_as_earlier(
    services: Services, actor: Actor, documents: list[str], comparison: str
) -> None:
    ada = colleague(services, actor, "Ada")
    services.reviews.assign(actor, comparison, "t-1", assignee=str(ada.user), due=date(2026, 12, 1))
    digest = services.reviews.get(ada, comparison).state.subject.result_sha256
    services.reviews.sign(ada, comparison, result_sha256=digest, with_open=True)
    following = done(services, actor, documents[0], documents[2], [CHANGES[0]])
    state = services.reviews.get(actor, following).state
    change = state.of("t-1")
    assert (change.assignee, change.due) == ((ada.user, "Ada"), date(2026, 12, 1))
    assert change.assignment_carried is not None and change.assignment_carried.new == "contract.pdf"
    assert state.signatures == ()
    [earlier] = state.earlier
    assert (earlier.name, str(earlier.comparison)) == ("Ada", comparison)
    assert services.reviews.get(actor, comparison).state.earlier == ()
    # Taken away here, it stays away here, and stands there.
    services.reviews.assign(actor, following, "t-1", assignee=None, due=None)
    assert services.reviews.change(actor, following, "t-1").assignee is None
    kept = services.reviews.change(actor, comparison, "t-1")
    assert (kept.assignee, kept.assignment_carried) == ((ada.user, "Ada"), None)


def test_ignoring_all_like_it_becomes_a_rule_of_a_profile(services: Services, actor: Actor, comparison: str) -> None:
    told = services.likeness.ignore(actor, comparison, "t-1", "Our terms")
    assert [change.id for change in told.changes] == ["t-1", "t-4"]
    assert (told.profile, told.rule) == ("Our terms", "the words “30 days” or “45 days”")
    [rule] = services.profiles.options(actor, "Our terms").ignore_text
    assert "30 days" in rule.pattern.replace("\\", "")
    services.likeness.ignore(actor, comparison, "t-2", "Our terms")
    assert len(services.profiles.options(actor, "Our terms").ignore_text) == 2
    ada = colleague(services, actor, "Ada")
    with pytest.raises(Forbidden):
        services.likeness.ignore(ada, comparison, "t-3", "Our terms")
    assert [change.id for change in services.likeness.ignore(ada, comparison, "t-3", None).changes] == ["t-3"]
    with pytest.raises(OptionsError):
        services.likeness.ignore(actor, comparison, "t-1", "contract")  # a built-in one stays as it is


def test_a_viewer_reads_and_a_foreign_workspace_sees_nothing(
    services: Services, actor: Actor, stranger: Actor, comparison: str
) -> None:
    services.reviews.decide(actor, comparison, "t-1", "accepted")
    viewer = colleague(services, actor, "Vera", "viewer")
    assert services.reviews.get(viewer, comparison).state.counts["accepted"] == 1
    with pytest.raises(Forbidden):
        services.reviews.decide(viewer, comparison, "t-1", "rejected")
    with pytest.raises(NotFound):
        services.reviews.get(stranger, comparison)


def test_what_was_done_is_listed_and_logged(services: Services, actor: Actor, comparison: str) -> None:
    ada = colleague(services, actor, "Ada")
    services.reviews.decide(ada, comparison, "t-1", "accepted")
    services.reviews.comment(ada, comparison, "t-1", "Quittenmarmelade")
    events, more = services.reviews.activity(actor, comparison, limit=1)
    assert (events[0].action, events[0].who, events[0].change) == ("commented", "Ada", "t-1") and more is not None
    [first], _ = services.reviews.activity(actor, comparison, before=more)
    assert (first.action, first.detail["verdict"]) == ("decided", "accepted")
    entries, _ = services.audit.list(actor, actions=["review."])
    assert [entry.action for entry in entries] == ["review.commented", "review.decided"]
    assert "Quittenmarmelade" not in str(entries)


def test_a_deleted_document_takes_its_reviews_with_it(
    services: Services, actor: Actor, documents: list[str], comparison: str
) -> None:
    services.reviews.decide(actor, comparison, "t-1", "accepted")
    services.reviews.comment(actor, comparison, "t-1", "Why?")
    digest = services.comparisons.result_etag(actor, comparison).strip('"')
    services.reviews.sign(actor, comparison, result_sha256=digest, with_open=True)
    services.trash.put(actor, "document", documents[0])
    services.trash.purge(actor, "document", documents[0])
    with pytest.raises(NotFound):
        services.reviews.decide(actor, comparison, "t-1", "rejected")
    with services.database.read(actor.workspace, from_primary=True) as session:
        for table in ("changes", "decisions", "comments", "signatures", "events"):
            assert session.scalar(text(f"SELECT count(*) FROM review_{table}")) == 0


def test_a_comparison_that_is_not_done_has_no_review(services: Services, actor: Actor, add: Add) -> None:
    view = submit_pair(services, add, actor, pdf(["a"]), pdf(["b"]))
    with pytest.raises(NotReady):
        services.reviews.get(actor, view.id)


def test_five_thousand_changes_are_decided_and_read_in_little_time(
    services: Services, actor: Actor, documents: list[str]
) -> None:
    changes = [text_change(f"t-{n}", f"old {n}", f"new {n}") for n in range(5000)]
    comparison = done(services, actor, documents[0], documents[2], changes)
    wishes = [Wish(f"t-{n}", 0) for n in range(5000)]
    begun = time.perf_counter()
    assert len(services.reviews.decide_many(actor, comparison, wishes, "accepted").changes) == 5000
    decided = time.perf_counter()
    assert services.reviews.get(actor, comparison).state.counts["accepted"] == 5000
    assert (decided - begun, time.perf_counter() - decided) < (
        5.0,
        3.0,
    )  # a second, and half of one, on two quiet cores


def test_revisions_stand_on_one_line_and_what_is_new_since_one_signed_is_named(
    services: Services, actor: Actor, documents: list[str], comparison: str
) -> None:
    ada = colleague(services, actor, "Ada")
    line = services.timelines.get(ada, documents[0])
    assert [one.id for one in line.documents] == documents
    assert [(one.id, one.changes, one.signed) for one in line.comparisons] == [(comparison, 4, ())]
    assert line.since_signed is None
    digest = services.comparisons.result_etag(actor, comparison).strip('"')
    services.reviews.sign(ada, comparison, result_sha256=digest, with_open=True)
    since = services.timelines.get(ada, documents[2]).since_signed
    assert since is not None
    assert (since.old, since.new, since.comparison) == (documents[1], documents[2], None)
    assert services.timelines.get(actor, documents[2]).since_signed is None  # he has signed nothing
    asked = done(services, actor, documents[1], documents[2], [])
    line = services.timelines.get(ada, documents[1])
    assert line.since_signed is not None and line.since_signed.comparison == asked
    assert [name for one in line.comparisons for name, _ in one.signed] == ["Ada"]


def test_versions_under_other_names_are_of_one_family(services: Services, actor: Actor, add: Add) -> None:
    first = add(actor, "draft.pdf", pdf(["Draft"])).id
    upload = services.documents.receive(actor, "final.pdf", version_of=first)
    upload.write(pdf(["Final"]))
    second = upload.commit().id
    third = add(actor, "other.pdf", pdf(["Other"])).id
    compared = done(services, actor, first, third, CHANGES)
    services.reviews.decide(actor, compared, "t-1", "accepted")
    [decision] = services.reviews.change(actor, done(services, actor, second, third, CHANGES), "t-1").decisions
    assert decision.carried is not None
    assert [one.name for one in services.timelines.get(actor, second).documents][:2] == ["draft.pdf", "final.pdf"]
