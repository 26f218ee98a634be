"""Slack and Teams at the real addresses, with a real server on the other side for the answers."""

import base64
import json
import urllib.parse
from typing import Any

import pytest
from django.test import Client

from tests.support.console import text_of
from tests.support.desk import SETUP, SmallDesk, small_desk
from tests.support.held import held
from tests.support.own_door import URL, loop
from tests.support.web_server import web_server
from tests.support.web_world import signed_in
from tierline.core.kernel import clock, jobs, sealing, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, Refused
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import Channel, ChannelContext
from tierline.core.timeline.models import TimelineEntry
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.work.intake.models import OutboundMessage
from tierline.work.messengers import operations
from tierline.work.messengers.errors import NotTakenYet
from tierline.work.messengers.models import Heard, Post, Thread, Workspace
from tierline.work.messengers.rules import slack_signature, teams_signature

pytestmark = pytest.mark.django_db
desk = held(small_desk)
TOKEN = base64.b64encode(b"a key of 32 bytes, as Teams has.").decode()
MACHINE = Actor.machine("messengers")


def slack_of(desk: SmallDesk, api: str = "http://127.0.0.1:9") -> Workspace:
    given = {"name": "Example Slack", "network": "slack", "desk_id": desk.desk.pk, "secret": "shh"}
    return operations.add_workspace(actor=SETUP, access="xoxb-1", api=api, **given)


def teams_of(desk: SmallDesk, access: str = "") -> Workspace:
    given = {"name": "Example Teams", "network": "teams", "desk_id": desk.desk.pk, "secret": TOKEN}
    return operations.add_workspace(actor=SETUP, access=access, **given)


def slack(workspace: Workspace, body: dict[str, Any], *, secret: str = "shh", late: int = 0) -> Any:
    content = json.dumps(body).encode()
    stamp = str(int(clock.now().timestamp()) - late)
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": slack_signature(content, secret=secret, timestamp=stamp),
    }
    return Client().post(f"/hooks/slack/{workspace.key}", content, content_type="application/json", headers=headers)


def said(text: str = "The VPN drops", ts: str = "1.1", **more: str) -> dict[str, Any]:
    event = {"type": "message", "channel": "C1", "user": "U1", "text": text, "ts": ts} | more
    return {"type": "event_callback", "event": event}


def teams(
    workspace: Workspace, text: str = "<at>Desk</at> The VPN drops", *, number: str = "1", key: str = TOKEN
) -> Any:
    body = {
        "type": "message",
        "id": number,
        "text": text,
        "from": {"name": "Ines Okafor", "aadObjectId": "0c4f-11"},
        "conversation": {"id": "19:abc@thread.skype;messageid=7"},
    }
    content = json.dumps(body).encode()
    headers = {"Authorization": teams_signature(content, secret=key)}
    return Client().post(f"/hooks/teams/{workspace.key}", content, content_type="application/json", headers=headers)


# --- what comes in ---


