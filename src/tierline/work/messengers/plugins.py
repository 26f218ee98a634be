"""Slack and Microsoft Teams as channels: what comes in is pushed by them, what goes out is sent here."""

import json
from collections.abc import Iterator

from tierline.core.kernel import outbound
from tierline.core.kernel.errors import Refused
from tierline.core.kernel.text import one_line
from tierline.core.plugins.contracts import ChannelContext, Delivery, Outgoing, Received
from tierline.core.plugins.registry import built_in

from .errors import SignInFailed
from .rules import card_for_teams, for_slack

_PUSHED: tuple[Received, ...] = ()
# What another try cannot help (https://docs.slack.dev/reference/methods/chat.postMessage#errors is longer).
_FOR_GOOD = {"channel_not_found", "is_archived", "not_in_channel", "invalid_auth", "account_inactive", "token_revoked"}
_FOR_GOOD |= {"missing_scope", "not_authed", "no_text", "restricted_action", "token_expired", "no_permission"}
_OK, _FAULTS, _TOO_MANY = 300, 500, 429


@built_in("channels")
class Slack:
    """Answers through `chat.postMessage`, into the thread where the question stands."""

    key = "slack"
    name = "Slack"
    version = "1"

    def receive(self, context: ChannelContext) -> Iterator[Received]:
        """Slack pushes its events to this desk: nothing is fetched."""
        del context
        return iter(_PUSHED)

    def send(self, message: Outgoing, context: ChannelContext) -> Delivery:
        """Post into the thread; `message.to` is the channel, the first of `message.thread` its `thread_ts`."""
        fields = {
            "token": context.secrets.get("access", ""),
            "channel": message.to,
            "text": for_slack(message.text),
            "thread_ts": message.thread[0],
            "unfurl_links": "false",
        }
        try:
            answer = outbound.post_form(f"{context.settings['api']}/chat.postMessage", fields)
        except Refused as problem:
            return Delivery(accepted=False, detail=problem.for_people(), permanent=True)
        except outbound.Unreachable as problem:
            return Delivery(accepted=False, detail=problem.for_people())
        return _read(answer)


def _read(answer: outbound.Answer) -> Delivery:
    """What Slack says: 200 with `ok`, or with the word for what is wrong."""
    if answer.status >= _FAULTS or answer.status == _TOO_MANY:
        return Delivery(accepted=False, detail=f"Slack answers {answer.status}.")
    try:
        said = json.loads(answer.body)
        accepted, word = said["ok"] is True, one_line(str(said.get("error", "")), 80)
    except (ValueError, KeyError, TypeError):
        return Delivery(accepted=False, detail=f"Slack answers {answer.status} and nothing that can be read.")
    return Delivery(accepted=accepted, detail=f"Slack says: {word}" if word else "", permanent=word in _FOR_GOOD)


_TOKEN_WORDS = {
    "invalid_auth": "Slack does not know the bot token.",
    "not_authed": "There is no bot token.",
    "token_revoked": "The bot token was revoked.",
    "token_expired": "The bot token has expired.",
    "account_inactive": "The bot token belongs to an account that is closed.",
}
_NEEDED = "chat:write"


def slack_bot(api: str, token: str) -> str:
    """Whom Slack takes the bot for, in words (`auth.test`). Raises SignInFailed and Unreachable."""
    answer = outbound.post_form(f"{api}/auth.test", {"token": token})
    try:
        said = json.loads(answer.body)
        accepted, word = said["ok"] is True, one_line(str(said.get("error", "")), 80)
    except (ValueError, KeyError, TypeError):
        words = f"{api} answers {answer.status} and nothing that Slack would say."
        raise SignInFailed(words, todo="Check the address of Slack's API.") from None
    if not accepted:
        words = _TOKEN_WORDS.get(word, f"Slack says: {word or answer.status}.")
        raise SignInFailed(words, todo="Copy the bot token (xoxb-…) from OAuth & Permissions of the Slack app.")
    scopes = answer.headers.get("x-oauth-scopes")
    if scopes is not None and _NEEDED not in scopes.replace(" ", "").split(","):
        words = f"The bot may not write: it lacks the scope {_NEEDED}."
        raise SignInFailed(words, todo="Add it under OAuth & Permissions, then install the app again.")
    return f"The bot is {one_line(str(said.get('user')), 80)} in {one_line(str(said.get('team')), 80)}."


@built_in("channels")
class Teams:
    """Answers through the workflow webhook of a channel; Teams lets an outgoing webhook answer only at once."""

    key = "teams"
    name = "Microsoft Teams"
    version = "1"

    def receive(self, context: ChannelContext) -> Iterator[Received]:
        """Teams pushes its messages to this desk: nothing is fetched."""
        del context
        return iter(_PUSHED)

    def send(self, message: Outgoing, context: ChannelContext) -> Delivery:
        """Post a card with the ticket's reference into the channel."""
        where = context.secrets.get("access", "")
        if not where:
            words = "No webhook for answers is set. Add the address of the channel's workflow under Set-up."
            return Delivery(accepted=False, detail=words, permanent=True)
        try:
            answer = outbound.post_json(where, card_for_teams(message.text, message.subject))
        except Refused as problem:
            return Delivery(accepted=False, detail=problem.for_people(), permanent=True)
        except outbound.Unreachable as problem:
            return Delivery(accepted=False, detail=problem.for_people())
        if answer.status < _OK:
            return Delivery(accepted=True)
        permanent = answer.status < _FAULTS and answer.status != _TOO_MANY
        return Delivery(accepted=False, detail=f"Teams answers {answer.status}.", permanent=permanent)
