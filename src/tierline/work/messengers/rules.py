"""What Slack and Microsoft Teams send, how they sign it, and how an answer is worded for them. Pure.

Slack: https://docs.slack.dev/authentication/verifying-requests-from-slack (version 0: HMAC-SHA256 over
`v0:timestamp:body`). Teams, outgoing webhooks: HMAC-SHA256 over the body with the base64 key that Teams shows, in the
Authorization header.
"""

import base64
import binascii
import hashlib
import hmac
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tierline.core.kernel.errors import Refused
from tierline.core.kernel.text import clean, one_line

GOOD_FOR = 300  # seconds (Slack's own advice)
TEXT = 40_000  # characters of a message; Slack's own limit
SENT = 3_900  # characters of an answer; Slack shortens above 4,000
NAMES = {"slack": "Slack", "teams": "Microsoft Teams"}
_TAG = re.compile(r"<[^>]{0,500}>")
_MENTION = re.compile(r"<at[^>]{0,100}>[^<]{0,200}</at>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div)\s*/?>", re.IGNORECASE)
_SLACK_LINK = re.compile(r"<((?:https?|mailto):[^|>]{1,2000})(?:\|([^>]{0,500}))?>")
_SLACK_MENTION = re.compile(r"<[@#!][^>]{0,100}>")
# What people do not say themselves: edits, joins, bots. `file_share` and `thread_broadcast` are words of people.
_SPOKEN = (None, "file_share", "thread_broadcast")


class NotAMessage(Refused):
    """Not what this network sends; the sentence says what is missing."""

    code = "messenger_unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One message of a person. `thread` names the conversation it belongs to, the same for every message in it."""

    event_id: str
    place: str
    thread: str
    author: str
    author_name: str
    text: str


def slack_signature(content: bytes, *, secret: str, timestamp: str) -> str:
    """The signature that Slack sends in `X-Slack-Signature`."""
    signed = b"v0:" + timestamp.encode() + b":" + content
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def slack_probe(*, secret: str, timestamp: str, challenge: str) -> tuple[bytes, dict[str, str]]:
    """Slack's own question whether an address is ours (url_verification), signed: its body and its headers."""
    content = json.dumps({"type": "url_verification", "challenge": challenge}).encode()
    signature = slack_signature(content, secret=secret, timestamp=timestamp)
    return content, {"X-Slack-Signature": signature, "X-Slack-Request-Timestamp": timestamp}


def teams_probe(*, secret: str, event_id: str) -> tuple[bytes, dict[str, str]]:
    """A message without words, as Teams would sign it: nothing comes of it. Its body and its headers."""
    message = {"id": event_id, "type": "message", "text": "", "from": {"id": "test"}, "conversation": {"id": "test"}}
    content = json.dumps(message).encode()
    return content, {"Authorization": teams_signature(content, secret=secret)}


def from_slack(content: bytes, *, secret: str, timestamp: str, given: str, at: datetime) -> bool:
    """Whether Slack signed this within the last five minutes."""
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:  # noqa: PLR2004 (seconds)
        return False
    if abs(at.timestamp() - int(timestamp)) > GOOD_FOR:
        return False
    wanted = slack_signature(content, secret=secret, timestamp=timestamp)
    return hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace"))


def teams_signature(content: bytes, *, secret: str) -> str:
    """What Teams sends in `Authorization`: `HMAC` and a digest in base64. Raises NotAMessage for a wrong secret."""
    try:
        key = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raise NotAMessage("The security token of Teams is base64; this one is not.") from None
    return "HMAC " + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def from_teams(content: bytes, *, secret: str, given: str) -> bool:
    """Whether Teams signed this. Teams dates nothing, so a message is known again by its id."""
    return hmac.compare_digest(teams_signature(content, secret=secret).encode(), given.encode("utf-8", "replace"))


def read_slack(body: Any) -> Incoming | None:  # noqa: ANN401 (any JSON value)
    """The message in an event of Slack; None for an event that is nobody's word. Raises NotAMessage."""
    if not isinstance(body, Mapping) or not isinstance(body.get("event"), Mapping):
        raise NotAMessage("There is no `event`.")
    event = body["event"]
    spoken = event.get("type") in ("message", "app_mention") and event.get("subtype") in _SPOKEN
    if not spoken or event.get("bot_id") or not _word(event.get("user")):
        return None
    place, stamp = _word(event.get("channel")), _word(event.get("ts"))
    if not place or not stamp:
        raise NotAMessage("The message has no `channel` or no `ts`.")
    text = slack_text(event.get("text"))
    # a mention comes twice, as message and as app_mention: one message, known by where and when it was said
    return Incoming(
        event_id=f"{place} {stamp}",
        place=place,
        thread=_word(event.get("thread_ts")) or stamp,
        author=_word(event.get("user")),
        author_name="",
        text=text,
    )


def slack_text(given: object) -> str:
    """Slack's mrkdwn as plain text: mentions away, links written out, its three entities read."""
    text = clean(given, TEXT) if isinstance(given, str) else ""
    text = _SLACK_LINK.sub(lambda found: f"{found[2]} ({found[1]})" if found[2] else found[1], text)
    text = _SLACK_MENTION.sub("", text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()


def read_teams(body: Any) -> Incoming:  # noqa: ANN401 (any JSON value)
    """The message that an outgoing webhook of Teams sends. Raises NotAMessage."""
    if not isinstance(body, Mapping) or body.get("type") != "message":
        raise NotAMessage("This is no message of Teams.")
    author, talk = body.get("from"), body.get("conversation")
    who = author if isinstance(author, Mapping) else {}
    thread = _word(talk.get("id"), 400) if isinstance(talk, Mapping) else ""
    name, event_id = _word(who.get("aadObjectId") or who.get("id")), _word(body.get("id"))
    if not (name and thread and event_id):
        raise NotAMessage("The message has no id, no author or no conversation.")
    return Incoming(
        event_id=f"{thread} {event_id}"[:500],
        place=thread.partition(";")[0],
        thread=thread,
        author=name,
        author_name=_word(who.get("name")),
        text=teams_text(body.get("text")),
    )


def teams_text(given: object) -> str:
    """The HTML of Teams as plain text, without the mention that called the webhook."""
    text = clean(given, TEXT) if isinstance(given, str) else ""
    text = _TAG.sub("", _BREAK.sub("\n", _MENTION.sub("", text)))
    return html.unescape(text).replace("\xa0", " ").strip()


def _word(given: object, limit: int = 200) -> str:
    return one_line(given, limit) if isinstance(given, str) else ""


def for_slack(text: str) -> str:
    """An answer for Slack, not too long; its three signs as entities, so that nothing becomes a mention or a link."""
    cut = text if len(text) <= SENT else text[:SENT].rstrip() + " …"
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def card_for_teams(text: str, reference: str) -> dict[str, Any]:
    """An answer for Teams: a message with one adaptive card."""
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": reference, "weight": "Bolder"},
            {"type": "TextBlock", "text": text[:SENT], "wrap": True},
        ],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}