def test_slack_asks_whether_the_address_is_ours(desk: SmallDesk) -> None:
    answer = slack(
        slack_of(desk),
        {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"},
    )
    assert answer.json() == {"challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}


def test_a_thread_is_a_ticket_and_goes_on(desk: SmallDesk) -> None:
    workspace = slack_of(desk)
    reference = slack(workspace, said()).json()["ticket"]
    assert slack(workspace, said("Since Monday", "1.2", thread_ts="1.1", user="U2")).json()["ticket"] == reference
    ticket = Ticket.objects.get()
    assert (ticket.channel, ticket.title, ticket.desk) == ("slack", "The VPN drops", desk.desk)
    assert [one.text for one in Message.objects.filter(ticket=ticket).order_by("pk")] == [
        "The VPN drops",
        "Since Monday",
    ]
    assert TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="messenger.thread_joined").count() == 1
    assert slack(workspace, said("Another", "2.1")).json()["ticket"] != reference


def test_retries_and_the_mention_of_the_same_message_change_nothing(desk: SmallDesk) -> None:
    workspace = slack_of(desk)
    for body in (said(), said(), said(type="app_mention")):
        assert slack(workspace, body).status_code == 200
    assert Message.objects.count() == 1


def test_bots_edits_and_empty_words_open_nothing(desk: SmallDesk) -> None:
    workspace = slack_of(desk)
    for body in (said(bot_id="B1"), said(subtype="message_changed"), said("<@U9>", "5.1")):
        assert slack(workspace, body).status_code == 200
    assert not Ticket.objects.exists()


def test_teams_is_answered_at_once_with_the_reference(desk: SmallDesk) -> None:
    workspace = teams_of(desk)
    first = teams(workspace).json()
    ticket = Ticket.objects.get()
    assert first == {"type": "message", "text": f"{ticket.reference}: it is in good hands."}
    assert ticket.requester.name == "Ines Okafor"
    assert "Write what is wrong" in teams(workspace).json()["text"]  # the same one again
    teams(workspace, "<at>Desk</at> Still", number="2")
    assert Message.objects.filter(ticket=ticket).count() == 2


@pytest.mark.parametrize("wrong", [{"secret": "other"}, {"late": 301}, {"late": -301}])
def test_who_is_not_slack_gets_nothing_in(desk: SmallDesk, wrong: dict[str, Any]) -> None:
    answer = slack(slack_of(desk), said(), **wrong)
    assert answer.status_code == 401
    assert not Heard.objects.exists()


def test_who_is_not_teams_gets_nothing_in(desk: SmallDesk) -> None:
    workspace = teams_of(desk)
    assert teams(workspace, key=base64.b64encode(b"other").decode()).status_code == 401
    assert Client().post(f"/hooks/teams/{workspace.key}", b"{}", content_type="application/json").status_code == 401
    assert Client().post(f"/hooks/slack/{workspace.key}", b"{}", content_type="application/json").status_code == 404


def test_what_cannot_be_read_is_refused_and_kept_for_the_page(desk: SmallDesk) -> None:
    workspace = slack_of(desk)
    assert slack(workspace, {"type": "event_callback"}).status_code == 422
    workspace.refresh_from_db()
    assert workspace.refusal == "There is no `event`."


# --- what goes out ---


def answered(desk: SmallDesk, workspace: Workspace, text: str = "Try <this> & that.") -> Ticket:
    slack(workspace, said())
    ticket = Ticket.objects.get()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text=text)
    return ticket


def test_an_answer_goes_back_into_the_thread_and_not_by_mail(desk: SmallDesk) -> None:
    with web_server(200, b'{"ok": true, "ts": "1.3"}') as (port, seen):
        ticket = answered(desk, slack_of(desk, f"http://127.0.0.1:{port}"))
        jobs.drain()
    path, _, form = seen[-1].partition(" ")
    sent = dict(urllib.parse.parse_qsl(form))
    assert path == "/chat.postMessage"
    assert sent == {
        "token": "xoxb-1",
        "channel": "C1",
        "text": "Try &lt;this&gt; &amp; that.",
        "thread_ts": "1.1",
        "unfurl_links": "false",
    }
    assert Post.objects.filter(message__ticket=ticket, state="sent").exists()
    assert not OutboundMessage.objects.exists()


def test_an_answer_is_sent_once_and_a_note_never(desk: SmallDesk) -> None:
    with web_server(200, b'{"ok": true}') as (port, seen):
        ticket = answered(desk, slack_of(desk, f"http://127.0.0.1:{port}"))
        tickets.add_note(actor=desk.actor(1), ticket_id=ticket.pk, text="Among colleagues.")
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.replied")
        post = operations.queue_post(actor=MACHINE, entry_id=entry.pk)
        assert post is not None
        for _ in range(2):
            operations.send(actor=MACHINE, post_id=post.pk)
        assert operations.queue_post(actor=MACHINE, entry_id=entry.pk) == post
    assert len(seen) == 1
    assert not any("colleagues" in one for one in seen)


@pytest.mark.parametrize(
    ("status", "body", "again"),
    [
        (200, b'{"ok": false, "error": "channel_not_found"}', False),
        (200, b'{"ok": false, "error": "internal_error"}', True),
        (200, b"<html>", True),
        (429, b"{}", True),
        (503, b"{}", True),
    ],
)
def test_what_slack_refuses_for_good_is_told_and_the_rest_is_tried_again(
    desk: SmallDesk, status: int, body: bytes, again: bool
) -> None:
    with web_server(status, body) as (port, _seen):
        ticket = answered(desk, slack_of(desk, f"http://127.0.0.1:{port}"))
        entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.replied")
        post = operations.queue_post(actor=MACHINE, entry_id=entry.pk)
        assert post is not None
        if again:
            with pytest.raises(NotTakenYet):
                operations.send(actor=MACHINE, post_id=post.pk)
        else:
            assert operations.send(actor=MACHINE, post_id=post.pk).state == "failed"
    told = TimelineEntry.objects.of("ticket", ticket.pk).filter(kind="messenger.post_failed")
    assert told.exists() is not again
    post.refresh_from_db()
    assert (post.attempts, bool(post.last_error)) == (1, True)


