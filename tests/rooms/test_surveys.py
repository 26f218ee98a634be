"""Surveys: planned, looked at again, asked or not and why, answered, stopped; each told on the ticket."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import IntegrityError, transaction

from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.surveys import AT_ONCE, arranged, asked, later, react, solved, survey_of, told
from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.timeline.models import TimelineEntry
from tierline.core.timeline.rules import ERASED, Audience
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.sla import operations as sla
from tierline.desk.sla.models import BusinessCalendar
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.events import rebuild
from tierline.desk.tickets.models import Ticket
from tierline.reactions import jobs as reactions
from tierline.work.intake.models import OutboundMessage
from tierline.work.surveys import operations, queries
from tierline.work.surveys.errors import NotASurvey, NothingToRate
from tierline.work.surveys.models import OptOut, Survey, SurveyPlan
from tierline.work.surveys.operations.links import leave_address, rate_address
from tierline.work.surveys.rules import Settings, Starts, Way

pytestmark = pytest.mark.django_db
desk = held(small_desk)
VISITOR = Actor(label="visitor")
MACHINE = Actor.machine("surveys")


@pytest.fixture(autouse=True)
def mail_goes_out(settings: Any) -> None:
    """A server is named; nothing is handed to it, since no test here runs the job that would."""
    settings.TIERLINE_SMTP = {"host": "127.0.0.1", "port": 9, "username": "", "password": "", "use_ssl": False}
    settings.TIERLINE_SMTP |= {"use_tls": False}


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierline.work.intake.operations.send", lambda **_ids: None)


def token_of(survey: Survey) -> str:
    return rate_address(survey).rpartition("/")[2]


def reason_of(ticket: Ticket) -> str:
    """Why nobody was asked; the row and the timeline say the same."""
    survey = survey_of(ticket)
    (entry,) = told(ticket.pk, "survey.withheld")
    assert (survey.state, survey.reason, entry.audience) == ("withheld", entry.data["reason"], Audience.INTERNAL)
    assert told(ticket.pk, "survey.asked") == []
    assert not OutboundMessage.objects.filter(ticket=ticket, purpose="question").exists()
    return survey.reason


# --- arranging ---


def test_a_desk_that_was_never_arranged_asks_nobody(desk: SmallDesk) -> None:
    ticket = solved(desk)
    later()
    assert not Survey.objects.exists()
    assert told(ticket.pk, "survey.withheld") == []
    assert queries.plan_in_force(desk.desk.pk) is None


def test_each_edit_is_a_version_and_no_edit_is_none(desk: SmallDesk) -> None:
    first = arranged(desk)
    assert operations.arrange(actor=SETUP, desk_id=desk.desk.pk, settings=first.settings) == first
    second = operations.arrange(actor=desk_admin(desk), desk_id=desk.desk.pk, settings=Settings(question="Well?"))
    assert [(one.version, one.active) for one in queries.versions(SETUP, desk.desk.pk)] == [(2, True), (1, False)]
    assert (second.written_by, second.question, second.enabled) == ("Dora", "Well?", False)
    assert queries.plan_in_force(desk.desk.pk) == second


def desk_admin(desk: SmallDesk) -> Actor:
    known = Person.objects.with_address("dora@desk.example").first()
    return actor_for(
        known
        or people.create_person(
            actor=SETUP, email="dora@desk.example", name="Dora", roles=[Role.DESK_ADMINISTRATOR, Role.REQUESTER]
        )
    )


def test_only_those_who_arrange_the_desk_may(desk: SmallDesk) -> None:
    arranged(desk)
    for actor in (desk.asking, desk.actor(1), desk.leading):
        for deed in (
            lambda who: operations.arrange(actor=who, desk_id=desk.desk.pk, settings=AT_ONCE),
            lambda who: queries.versions(who, desk.desk.pk),
            lambda who: queries.preview(who, desk.desk.pk, AT_ONCE),
            queries.arranged,
        ):
            with pytest.raises(NotFound):
                deed(actor)
    with pytest.raises(NotFound):
        operations.arrange(actor=SETUP, desk_id=999_999, settings=AT_ONCE)
    with pytest.raises(Invalid) as refused:
        arranged(desk, calendar="no-such-calendar")
    assert list(refused.value.fields) == ["calendar"]


def test_the_database_holds_what_a_survey_may_be(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    for changes in (
        {"score": 6, "state": "answered", "answered_at": clock.now()},
        {"score": 3},
        {"state": "answered"},
        {"state": "withheld", "reason": ""},
        {"comment": "words without a score"},
        {"closes_at": survey.asked_at},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Survey.objects.filter(pk=survey.pk).update(**changes)
    for changes in ({"delay_minutes": 50_000}, {"every_days": 400}, {"open_days": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SurveyPlan.objects.update(**changes)


def asked_about(desk: SmallDesk, **more: Any) -> Survey:
    arranged(desk)
    return asked(desk, **more)


# --- asking ---


def test_who_got_help_is_asked_when_the_delay_is_over(desk: SmallDesk) -> None:
    arranged(desk)
    ticket = solved(desk, 2)
    react()
    survey = survey_of(ticket)
    assert (survey.state, survey.due_at) == ("planned", ticket.resolved_at + timedelta(hours=1))
    later(timedelta(minutes=59))
    assert survey_of(ticket).state == "planned"
    later()
    survey = survey_of(ticket)
    assert survey.state == "asked"
    assert survey.closes_at == survey.asked_at + timedelta(days=14)
    (entry,) = told(ticket.pk, "survey.asked")
    assert entry.data == {
        "survey_id": survey.pk,
        "tier": 2,
        "group_id": desk.groups[2].pk,
        "channel": "portal",
    }
    mail = OutboundMessage.objects.get(ticket=ticket, purpose="question")
    assert (mail.audience, mail.automatic, mail.recipient) == ("requester", True, "ines@field.example")
    assert rebuild(TimelineEntry.objects.of("ticket", ticket.pk)) == Ticket.objects.get(pk=ticket.pk).state


def test_every_job_may_run_twice(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    (resolved,) = told(survey.ticket_id, "ticket.resolved")
    with clock.at(clock.now() + timedelta(hours=3)):
        reactions.plan_survey(entry_id=resolved.pk)
        reactions.ask_how_it_went(survey_id=survey.pk)
        react()
    assert Survey.objects.filter(ticket=survey.ticket_id).count() == 1
    assert len(told(survey.ticket_id, "survey.asked")) == 1
    assert OutboundMessage.objects.filter(purpose="question").count() == 1
    with pytest.raises(NotFound):
        reactions.ask_how_it_went(survey_id=999_999)


def test_a_delay_in_business_hours_rests_at_night(desk: SmallDesk) -> None:
    sla.ensure_defaults(actor=SETUP)
    calendar = BusinessCalendar.objects.get()
    arranged(desk, calendar=calendar.key, delay_minutes=120)
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    with clock.at(friday):
        ticket = solved(desk)
        react()
    due = survey_of(ticket).due_at
    assert due.weekday() == 0
    assert timedelta(hours=60) < due - friday < timedelta(hours=72)


def test_a_desk_may_ask_from_the_closing_on(desk: SmallDesk) -> None:
    arranged(desk, starts=Starts.CLOSED)
    ticket = solved(desk)
    react()
    assert not Survey.objects.exists()
    tickets.confirm(actor=desk.asking, ticket_id=ticket.pk)
    later()
    assert survey_of(ticket).state == "asked"


MEANWHILE: dict[str, Any] = {
    "reopened": lambda desk, ticket: tickets.reopen(actor=desk.asking, ticket_id=ticket.pk, reason="Again"),
    "switched_off": lambda desk, _ticket: arranged(desk, enabled=False),
    "opted_out": lambda desk, _ticket: operations.stop_asking(actor=desk.asking),
    "mail_failed": lambda desk, _ticket: people.mark_mail_failed(actor=MACHINE, email=desk.requester.email),
    "account_closed": lambda desk, _ticket: Person.objects.filter(pk=desk.requester.pk).update(is_active=False),
    "merged": lambda desk, ticket: tickets.merge(
        actor=desk.actor(1), ticket_id=ticket.pk, into_id=desk.owned(1, title="The same").pk
    ),
}


@pytest.mark.parametrize("reason", list(MEANWHILE))
def test_what_happens_before_the_moment_comes_counts(desk: SmallDesk, reason: str) -> None:
    arranged(desk)
    ticket = solved(desk)
    react()
    assert survey_of(ticket).state == "planned"
    MEANWHILE[reason](desk, ticket)
    later()
    assert reason_of(ticket) == reason


def test_what_is_known_at_once_is_said_at_once(desk: SmallDesk) -> None:
    arranged(desk, tier_0=False)
    alert = solved(desk, channel="alert")
    spam = desk.owned(1)
    tickets.resolve(actor=desk.actor(1), ticket_id=spam.pk, resolution="Spam.", code="withdrawn")
    by_tier_0 = desk.ticket()
    tickets.resolve(actor=Actor.machine("assistant"), ticket_id=by_tier_0.pk, resolution="KB-1", tier=0)
    for_them = tickets.open_ticket(actor=desk.actor(1), requester=desk.requester, title="Walked in", text="x")
    tickets.resolve(actor=desk.actor(1), ticket_id=for_them.pk, resolution="Done.")
    react()
    found = {reason_of(one) for one in (alert, spam, by_tier_0, for_them)}
    assert found == {"monitoring", "outcome", "tier_0", "opened_by_staff"}


def test_what_tier_0_solved_is_asked_about_too(desk: SmallDesk) -> None:
    arranged(desk)
    ticket = desk.ticket()
    tickets.resolve(actor=Actor.machine("assistant"), ticket_id=ticket.pk, resolution="KB-1", tier=0)
    later()
    assert told(ticket.pk, "survey.asked")[0].data["tier"] == 0


def test_one_person_is_asked_once_in_thirty_days_on_every_desk(desk: SmallDesk) -> None:
    arranged(desk)
    first, second = solved(desk), solved(desk, title="Another")
    later()
    assert survey_of(first).state == "asked"
    assert reason_of(second) == "asked_lately"
    with clock.at(clock.now() + timedelta(days=31)):
        third = solved(desk, title="A month later")
        later()
        assert survey_of(third).state == "asked"


def test_where_no_automatic_mail_may_go_nobody_is_asked_and_it_says_so(desk: SmallDesk, settings: Any) -> None:
    settings.TIERLINE_SMTP = None
    arranged(desk)
    ticket = solved(desk)
    later()
    assert reason_of(ticket) == "mail_held"
    assert told(ticket.pk, "survey.withheld")[0].data["words"] == "No outgoing mail server is set up."
    with pytest.raises(NotASurvey):
        operations.withhold(actor=MACHINE, survey=survey_of(ticket), words="Twice")


def test_a_request_solved_again_is_another_survey_under_the_limit(desk: SmallDesk) -> None:
    first = asked_about(desk)
    tickets.reopen(actor=desk.asking, ticket_id=first.ticket_id, reason="Again")
    with clock.at(clock.now() + timedelta(hours=5)):
        tickets.resolve(actor=desk.actor(1), ticket_id=first.ticket_id, resolution="Now really.")
        later()
    second = survey_of(first.ticket)
    assert (second.pk != first.pk, second.reason) == (True, "asked_lately")


def test_the_preview_counts_the_past_and_touches_nothing(desk: SmallDesk) -> None:
    for number in range(3):
        solved(desk, title=f"Number {number}")
    solved(desk, channel="alert")
    found = queries.preview(SETUP, desk.desk.pk, Settings(every_days=0))
    assert (found.total, found.asked, {key.value: n for key, n in found.reasons.items()}) == (4, 3, {"monitoring": 1})
    assert queries.preview(SETUP, desk.desk.pk, Settings()).asked == 1
    assert not Survey.objects.exists()
    with pytest.raises(NotFound):
        queries.preview(desk.leading, desk.desk.pk, Settings())


# --- answering ---


def test_an_answer_is_kept_told_and_can_be_changed(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    token = token_of(survey)
    operations.answer(actor=VISITOR, token=token, score=5, comment=" Quick <b>help</b>\0. ")
    operations.answer(actor=VISITOR, token=token, score=5, comment="Quick <b>help</b>.")  # sent twice: once
    kept = operations.answer(actor=VISITOR, token=token, score=4)
    assert (kept.state, kept.score, kept.comment, kept.way) == ("answered", 4, "", "mail")
    assert kept.changed_at is not None
    first, second = told(survey.ticket_id, "survey.answered")
    assert (first.data["comment"], first.data["changed"], first.data["asked"]) == ("Quick <b>help</b>.", False, True)
    assert (second.data["score"], second.data["changed"], second.actor_id) == (4, True, desk.requester.pk)
    assert first.audience == Audience.INTERNAL
    assert told(survey.ticket_id, "survey.follow_up") == []


def test_a_link_opens_its_own_survey_as_long_as_it_is_open(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    token = token_of(survey)
    assert operations.read_link(token).pk == survey.pk
    with clock.at(survey.closes_at - timedelta(seconds=1)):
        operations.answer(actor=VISITOR, token=token, score=3)
    survey.refresh_from_db()
    assert survey.closes_at == survey.answered_at + timedelta(days=14)
    with clock.at(survey.closes_at), pytest.raises(NotFound):
        operations.answer(actor=VISITOR, token=token, score=1)
    survey.refresh_from_db()
    assert survey.score == 3


def test_no_other_link_opens_anything(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    wrong = [
        "",
        "x",
        "\0",
        "²" * 50,
        "a" * 100_000,
        token_of(survey)[:-1],
        token_of(survey) + "x",
        token_of(replace_key(survey, "another")),
        token_of(replace_key(survey, "")),
        leave_address(survey).rpartition("/")[2],
        signing.dumps([survey.pk, survey.key], salt="intake.leave"),
        signing.dumps([survey.pk], salt="surveys.rate"),
        signing.dumps([str(survey.pk), survey.key], salt="surveys.rate"),
        signing.dumps({"a": 1}, salt="surveys.rate"),
        signing.dumps([True, None], salt="surveys.rate"),
    ]
    for token in wrong:
        with pytest.raises(NotFound):
            operations.read_link(token)
    for token in [*wrong[:9], token_of(survey), signing.dumps([survey.pk, 0], salt="surveys.leave")]:
        with pytest.raises(NotFound):
            operations.read_leave_link(token)


def replace_key(survey: Survey, key: str) -> Survey:
    return Survey(pk=survey.pk, key=key)


def test_a_link_is_shut_when_it_is_somebody_else_s_or_nobody_s_business(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    token = token_of(survey)
    for model, pk, values in (
        (Person, desk.requester.pk, {"is_active": False}),
        (Ticket, survey.ticket_id, {"requester": desk.lead}),
        (Ticket, survey.ticket_id, {"merged_into": desk.ticket()}),
        (Survey, survey.pk, {"key": ""}),
    ):
        with transaction.atomic():
            assert operations.read_link(token).pk == survey.pk
            model._default_manager.filter(pk=pk).update(**values)
            with pytest.raises(NotFound):
                operations.answer(actor=VISITOR, token=token, score=5)
            transaction.set_rollback(True)


@pytest.mark.parametrize(("score", "comment"), [(0, ""), (6, ""), (-5, ""), (5, "x" * 2001), (2**70, "")])
def test_what_is_no_answer_changes_nothing(desk: SmallDesk, score: int, comment: str) -> None:
    survey = asked_about(desk)
    with pytest.raises(Invalid):
        operations.answer(actor=VISITOR, token=token_of(survey), score=score, comment=comment)
    assert survey_of(survey.ticket).state == "asked"


def test_an_answer_cannot_be_changed_for_ever(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    for number in range(21):
        operations.answer(actor=VISITOR, token=token_of(survey), score=3 + number % 2)
    with pytest.raises(NothingToRate):
        operations.answer(actor=VISITOR, token=token_of(survey), score=5)
    assert len(told(survey.ticket_id, "survey.answered")) == 21


def test_a_low_score_asks_for_a_follow_up_once_and_tells_the_lead(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    operations.answer(actor=VISITOR, token=token_of(survey), score=2, comment="Took a week.\nNobody called.")
    operations.answer(actor=VISITOR, token=token_of(survey), score=1, comment="Still nobody.")
    (entry,) = told(survey.ticket_id, "survey.follow_up")
    assert (entry.audience, entry.data["score"], entry.actor_label) == (Audience.INTERNAL, 2, "surveys 1")
    react()
    (notice,) = OutboundMessage.objects.filter(purpose="notice")
    assert (notice.recipient, notice.audience) == (desk.lead.email, "internal")
    assert "dissatisfied" in notice.text
    assert "> Still nobody." in notice.text
    assert f"/console/tickets/{survey.ticket.reference}" in notice.text


def test_the_words_of_a_confidential_desk_are_not_mailed(desk: SmallDesk) -> None:
    survey = asked_about(desk, title="My salary")
    Desk.objects.update(confidential=True)
    operations.answer(actor=VISITOR, token=token_of(survey), score=1, comment="They read my salary aloud.")
    react()
    (notice,) = OutboundMessage.objects.filter(purpose="notice")
    assert "salary" not in notice.text + notice.subject
    assert survey.ticket.reference in notice.text


def test_who_does_not_see_the_ticket_hears_nothing_of_it(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    Desk.objects.update(confidential=True)
    desk.lead.memberships.all().delete()
    operations.answer(actor=VISITOR, token=token_of(survey), score=1)
    react()
    assert not OutboundMessage.objects.filter(purpose="notice").exists()


def test_a_solved_request_can_be_rated_without_being_asked(desk: SmallDesk) -> None:
    arranged(desk)
    ticket = solved(desk)
    survey = operations.rate(actor=desk.asking, ticket_id=ticket.pk, score=4, comment="Fine.")
    assert (survey.state, survey.asked_at, survey.way) == ("answered", None, "portal")
    later()
    assert survey_of(ticket).pk == survey.pk
    assert told(ticket.pk, "survey.asked") == []
    assert told(ticket.pk, "survey.answered")[0].data["asked"] is False
    assert operations.rate(actor=desk.asking, ticket_id=ticket.pk, score=5, way=Way.API).score == 5


def test_who_was_not_asked_may_rate_and_the_reason_stays(desk: SmallDesk) -> None:
    arranged(desk)
    first, second = solved(desk), solved(desk, title="Another")
    later()
    survey = operations.rate(actor=desk.asking, ticket_id=second.pk, score=5)
    assert (survey.state, survey.reason, survey_of(first).state) == ("answered", "asked_lately", "asked")


def test_nobody_rates_what_is_not_theirs_or_not_to_be_rated(desk: SmallDesk) -> None:
    arranged(desk)
    ticket, unsolved = solved(desk), desk.ticket()
    for actor in (desk.actor(1), desk.leading, MACHINE, Actor(label="nobody")):
        with pytest.raises(NotFound):
            operations.rate(actor=actor, ticket_id=ticket.pk, score=1)
    with pytest.raises(NotFound):
        operations.rate(actor=desk.asking, ticket_id=999_999, score=1)
    with pytest.raises(NothingToRate):
        operations.rate(actor=desk.asking, ticket_id=unsolved.pk, score=1)
    with clock.at(clock.now() + timedelta(days=15)), pytest.raises(NothingToRate):
        operations.rate(actor=desk.asking, ticket_id=ticket.pk, score=1)
    arranged(desk, enabled=False)
    with pytest.raises(NothingToRate):
        operations.rate(actor=desk.asking, ticket_id=ticket.pk, score=1)
    assert not Survey.objects.filter(state="answered").exists()


def test_what_the_requester_sees_of_their_own_rating(desk: SmallDesk) -> None:
    plan = arranged(desk)
    ticket = solved(desk)
    offered = queries.rating_of(desk.asking, ticket)
    assert offered is not None
    assert (offered.open, offered.score, offered.question) == (True, None, plan.question)
    operations.rate(actor=desk.asking, ticket_id=ticket.pk, score=2, comment="Slow.")
    given = queries.rating_of(desk.asking, ticket)
    assert given is not None
    assert (given.open, given.score, given.comment) == (True, 2, "Slow.")
    with clock.at(given.until + timedelta(seconds=1)):
        over = queries.rating_of(desk.asking, ticket)
        assert over is not None
        assert (over.open, over.score) == (False, 2)
    assert queries.rating_of(desk.actor(1), ticket) is None
    assert queries.rating_of(desk.asking, desk.ticket()) is None
    with clock.at(ticket.resolved_at + timedelta(days=14)):
        assert queries.rating_of(desk.asking, solved_before(desk, ticket)) is None


def solved_before(desk: SmallDesk, like: Ticket) -> Ticket:
    with clock.at(like.resolved_at - timedelta(hours=1)):
        return solved(desk, title="Long ago")


# --- stopping, reading, erasing ---


def test_one_click_ends_all_surveys_and_the_person_undoes_it(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    link = leave_address(survey).rpartition("/")[2]
    assert operations.leave(link) == operations.leave(link) == desk.requester
    assert OptOut.objects.count() == 1
    with clock.at(clock.now() + timedelta(days=400)):
        assert operations.read_leave_link(link) == desk.requester
        found = queries.opted_out(desk.actor(1), desk.requester.pk)
        assert found is not None
        assert found.way == "mail"
        ticket = solved(desk, title="A year later")
        later()
        assert reason_of(ticket) == "opted_out"
        operations.ask_again(actor=desk.asking)
        operations.ask_again(actor=desk.asking)
        assert queries.opted_out(desk.asking, desk.requester.pk) is None
        operations.stop_asking(actor=desk.asking)
    assert [one.ended_at is None for one in OptOut.objects.order_by("pk")] == [False, True]
    with pytest.raises(NotFound):
        queries.opted_out(desk.asking, desk.lead.pk)
    with pytest.raises(NotFound):
        operations.stop_asking(actor=MACHINE)


def test_who_reads_which_answers(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    operations.answer(actor=VISITOR, token=token_of(survey), score=5)
    other = people.create_person(actor=SETUP, email="o@field.example", name="Olga", roles=[Role.REQUESTER])
    assert queries.of_ticket(desk.asking, survey.ticket_id) == [survey]
    assert queries.of_ticket(desk.actor(3), survey.ticket_id) == [survey]
    assert queries.of_ticket(actor_for(other), survey.ticket_id) == []
    assert queries.answers(desk.leading) == [survey]
    assert queries.answers(desk.leading, after=survey.pk) == []
    with pytest.raises(NotFound):
        queries.answers(desk.asking)
    Desk.objects.update(confidential=True)
    outsider = people.create_person(actor=SETUP, email="a9@desk.example", name="Out", roles=[Role.AGENT])
    assert queries.of_ticket(actor_for(outsider), survey.ticket_id) == []
    assert queries.answers(actor_for(outsider)) == []


def test_erasing_takes_the_words_and_shuts_the_link_but_keeps_the_figures(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    token = token_of(survey)
    operations.answer(actor=VISITOR, token=token, score=2, comment="My name is Ines.")
    with pytest.raises(NotFound):
        operations.erase_answers(actor=desk.leading, person_id=desk.requester.pk)
    assert operations.erase_answers(actor=SETUP, person_id=desk.requester.pk) == 1
    survey.refresh_from_db()
    assert (survey.score, survey.comment) == (2, ERASED)
    (entry,) = told(survey.ticket_id, "survey.answered")
    assert (entry.data["score"], entry.data["comment"]) == (2, ERASED)
    assert told(survey.ticket_id, "ticket.resolved")[0].data["resolution"] == "Restarted it."
    with pytest.raises(NotFound):
        operations.read_link(token)


def test_rows_say_what_they_are(desk: SmallDesk) -> None:
    survey = asked_about(desk)
    operations.stop_asking(actor=desk.asking)
    assert str(survey) == f"survey {survey.pk} about {survey.ticket_id}, asked"
    assert str(survey.plan).endswith("version 1")
    assert str(OptOut.objects.get()).startswith(f"{desk.requester.pk} is not asked since")
    assert replace(survey.plan.settings, enabled=True) == AT_ONCE
