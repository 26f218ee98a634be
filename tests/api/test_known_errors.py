"""Known errors for programs: found, read, tried, drafted, changed, published, withdrawn, with the person's rights."""

from datetime import timedelta
from typing import Any

import pytest

from tests.support.api import Program, program_of, without_instance
from tests.support.desk import SETUP, SmallDesk
from tests.support.ladder import add_log
from tierline.core.kernel import clock, jobs
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Role
from tierline.desk.tickets.models import Ticket
from tierline.ladder.problems import operations
from tierline.ladder.problems.models import KnownError, ProblemTicket
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.models import Evidence, Matcher

pytestmark = pytest.mark.django_db
WORDS = {"all_of": [{"kind": "text", "value": "tunnel drops"}]}
DRAFT: dict[str, Any] = {
    "title": "Rekey fails",
    "symptoms": "The tunnel drops.",
    "workaround": "Switch roaming off.",
    "matcher": WORDS,
}
MISSING = 987_654


@pytest.fixture
def ticket(desk: SmallDesk) -> Ticket:
    return desk.owned(3, title="The tunnel drops")


@pytest.fixture
def draft(desk: SmallDesk, ticket: Ticket) -> KnownError:
    return operations.draft_known_error(actor=desk.actor(3), ticket_id=ticket.pk, **DRAFT)


@pytest.fixture
def published(desk: SmallDesk, draft: KnownError) -> KnownError:
    operations.record_cause(actor=desk.actor(3), problem_id=draft.problem_id, cause="The window is too short.")
    return operations.publish_known_error(actor=desk.actor(3), known_error_id=draft.pk).known_error


def at(found: KnownError, verb: str = "") -> str:
    return f"/known-errors/{found.ref}{verb}"