def test_teams_without_a_workflow_tells_that_the_answer_did_not_get_there(desk: SmallDesk) -> None:
    workspace = teams_of(desk)
    teams(workspace)
    ticket = Ticket.objects.get()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Reboot it.")
    entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.replied")
    post = operations.queue_post(actor=MACHINE, entry_id=entry.pk)
    assert post is not None
    assert operations.send(actor=MACHINE, post_id=post.pk).state == "failed"
    shown = text_of(signed_in(desk.agents[1]).get(f"/console/tickets/{ticket.reference}"))
    assert "The answer did not get into Microsoft Teams." in shown


@pytest.mark.parametrize(("status", "state"), [(202, "sent"), (404, "failed")])
def test_an_answer_goes_into_teams_as_a_card(desk: SmallDesk, status: int, state: str) -> None:
    from tierline.core.kernel import sealing

    with web_server(status, b"") as (port, seen):
        workspace = teams_of(desk)
        local = sealing.seal(f"http://127.0.0.1:{port}/workflow", purpose=Workspace.purpose)
        Workspace.objects.update(access=local)
        teams(workspace)
        ticket = Ticket.objects.get()
        tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Reboot it.")
        jobs.drain()
    card = json.loads(seen[0].partition(" ")[2])["attachments"][0]["content"]
    assert card["body"][0]["text"] == ticket.reference
    assert Post.objects.earliest("pk").state == state


def test_a_ticket_of_no_thread_posts_nothing(desk: SmallDesk) -> None:
    ticket = desk.ticket()
    tickets.reply(actor=desk.actor(1), ticket_id=ticket.pk, text="Hello.")
    entry = TimelineEntry.objects.of("ticket", ticket.pk).get(kind="ticket.replied")
    assert operations.queue_post(actor=MACHINE, entry_id=entry.pk) is None


# --- set-up ---


def test_both_are_channels_among_the_plug_ins() -> None:
    for key in ("slack", "teams"):
        channel = registry.get("channels", key)
        assert isinstance(channel, Channel)
        assert list(channel.receive(ChannelContext())) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"network": "irc"}, "network"),
        ({"secret": " "}, "secret"),
        ({"network": "teams", "secret": "no base64!"}, "secret"),
        ({"network": "teams", "secret": TOKEN, "access": "http://x.example"}, "access"),
        ({"desk_id": 0}, "desk"),
    ],
)
def test_faults_stand_at_their_fields(desk: SmallDesk, change: dict[str, Any], field: str) -> None:
    given = {"name": "Slack", "network": "slack", "desk_id": desk.desk.pk, "secret": "shh"}
    with pytest.raises(Invalid) as refused:
        operations.add_workspace(actor=SETUP, **(given | change))
    assert list(refused.value.fields) == [field]
    with pytest.raises(NotFound):
        operations.add_workspace(actor=desk.actor(1), **given)


def test_a_workspace_is_added_on_its_page_and_its_secrets_are_never_shown(desk: SmallDesk) -> None:
    admin = signed_in(desk.administrator)
    typed = {"name": "Example", "desk": desk.desk.pk, "network": "slack", "secret": "signing-1", "access": "xoxb-2"}
    form = {f"messengers-{name}": value for name, value in typed.items()}
    shown = admin.post("/setup/doors/messengers/new", form, follow=True)
    workspace = Workspace.objects.get()
    assert f"/hooks/slack/{workspace.key}" in text_of(shown)
    assert workspace.api == "https://slack.com/api"
    for secret in ("signing-1", "xoxb-2"):
        assert secret not in shown.content.decode()
        assert secret not in workspace.secret + workspace.access
    assert "is removed" in text_of(admin.post(f"/setup/doors/messengers/{workspace.pk}/remove", follow=True))


def test_what_was_heard_is_forgotten_after_a_week_and_threads_stay(desk: SmallDesk) -> None:
    from datetime import timedelta

    slack(slack_of(desk), said())
    assert operations.forget_old(actor=MACHINE) == 0
    with clock.at(clock.now() + timedelta(days=8)):
        assert operations.forget_old(actor=MACHINE) == 1
    assert Thread.objects.count() == 1


def tried(workspace: Workspace) -> list[tuple[str, str, str]]:
    told = trials.take(operations.TRIAL, workspace.pk)
    return [(step["name"], step["state"], f"{step['words']} {step['todo']}".strip()) for step in told]


