"""Slack and Teams: published signature vectors, what is a person's word, plain text both ways."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierline.work.messengers.rules import (
    NotAMessage,
    card_for_teams,
    for_slack,
    from_slack,
    from_teams,
    read_slack,
    read_teams,
    slack_signature,
    slack_text,
    teams_signature,
    teams_text,
)

# The example in Slack's own documentation, "Verifying requests from Slack".
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
STAMP = "1531420618"
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
PUBLISHED = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
AT = datetime.fromtimestamp(1531420618, UTC)


def test_the_published_vector_of_slack() -> None:
    assert slack_signature(BODY, secret=SECRET, timestamp=STAMP) == PUBLISHED


def test_a_signature_of_slack_is_good_for_its_body_and_five_minutes() -> None:
    fine = {"secret": SECRET, "timestamp": STAMP, "given": PUBLISHED, "at": AT}
    assert from_slack(BODY, **fine)
    assert from_slack(BODY, **(fine | {"at": AT + timedelta(seconds=300)}))
    for change in (
        {"secret": "other"},
        {"timestamp": "1531420619"},
        {"timestamp": ""},
        {"timestamp": "²"},
        {"given": ""},
        {"given": "ü"},
        {"given": PUBLISHED.removeprefix("v0=")},
        {"at": AT + timedelta(seconds=301)},
        {"at": AT - timedelta(seconds=301)},
    ):
        assert not from_slack(BODY, **(fine | change)), change
    assert not from_slack(BODY + b"&", **fine)


def test_teams_signs_the_body_with_the_bytes_of_its_token() -> None:
    token = base64.b64encode(b"a key of 32 bytes, as Teams has.").decode()
    wanted = base64.b64encode(hmac.new(b"a key of 32 bytes, as Teams has.", b"{}", hashlib.sha256).digest()).decode()
    assert teams_signature(b"{}", secret=token) == f"HMAC {wanted}"
    assert from_teams(b"{}", secret=token, given=f"HMAC {wanted}")
    assert not from_teams(b"{ }", secret=token, given=f"HMAC {wanted}")
    assert not from_teams(b"{}", secret=token, given=wanted)
    with pytest.raises(NotAMessage):
        teams_signature(b"{}", secret="no base64!")


def event(**change: Any) -> dict[str, Any]:
    said = {"type": "message", "channel": "C1", "user": "U1", "text": "The VPN drops", "ts": "1700000000.000100"}
    return {"type": "event_callback", "event_id": "Ev1", "event": said | change}


def test_a_word_in_slack_and_its_mention_are_one_message() -> None:
    first, mention = read_slack(event()), read_slack(event(type="app_mention"))
    assert first is not None
    assert first == mention
    assert (first.place, first.thread, first.author, first.text) == ("C1", "1700000000.000100", "U1", "The VPN drops")


def test_an_answer_in_a_thread_belongs_to_it() -> None:
    found = read_slack(event(ts="1700000060.000200", thread_ts="1700000000.000100"))
    assert found is not None
    assert found.thread == "1700000000.000100"
    assert found.event_id == "C1 1700000060.000200"


@pytest.mark.parametrize(
    "change",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "channel_join"},
        {"subtype": "bot_message"},
        {"type": "reaction_added"},
        {"user": None},
    ],
)
def test_what_nobody_said_is_passed_over(change: dict[str, Any]) -> None:
    assert read_slack(event(**change)) is None


@pytest.mark.parametrize("body", [[], {}, {"event": "x"}, event(channel=None), event(ts="")])
def test_what_slack_never_sends_is_refused(body: Any) -> None:
    with pytest.raises(NotAMessage):
        read_slack(body)


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("<@U0LAN0Z89> my VPN drops", "my VPN drops"),
        ("see <https://wiki.example/x|the wiki>", "see the wiki (https://wiki.example/x)"),
        ("see <https://wiki.example/x>", "see https://wiki.example/x"),
        ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
        ("<!here> <#C1|general> hello", "hello"),
    ],
)
def test_slacks_marks_become_plain_text(marked: str, plain: str) -> None:
    assert slack_text(marked) == plain


@given(st.text(max_size=300))
def test_an_answer_cannot_call_anybody_in_slack(text: str) -> None:
    sent = for_slack(text)
    assert "<" not in sent
    assert slack_text(sent).strip() == slack_text(slack_text(sent).replace("&", "&amp;")).strip() or "&" in text


def test_a_long_answer_is_cut() -> None:
    assert len(for_slack("x" * 9000)) < 4000
    assert len(json.dumps(card_for_teams("x" * 9000, "INC-1"))) < 5000


def message(**change: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "id": "1485983408511",
        "text": "<at>Desk</at>&nbsp;My VPN<br>drops &amp; drops",
        "from": {"id": "29:1x", "name": "Ines", "aadObjectId": "0c4f-11"},
        "conversation": {"id": "19:abc@thread.skype;messageid=1485983194839"},
    } | change


def test_a_message_of_teams() -> None:
    found = read_teams(message())
    assert (found.author, found.author_name, found.text) == ("0c4f-11", "Ines", "My VPN\ndrops & drops")
    assert found.place == "19:abc@thread.skype"
    assert found.thread == "19:abc@thread.skype;messageid=1485983194839"


@pytest.mark.parametrize(
    "body", [[], {}, message(type="typing"), message(id=None), message(**{"from": {}}), message(conversation="x")]
)
def test_what_teams_never_sends_is_refused(body: Any) -> None:
    with pytest.raises(NotAMessage):
        read_teams(body)


@given(st.text(max_size=200))
def test_no_text_breaks_the_readers(text: str) -> None:
    assert isinstance(teams_text(text), str)
    with suppress(NotAMessage):
        read_slack(event(text=text, user=text, channel=text, ts=text))
    with suppress(NotAMessage):
        read_teams(message(text=text, id=text, conversation={"id": text}))