class TestReading:
    def test_one_with_all_that_is_known_of_it(
        self, desk: SmallDesk, ticket: Ticket, published: KnownError, agent: Program
    ) -> None:
        jobs.drain()
        operations.record_fix(actor=desk.actor(3), problem_id=published.problem_id, fixed_in="5.3", tracker_ref="T-1")
        seen = agent.get(at(published)).json()
        assert (seen["reference"], seen["state"], seen["not_in_force"]) == (published.ref, "published", "")
        assert seen["matcher"] == {**WORDS, "any_of": []}
        assert seen["examples"] == {"must": [{"ticket": ticket.reference}], "must_not": []}
        assert (seen["workaround"], seen["owner"]) == ("Switch roaming off.", "Agent 3")
        assert [(one["fixed_in"], one["tracker"], one["state"]) for one in seen["fixes"]] == [
            ("5.3", "T-1", "recorded")
        ]
        assert (seen["past"]["state"], seen["past"]["caught"], seen["past"]["false"]) == ("done", 1, 0)
        assert seen["past"]["tickets"][0]["ticket"] == ticket.reference
        assert "tunnel drops" in seen["past"]["tickets"][0]["reasons"][0]
        kinds = [one["kind"] for one in seen["history"]]
        assert kinds == ["known_error.scanned", "known_error.published", "problem.workaround_recorded"]
        assert agent.get(f"/known-errors/{published.pk}").json() == seen

    def test_the_list_is_searched_narrowed_and_paged(self, desk: SmallDesk, draft: KnownError, agent: Program) -> None:
        others = []
        for number in range(3):
            with clock.at(clock.now() + timedelta(hours=number // 2)):  # two of them changed at one moment
                more = {**DRAFT, "title": f"Moonbeam {number}"}
                others.append(operations.record_workaround(actor=desk.actor(3), problem_id=draft.problem_id, **more))
        seen, cursor = [], None
        for _ in range(5):
            page = agent.get("/known-errors", limit=1, **({"cursor": cursor} if cursor else {})).json()
            seen += [one["reference"] for one in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == 4
        assert set(seen) == {draft.ref, *(one.ref for one in others)}
        assert seen[0] == others[2].ref
        for ask, many in (({"q": "moonbeam"}, 3), ({"q": draft.ref}, 1), ({"state": "published"}, 0)):
            assert len(agent.get("/known-errors", **ask).json()["items"]) == many, ask

    @pytest.mark.parametrize(
        ("ask", "field"),
        [
            ({"state": "moon"}, "state"),
            ({"limit": 0}, "limit"),
            ({"limit": 101}, "limit"),
            ({"cursor": "x"}, "cursor"),
            ({"cursor": "WzAsICIyMDI2LTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwgMWU5OTld"}, "cursor"),  # an id without end
            ({"page": 2}, "page"),
            ({"q": "x" * 401}, "q"),
        ],
    )
    def test_a_list_that_cannot_be(self, agent: Program, ask: dict[str, object], field: str) -> None:
        answer = agent.get("/known-errors", **ask)
        assert answer.status_code == 422
        assert any(field in name for name in answer.json()["fields"])

    def test_what_fits_a_ticket_with_reasons(
        self, desk: SmallDesk, published: KnownError, agent: Program, requester: Program
    ) -> None:
        other = desk.owned(1, title="My tunnel drops again")
        diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=other.pk)
        (row,) = agent.get(f"/tickets/{other.reference}/known-errors").json()["items"]
        assert (row["reference"], row["answer"], row["lowest_tier"]) == (published.ref, "Switch roaming off.", 1)
        assert "tunnel drops" in row["reasons"][0]
        assert row["score"] == 0.7
        assert requester.get(f"/tickets/{other.reference}/known-errors").status_code == 404
        assert agent.get("/tickets/INC-987654/known-errors").status_code == 404


class TestTrying:
    def test_on_words_a_log_a_ticket_and_a_file(self, desk: SmallDesk, ticket: Ticket, agent: Program) -> None:
        matcher = {
            "any_of": [{"kind": "template", "value": "rekey failed"}, {"kind": "fact", "name": "os", "value": "x"}]
        }
        must = [{"name": "log", "log": "12:00:01 ERROR rekey failed\n"}, {"facts": {"os": "x"}}]
        body = {"matcher": matcher, "examples": {"must": must, "must_not": [{"ticket": ticket.reference}]}}
        told = agent.post("/matchers/try", body).json()["items"]
        assert [(one["name"], one["caught"], one["right"]) for one in told] == [
            ("log", True, True),
            ("examples.must.2", True, True),
            (ticket.reference, False, True),
        ]
        assert told[0]["reasons"] == ["`rekey failed` occurs 1 time"]
        assert not KnownError.objects.exists()

    def test_on_one_file_of_a_ticket_alone(self, desk: SmallDesk, agent: Program) -> None:
        first, second = (desk.owned(1, title=f"Log {n}") for n in range(2))
        files = [evidence(one, prints) for one, prints in ((first, ["f1"]), (first, ["f2"]), (second, ["f1"]))]
        matcher = {"all_of": [{"kind": "fingerprint", "value": "f1"}]}
        caught = [
            agent.post("/matchers/try", {"matcher": matcher, "evidence": one.pk}).json()["items"][0]["caught"]
            for one in files
        ]
        assert caught == [True, False, True]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "Field required"),
            ({"matcher": {}}, "at least one condition"),
            ({"matcher": {"all_of": [{"kind": "moon", "value": "x"}]}}, "a condition is one of"),
            ({"matcher": {"all_of": [{"kind": "template", "value": "<*>"}]}}, "words besides values"),
            ({"matcher": {"all_of": [{"kind": "fact", "value": "x"}]}}, "needs a name"),
            ({"matcher": {"all_of": [{"kind": "text", "value": "x" * 2_001}]}}, "2000 characters"),
            ({"matcher": {"all_of": [{"kind": "text", "value": "vpn", "least": 0}]}}, "greater than or equal to 1"),
            ({"matcher": {"all_of": [{"kind": "text", "value": "vpn"}] * 51}}, "at most 50"),
            ({"matcher": WORDS, "examples": {"must": [{"ticket": "INC-987654"}]}}, "no such ticket"),
            ({"matcher": WORDS, "examples": {"must": [{"ticket": "\x00²"}]}}, "no such ticket"),
            ({"matcher": WORDS, "examples": {"never": []}}, "Extra inputs"),
            ({"matcher": WORDS, "evidence": 0}, "greater than or equal to 1"),
            ({"matcher": {"none_of": []}}, "Extra inputs"),
        ],
    )
    def test_what_is_wrong_is_said_in_words(self, agent: Program, body: object, words: str) -> None:
        answer = agent.post("/matchers/try", body)
        assert answer.status_code == 422
        assert words.lower() in " ".join(answer.json()["fields"].values()).lower()

    def test_a_file_that_is_not_there_is_not_found(self, agent: Program) -> None:
        assert agent.post("/matchers/try", {"matcher": WORDS, "evidence": MISSING}).status_code == 404
        assert agent.post("/matchers/try", {"matcher": WORDS, "evidence": 2**63 - 1}).status_code == 404