SCOPED = {"X_OAuth_Scopes": "chat:write,channels:history"}


@pytest.mark.parametrize(
    ("body", "headers", "state", "words"),
    [
        (b'{"ok": true, "user": "tierline", "team": "Nordlicht"}', SCOPED, "good", "The bot is tierline in Nordlicht."),
        (b'{"ok": true, "user": "tierline", "team": "Nordlicht"}', {}, "good", "tierline"),
        (b'{"ok": true}', {"X_OAuth_Scopes": "channels:history"}, "bad", "it lacks the scope chat:write"),
        (b'{"ok": false, "error": "invalid_auth"}', {}, "bad", "Slack does not know the bot token. Copy the bot token"),
        (b'{"ok": false, "error": "odd_thing"}', {}, "bad", "Slack says: odd_thing."),
        (b"<html>", {}, "bad", "nothing that Slack would say. Check the address of Slack's API."),
    ],
)
def test_slack_is_tried_both_ways(
    desk: SmallDesk,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    body: bytes,
    headers: dict[str, str],
    state: str,
    words: str,
) -> None:
    settings.TIERLINE_URL = URL
    loop(monkeypatch)
    with web_server(200, body, **headers) as (port, seen):
        steps = tried(slack_of(desk, f"http://127.0.0.1:{port}"))
    assert [step[:2] for step in steps] == [
        ("home", "good"),
        ("refuses", "good"),
        ("admits", "good"),
        ("sign-in", state),
    ]
    assert words in steps[-1][2]
    assert seen == ["/auth.test token=xoxb-1"]
    assert not Ticket.objects.exists()


def test_a_desk_that_slack_cannot_call_is_told(desk: SmallDesk, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.TIERLINE_URL = "http://desk.example"
    workspace = slack_of(desk, "https://slack.com/api")
    steps = dict(operations.trial_steps(workspace.pk))
    assert list(steps) == ["home", "refuses", "admits", "sign-in", "outside"]
    with pytest.raises(Refused, match="Slack calls https alone"):
        steps["outside"]()


@pytest.mark.parametrize(
    ("status", "access", "words"),
    [
        (202, True, "A card was posted"),
        (404, True, "Teams answers 404. Copy the address of the workflow"),
        (202, False, "workflow is missing. Put it in below."),
    ],
)
def test_teams_is_tried_both_ways(
    desk: SmallDesk, monkeypatch: pytest.MonkeyPatch, settings: Any, status: int, access: bool, words: str
) -> None:
    settings.TIERLINE_URL = URL
    loop(monkeypatch)
    workspace = teams_of(desk)
    with web_server(status, b"") as (port, seen):
        if access:
            where = sealing.seal(f"http://127.0.0.1:{port}/flow", purpose=Workspace.purpose)
            Workspace.objects.filter(pk=workspace.pk).update(access=where)
        steps = tried(workspace)
    assert [name for name, _state, _words in steps][:4] == ["home", "refuses", "admits", "answers"]
    assert words in steps[3][2]
    assert len(seen) == access
    assert not Ticket.objects.exists()


def test_a_wrong_secret_is_found_by_the_network_alone_but_a_changed_one_is_tried_at_once(desk: SmallDesk) -> None:
    workspace, admin = slack_of(desk), signed_in(desk.administrator)
    here = f"/setup/doors/messengers/{workspace.pk}"
    assert slack(workspace, said(), secret="new").status_code == 401
    shown = admin.post(f"{here}/change", {"secret": "new", "access": ""}, follow=True)
    assert "It is being tried" in text_of(shown)
    assert slack(workspace, said(), secret="new").status_code == 200
    workspace.refresh_from_db()
    assert sealing.unseal(workspace.access, purpose=Workspace.purpose) == "xoxb-1"
    assert "tried" in text_of(admin.get(f"{here}/state", headers={"HX-Request": "true"}))


def test_a_change_is_checked_like_the_first_word(desk: SmallDesk) -> None:
    workspace, admin = teams_of(desk), signed_in(desk.administrator)
    refused = admin.post(f"/setup/doors/messengers/{workspace.pk}/change", {"access": "http://plain.example"})
    assert refused.status_code == 422
    assert "begins with https://" in text_of(refused)
    with pytest.raises(NotFound):
        operations.change_workspace(actor=SETUP, workspace_id=0, secret="x")
    with pytest.raises(NotFound):
        operations.change_workspace(actor=desk.actor(1), workspace_id=workspace.pk, secret="x")
