"""Reading through the API: what one may see, a page at a time, and nothing of what one may not."""

from datetime import timedelta

import pytest

from tests.support.api import Program, program_of, without_instance
from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel import clock
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Ticket
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.models import Article

pytestmark = pytest.mark.django_db

MISSING = 999_999_999


def article(*, audience: str, title: str = "The tunnel drops every ten minutes") -> Article:
    made = knowledge.create(
        actor=SETUP,
        title=title,
        issue="The VPN drops and comes back.",
        resolution="Set the keep-alive to 30 seconds.",
        cause="A fault in the session timer.",
    )
    return knowledge.publish(actor=SETUP, article_id=made.pk, audience=audience)


def stranger() -> Program:
    person = people.create_person(actor=SETUP, email="otto@elsewhere.example", name="Otto", roles=[Role.REQUESTER])
    return program_of(person)


# --- who one is


def test_without_a_token_there_is_nothing_but_the_way_to_ask() -> None:
    answer = Program("").get("/me")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="tierline"'
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthorized"


@pytest.mark.parametrize("header", ["Basic eDp5", "Bearer", "Bearer ", "Bearer wrong", "wrong"])
def test_another_kind_of_authorization_is_none(desk: SmallDesk, header: str) -> None:
    nobody, other = Program(""), Program("")
    answer = other.get("/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert without_instance(answer.content) == without_instance(nobody.get("/me").content)


def test_a_session_is_no_token(desk: SmallDesk) -> None:
    program = Program("")
    program.client.force_login(desk.agents[1])
    assert program.get("/me").status_code == 401


def test_me_is_the_tokens_person(desk: SmallDesk, agent: Program) -> None:
    answer = agent.get("/me")
    assert answer.status_code == 200
    assert answer.json() == {
        "id": desk.agents[1].pk,
        "name": "Agent 1",
        "email": "agent1@desk.example",
        "roles": ["agent"],
        "organisation": None,
        "locale": "en",
        "timezone": "UTC",
        "groups": ["tier-1"],
    }


def test_groups_are_for_those_who_work_here(agent: Program, requester: Program) -> None:
    rows = agent.get("/groups").json()["items"]
    assert [(row["key"], row["tier"]) for row in rows] == [("tier-1", 1), ("tier-2", 2), ("tier-3", 3)]
    assert requester.get("/groups").status_code == 404


# --- one ticket


def test_a_ticket_by_reference_and_by_number(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned(facts={"version": "4.2"})
    by_name = agent.get(f"/tickets/{ticket.reference}")
    assert by_name.status_code == 200
    assert by_name.json() == agent.get(f"/tickets/{ticket.pk}").json()
    body = by_name.json()
    assert (body["title"], body["status"], body["requester"]) == ("VPN drops", "open", "Ines Okafor")
    assert body["work"]["facts"] == {"version": "4.2"}
    assert (body["work"]["group"], body["work"]["assignee"]) == ("Frontline", "Agent 1")
    assert by_name["ETag"] == f'"{body["version"]}"'
    assert by_name["Cache-Control"] == "private, no-cache"


def test_a_requester_sees_their_ticket_without_the_desks_side(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned(facts={"version": "4.2"})
    tickets.resolve(actor=desk.actor(1), ticket_id=ticket.pk, resolution="the secret cause", text="It is fixed.")
    answer = requester.get(f"/tickets/{ticket.reference}")
    assert answer.status_code == 200
    assert answer.json()["work"] is None
    assert b"secret" not in answer.content
    assert b"Frontline" not in answer.content


def test_an_unchanged_ticket_costs_no_body(desk: SmallDesk, agent: Program) -> None:
    ticket = desk.owned()
    etag = agent.get(f"/tickets/{ticket.pk}")["ETag"]
    for known in (etag, f'"1", {etag}', f"W/{etag}", "*"):
        again = agent.get(f"/tickets/{ticket.pk}", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Something new.")
    assert agent.get(f"/tickets/{ticket.pk}", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("path", ["", "/messages", "/timeline"])
def test_a_denied_ticket_answers_like_a_missing_one(desk: SmallDesk, path: str) -> None:
    ticket, other = desk.owned(), stranger()
    denied = other.get(f"/tickets/{ticket.pk}{path}")
    missing = other.get(f"/tickets/{MISSING}{path}")
    assert denied.status_code == missing.status_code == 404
    assert without_instance(denied.content) == without_instance(missing.content)
    headers = [{k: v for k, v in answer.items() if not k.startswith("RateLimit")} for answer in (denied, missing)]
    assert headers[0].keys() == headers[1].keys()
    assert len(denied.content) == len(missing.content)


def test_the_tickets_of_a_confidential_desk_are_missing_for_other_agents(desk: SmallDesk, agent: Program) -> None:
    hr = people.create_desk(actor=SETUP, key="hr", name="HR", kind="hr", confidential=True)
    ticket = desk.ticket("My contract", "Please look at it.", desk=hr)
    assert agent.get(f"/tickets/{ticket.pk}").status_code == 404
    found = agent.get("/search", q="contract").json()
    assert found == {"tickets": [], "articles": []}
    assert ticket.pk not in [row["id"] for row in agent.get("/tickets", view="all").json()["items"]]


@pytest.mark.parametrize("reference", ["INC-", "none", "INC-99999999999999", "-1", "1e5", "٣", "INC-1%00"])
def test_a_reference_that_is_none_is_missing(agent: Program, reference: str) -> None:
    assert agent.get(f"/tickets/{reference}").status_code == 404


@pytest.mark.parametrize("path", ["/", "/nothing", "/tickets/", "/me/x", "/docs"])
def test_any_other_address_is_missing_too(agent: Program, path: str) -> None:
    answer = agent.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert Program("").get(path).status_code == 401


# --- lists


def opened(desk: SmallDesk, count: int) -> list[Ticket]:
    start, made = clock.now() - timedelta(days=1), []
    for minute in range(count):
        with clock.at(start + timedelta(minutes=minute)):
            made.append(desk.owned(title=f"Ticket {minute}"))
    return made


def walk(program: Program, path: str, **query: object) -> list[int | str]:
    """Every item's id or seq, page by page."""
    found: list[int | str] = []
    while True:
        answer = program.get(path, **query)
        assert answer.status_code == 200, answer.content
        body = answer.json()
        found += [item.get("id", item.get("seq")) for item in body["items"]]
        if body["next"] is None:
            return found
        query["cursor"] = body["next"]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_the_queue_hold_each_ticket_once(desk: SmallDesk, agent: Program, limit: int) -> None:
    made = opened(desk, 7)
    assert walk(agent, "/tickets", view="group", limit=limit) == [ticket.pk for ticket in made]


def test_the_queue_is_narrowed_by_names(desk: SmallDesk, agent: Program) -> None:
    mine, other = desk.owned(1), desk.owned(2)
    asked = desk.ticket("For the VPN", service=desk.service)
    assert walk(agent, "/tickets", view="all", group="tier-2") == [other.pk]
    assert walk(agent, "/tickets", view="all", service="vpn") == [asked.pk]
    assert walk(agent, "/tickets", view="all", tier=1) == [mine.pk]
    assert walk(agent, "/tickets", view="mine") == [mine.pk]
    assert walk(agent, "/tickets", view="all", priority=1) == []
    assert walk(agent, "/tickets") == [mine.pk]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"view": "everything"}, "view"),
        ({"priorty": 1}, "priorty"),
        ({"priority": 6}, "priority"),
        ({"tier": -1}, "tier"),
        ({"group": "nobody"}, "group"),
        ({"group": "a b"}, "group"),
        ({"view": "own", "priority": 1}, "priority"),
        ({"service": "none"}, "service"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WzEsICIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgMV0"}, "cursor"),  # a time without a zone
        ({"cursor": "x" * 500}, "cursor"),
    ],
)
def test_a_filter_that_is_none_is_refused_by_name(agent: Program, query: dict[str, object], field: str) -> None:
    answer = agent.get("/tickets", **query)
    assert answer.status_code == 422
    assert list(answer.json()["fields"]) == [field]


def test_a_requester_lists_what_they_asked_for_and_no_queue(desk: SmallDesk, requester: Program) -> None:
    ticket = desk.owned()
    assert walk(requester, "/tickets") == walk(requester, "/tickets", view="own") == [ticket.pk]
    more = [desk.ticket(title=f"Request {number}").pk for number in range(3)]
    assert walk(requester, "/tickets", limit=2) == [*reversed(more), ticket.pk]
    assert walk(stranger(), "/tickets") == []
    assert requester.get("/tickets", view="all").status_code == 404


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_timeline_in_pages_is_the_timeline(desk: SmallDesk, agent: Program, limit: int) -> None:
    ticket = desk.owned()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="We look at it.")
    ticket.refresh_from_db()
    assert walk(agent, f"/tickets/{ticket.pk}/timeline", limit=limit) == list(range(1, ticket.version + 1))


def test_a_requester_reads_what_is_addressed_to_them(desk: SmallDesk, agent: Program, requester: Program) -> None:
    ticket = desk.owned()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="We look at it.")
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="The customer is nervous.")
    mine = requester.get(f"/tickets/{ticket.pk}/messages").json()["items"]
    assert [one["text"] for one in mine] == ["It drops every ten minutes.", "We look at it."]
    theirs = agent.get(f"/tickets/{ticket.pk}/messages").json()["items"]
    assert [one["audience"] for one in theirs] == ["requester", "requester", "internal"]
    entries = requester.get(f"/tickets/{ticket.pk}/timeline").json()["items"]
    assert {entry["audience"] for entry in entries} == {"requester"}
    assert {entry["data"] for entry in entries} == {None}
    seen = agent.get(f"/tickets/{ticket.pk}/timeline").json()["items"]
    assert seen[0]["kind"] == "ticket.opened"
    assert seen[0]["data"]["title"] == "VPN drops"