class TestWriting:
    def test_from_a_draft_to_in_force_and_out(self, desk: SmallDesk, ticket: Ticket, agent: Program) -> None:
        path, key = f"/tickets/{ticket.reference}/known-errors", {"Idempotency-Key": "once"}
        made = [agent.post(path, DRAFT, headers=key) for _ in range(2)]
        assert [one.status_code for one in made] == [200, 200]
        known = KnownError.objects.get()
        assert made[0].json()["reference"] == known.ref
        assert ProblemTicket.objects.get(ticket=ticket).problem_id == known.problem_id
        answer = agent.post(at(known, "/publish"), {})
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")  # no cause yet
        operations.record_cause(actor=desk.actor(1), problem_id=known.problem_id, cause="Found.")
        assert agent.post(at(known, "/publish"), "").json()["state"] == "published"
        assert Matcher.objects.get(ref=known.ref).active
        changed = agent.patch(at(known), {"matcher": {"all_of": [{"kind": "text", "value": "drops"}]}}).json()
        assert (changed["state"], changed["title"]) == ("draft", "Rekey fails")
        assert not Matcher.objects.get(ref=known.ref).active
        gone = agent.post(at(known, "/withdraw"), {"reason": "5.2 is gone"}).json()
        assert (gone["state"], gone["history"][0]["data"]["reason"]) == ("retired", "5.2 is gone")
        assert agent.post(at(known, "/withdraw"), {}).status_code == 409

    def test_only_what_is_sent_changes(self, published: KnownError, agent: Program) -> None:
        for body in ({}, {"matcher": WORDS}):  # as it stands: it stays in force
            assert agent.patch(at(published), body).json()["state"] == "published"
        seen = agent.patch(at(published), {"lowest_tier": 2, "review_on": "2027-03-31"}).json()
        assert (seen["lowest_tier"], seen["review_on"], seen["state"]) == (2, "2027-03-31", "published")
        assert seen["history"][0]["data"]["fields"] == ["lowest_tier", "review_on"]
        assert agent.patch(at(published), {"review_on": None}).json()["review_on"] is None

    def test_examples_that_fail_are_listed(self, desk: SmallDesk, draft: KnownError, agent: Program) -> None:
        operations.record_cause(actor=desk.actor(1), problem_id=draft.problem_id, cause="Found.")
        agent.patch(at(draft), {"examples": {"must": [{"name": "other", "text": "printer"}]}})
        answer = agent.post(at(draft, "/publish"), {})
        assert (answer.status_code, answer.json()["code"]) == (409, "fixtures_failed")
        assert answer.json()["failures"] == ["it does not catch “other”"]

    @pytest.mark.parametrize(
        "body",
        [
            {"title": ""},
            {"title": "x" * 201},
            {"lowest_tier": 5},
            {"audience": "all"},
            {"review_on": "soon"},
            {"status": "published"},
            {"matcher": {"all_of": [{"kind": "moon", "value": "x"}]}},
            {"matcher": None},
            {"affected_versions": ["x"] * 101},
            {"examples": {"must": [{"ticket": "see there"}]}},
            [],
        ],
    )
    def test_what_cannot_be_taken_changes_nothing(self, draft: KnownError, agent: Program, body: object) -> None:
        before = KnownError.objects.values().get()
        assert agent.patch(at(draft), body).status_code == 422
        if isinstance(body, dict):
            ticket = draft.problem.links.get().ticket
            assert agent.post(f"/tickets/{ticket.reference}/known-errors", {**DRAFT, **body}).status_code == 422
        assert KnownError.objects.values().get() == before

    def test_odd_signs_are_taken_out_and_not_stored(self, draft: KnownError, agent: Program) -> None:
        matcher = {"any_of": [{"kind": "text", "value": "a\x00bc"}]}
        body = {"title": "\x00Rekey\x07", "matcher": matcher, "examples": {"must": [{"log": "x\x00y", "text": "\x00"}]}}
        seen = agent.patch(at(draft), body).json()
        assert (seen["title"], seen["matcher"]["any_of"][0]["value"]) == ("Rekey", "abc")
        assert seen["examples"]["must"][0]["log"] == "xy"


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.REQUESTER, Role.OBSERVER])
    def test_without_the_right_it_is_not_there(
        self, desk: SmallDesk, published: KnownError, ticket: Ticket, role: Role
    ) -> None:
        person = people.create_person(actor=SETUP, email="otto@x.example", name="Otto", roles=[role])
        program, gone = program_of(person), KnownError(pk=MISSING)
        calls = [
            program.post("/matchers/try", {"matcher": WORDS}),
            program.post(f"/tickets/{ticket.reference}/known-errors", DRAFT),
            program.patch(at(published), {"title": "Mine"}),
            program.post(at(published, "/publish"), {}),
            program.post(at(published, "/withdraw"), {}),
        ]
        assert [one.status_code for one in calls] == [404] * 5
        if role == Role.REQUESTER:
            KnownError.objects.update(audience="requester")  # the portal shows it, this door does not
            assert program.get("/known-errors").status_code == 404
            told = [without_instance(program.get(at(one)).content) for one in (published, gone)]
            assert told[0] == told[1]
        else:
            assert program.get(at(published)).status_code == 200
        assert KnownError.objects.get().title == "Rekey fails"

    def test_what_is_on_a_desk_of_others_is_not_there(self, desk: SmallDesk, draft: KnownError, agent: Program) -> None:
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        type(draft.problem).objects.filter(pk=draft.problem_id).update(desk=hr)
        secret = Ticket.objects.get(pk=draft.problem.links.get().ticket_id)
        Ticket.objects.filter(pk=secret.pk).update(desk=hr, group=None, assignee=None)
        file = evidence(secret, ["f1"])
        assert agent.get("/known-errors").json()["items"] == []
        for verb, body in (("", None), ("/publish", {}), ("/withdraw", {})):
            answers = [
                agent.get(at(one)) if body is None else agent.post(at(one, verb), body)
                for one in (draft, KnownError(pk=MISSING))
            ]
            assert [one.status_code for one in answers] == [404, 404]
            assert len({str(without_instance(one.content)) for one in answers}) == 1
        tried = [
            agent.post("/matchers/try", {"matcher": WORDS, **what})
            for what in ({"evidence": file.pk}, {"examples": {"must": [{"ticket": secret.reference}]}})
        ]
        assert [one.status_code for one in tried] == [404, 422]

    def test_a_hidden_example_shows_no_ticket_and_stays(
        self, desk: SmallDesk, draft: KnownError, ticket: Ticket, agent: Program
    ) -> None:
        hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
        Ticket.objects.filter(pk=ticket.pk).update(desk=hr, group=None, assignee=None)
        assert agent.get(at(draft)).json()["examples"]["must"] == [{"ticket": None, "name": "a ticket"}]
        agent.patch(at(draft), {"examples": {"must": [{"name": "words", "text": "tunnel drops"}]}})
        draft.refresh_from_db()
        assert [one.get("ticket") for one in draft.fixtures["must"]] == [None, ticket.pk]