def test_messages_come_in_pages_with_their_files(desk: SmallDesk, agent: Program) -> None:
    file = tickets.NewAttachment(name="vpn.log", content_type="text/plain", content=b"lost")
    ticket = desk.ticket(attachments=[file])
    for number in range(3):
        tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text=f"Note {number}")
    first = agent.get(f"/tickets/{ticket.pk}/messages", limit=1).json()
    assert [(f["name"], f["size"], f["content_type"]) for f in first["items"][0]["attachments"]] == [
        ("vpn.log", 4, "text/plain")
    ]
    assert len(walk(agent, f"/tickets/{ticket.pk}/messages", limit=1)) == 4


# --- knowledge


def test_articles_are_found_as_far_as_one_may_read_them(agent: Program, requester: Program) -> None:
    public, internal = article(audience="requester"), article(audience="internal", title="The tunnel, for colleagues")
    assert {one["reference"] for one in agent.get("/articles", q="tunnel").json()["items"]} == {
        public.reference,
        internal.reference,
    }
    mine = requester.get("/articles", q="tunnel").json()["items"]
    assert [one["reference"] for one in mine] == [public.reference]
    assert "keep-alive" in mine[0]["snippet"] or "VPN" in mine[0]["snippet"]
    denied, missing = requester.get(f"/articles/{internal.pk}"), requester.get(f"/articles/{MISSING}")
    assert denied.status_code == missing.status_code == 404
    assert without_instance(denied.content) == without_instance(missing.content)