class TestTools:
    def test_they_find_read_and_match(self, desk: SmallDesk, published: KnownError, agent: Program) -> None:
        jobs.drain()
        (row,) = agent.tool("search_known_errors", query="tunnel")["structuredContent"]["known_errors"]
        assert (row["reference"], row["state"], row["not_in_force"]) == (published.ref, "published", "")
        assert agent.tool("search_known_errors", state="draft")["structuredContent"] == {"known_errors": []}
        seen = agent.tool("get_known_error", known_error=published.ref)["structuredContent"]
        assert (seen["workaround"], seen["past"]["caught"]) == ("Switch roaming off.", 1)
        assert seen["open"].endswith(f"/console/known/{published.pk}")
        other = desk.owned(1, title="My tunnel drops again")
        diagnosis.examine_ticket(actor=Actor.machine("diagnosis"), ticket_id=other.pk)
        (fits,) = agent.tool("match_known_errors", ticket=other.reference)["structuredContent"]["known_errors"]
        assert (fits["reference"], len(fits["reasons"])) == (published.ref, 1)

    @pytest.mark.parametrize(
        ("tool", "given"),
        [
            ("get_known_error", {"known_error": "KE-987654"}),
            ("get_known_error", {"known_error": "²"}),
            ("get_known_error", {}),
            ("match_known_errors", {"ticket": "nonsense"}),
            ("match_known_errors", {"ticket": "INC-987654"}),
            ("search_known_errors", {"state": "moon"}),
            ("search_known_errors", {"limit": 51}),
        ],
    )
    def test_what_cannot_be_asked_is_an_error_to_put_right(
        self, agent: Program, tool: str, given: dict[str, object]
    ) -> None:
        assert agent.tool(tool, **given)["isError"]

    def test_no_tool_writes_one(self, agent: Program) -> None:
        listed = agent.rpc("tools/list").json()["result"]["tools"]
        known = [one for one in listed if "known_error" in one["name"]]
        assert len(known) == 3
        assert all(one["annotations"]["readOnlyHint"] for one in known)


def test_a_matcher_that_is_refused_today_says_so(published: KnownError, agent: Program) -> None:
    Matcher.objects.filter(ref=published.ref).update(rule={"all_of": [{"kind": "moon", "value": "x"}]})
    for seen in (agent.get(at(published)).json(), agent.get("/known-errors").json()["items"][0]):
        assert "a condition is one of" in seen["not_in_force"]
    (row,) = agent.tool("search_known_errors")["structuredContent"]["known_errors"]
    assert "a condition is one of" in row["not_in_force"]


def evidence(ticket: Ticket, prints: list[str]) -> Evidence:
    """A file that was read and showed stack traces with these fingerprints."""
    return add_log(ticket, fingerprints=prints)