def test_the_cause_is_for_colleagues(agent: Program, requester: Program) -> None:
    public = article(audience="requester")
    assert agent.get(f"/articles/{public.reference}").json()["cause"] == "A fault in the session timer."
    mine = requester.get(f"/articles/{public.reference}").json()
    assert (mine["cause"], mine["resolution"]) == (None, "Set the keep-alive to 30 seconds.")
    assert requester.get("/articles/KB-x").status_code == 404


def test_search_finds_tickets_and_articles(desk: SmallDesk, agent: Program, requester: Program) -> None:
    ticket, public = desk.owned(), article(audience="requester")
    tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Possibly the firmware.")
    found = agent.get("/search", q="drops").json()
    assert [row["reference"] for row in found["tickets"]] == [ticket.reference]
    assert [one["reference"] for one in found["articles"]] == [public.reference]
    assert agent.get("/search", q=ticket.reference).json()["tickets"][0]["id"] == ticket.pk
    assert agent.get("/search", q="firmware").json()["tickets"] != []
    assert requester.get("/search", q="firmware").json()["tickets"] == []
    assert requester.get("/search", q="drops").json()["tickets"][0]["work"] is None
    assert stranger().get("/search", q=ticket.reference).json()["tickets"] == []


def test_a_search_needs_words(agent: Program) -> None:
    assert agent.get("/search").status_code == 422
    assert agent.get("/search", q="").json() == {"tickets": [], "articles": []}
    assert agent.get("/search", q="\x00\x07").json() == {"tickets": [], "articles": []}


# --- how often


def test_a_token_has_its_share_of_a_minute(agent: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    from tierline.doors.api import bearer

    monkeypatch.setattr(bearer.EACH_MINUTE, "limit", 2)
    with clock.at(clock.now().replace(second=20) + timedelta(days=1)):
        first, second, third = (agent.get("/me") for _ in range(3))
    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
    assert first["RateLimit-Policy"] == '"token";q=2;w=60'
    assert [answer["RateLimit"] for answer in (first, second, third)] == [
        '"token";r=1;t=40',
        '"token";r=0;t=40',
        '"token";r=0;t=40',
    ]
    assert third["Retry-After"] == "40"
    assert third.json()["code"] == "too_many_requests"
