"""The verbs on chat networks: workspaces let in, messages taken, answers sent back."""

import hashlib
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock, jobs, own_address, sealing, trials
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.core.plugins import registry
from tierline.core.plugins.contracts import ChannelContext, Delivery, Outgoing
from tierline.core.timeline import queries as timeline
from tierline.core.timeline.rules import Audience
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.rules import Right, require
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket

from .errors import NotAMessage, NotTakenYet, NotTheNetwork, SignInFailed
from .events import PostFailed, ThreadJoined
from .models import SLACK_API, Heard, Member, Post, Thread, Workspace
from .plugins import slack_bot
from .rules import NAMES, Incoming, from_slack, from_teams, slack_probe, teams_probe, teams_signature

KEPT_DAYS = 7
TRIAL = "messenger"
_TEST_WORDS = "This is a test of the help desk: its answers will arrive here."
_PLAIN = re.compile(r"[A-Za-z0-9-]{1,60}")


def add_workspace(
    *, actor: Actor, name: str, network: str, desk_id: int, secret: str, access: str = "", api: str = SLACK_API
) -> Workspace:
    """Let a workspace in. `secret` is what the network signs with; `access` lets answers out.

    Raises NotFound without the right, and Invalid.
    """
    require(actor, Right.SETUP)
    faults = _faults(name, network, desk_id, secret.strip(), access.strip())
    if faults:
        raise Invalid(faults)
    workspace = Workspace(
        name=one_line(name, 80),
        network=network,
        desk_id=desk_id,
        key=secrets.token_hex(10),
        secret=sealing.seal(secret.strip(), purpose=Workspace.purpose),
        access=sealing.seal(access.strip(), purpose=Workspace.purpose),
        api=one_line(api, 200).rstrip("/") or SLACK_API,
        created_at=clock.now(),
    )
    try:
        with transaction.atomic():
            workspace.save(force_insert=True)
    except IntegrityError as problem:
        raise Invalid({"name": "There is a workspace with this name already."}) from problem
    return workspace


def _faults(name: str, network: str, desk_id: int, secret: str, access: str) -> dict[str, str]:
    faults = {}
    if not one_line(name):
        faults["name"] = "Give it a name."
    if network not in NAMES:
        faults["network"] = "There is no such network."
    if not secret:
        faults |= {"secret": "The network signs with it: copy it from there."}
    if network == "teams" and secret:
        try:
            teams_signature(b"", secret=secret)
        except NotAMessage as problem:
            faults["secret"] = problem.for_people()
    if network == "teams" and access and not access.startswith("https://"):
        faults["access"] = "The address of the channel's workflow begins with https://."
    if not Desk.objects.filter(pk=desk_id).exists():
        faults["desk"] = "There is no such desk."
    return faults


def change_workspace(*, actor: Actor, workspace_id: int, secret: str = "", access: str = "") -> Workspace:
    """Put in another signing secret or another access for answers; what is empty stays. Raises NotFound, Invalid."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update(of=("self",)).filter(pk=workspace_id).first()
        if workspace is None:
            raise NotFound
        given = {"secret": secret.strip(), "access": access.strip()}
        now = {
            name: value or sealing.unseal(getattr(workspace, name), purpose=Workspace.purpose)
            for name, value in given.items()
        }
        faults = _faults(workspace.name, workspace.network, workspace.desk_id, now["secret"], now["access"])
        if faults:
            raise Invalid(faults)
        for name, value in now.items():
            setattr(workspace, name, sealing.seal(value, purpose=Workspace.purpose))
        workspace.refusal = ""
        workspace.save(update_fields=["secret", "access", "refusal"])
        return workspace


def remove_workspace(*, actor: Actor, workspace_id: int) -> None:
    """Take nothing from it any more; its tickets stay. Raises NotFound."""
    require(actor, Right.SETUP)
    deleted, _ = Workspace.objects.filter(pk=workspace_id).delete()
    if not deleted:
        raise NotFound


def admit(*, actor: Actor, network: str, key: str, content: bytes, signature: str, timestamp: str = "") -> Workspace:
    """The workspace that signed this. Raises NotFound, NotTheNetwork."""
    del actor
    workspace = Workspace.objects.filter(key=key, network=network).first()
    if workspace is None:
        raise NotFound
    secret = sealing.unseal(workspace.secret, purpose=Workspace.purpose)
    if network == "slack":
        fits = from_slack(content, secret=secret, timestamp=timestamp, given=signature, at=clock.now())
    else:
        fits = from_teams(content, secret=secret, given=signature)
    if not fits:
        raise NotTheNetwork
    return workspace


def take(*, actor: Actor, workspace_id: int, message: Incoming) -> Ticket | None:
    """A message of a workspace: a new thread is a ticket, an old one goes on. None when it was heard before, or empty.

    Raises NotFound.
    """
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update().filter(pk=workspace_id).first()
        if workspace is None:
            raise NotFound
        now = clock.now()
        _, first = Heard.objects.get_or_create(
            workspace=workspace, event_id=message.event_id[:500], defaults={"at": now}
        )
        if not first or not message.text:
            return None
        workspace.last_at, workspace.refusal = now, ""
        workspace.save(update_fields=["last_at", "refusal"])
        author = _author(actor, workspace, message)
        known = Thread.objects.select_related("ticket").filter(
            workspace=workspace, place=message.place[:200], thread=message.thread[:400]
        )
        thread = known.first()
        if thread is None:
            return _open(actor, workspace, message, author)
        tickets.receive_message(
            actor=actor, ticket_id=thread.ticket_id, author=author, text=message.text, channel=workspace.network
        )
        return thread.ticket


def _open(actor: Actor, workspace: Workspace, message: Incoming, author: Person) -> Ticket:
    ticket = tickets.open_ticket(
        actor=actor,
        requester=author,
        title=one_line(message.text, 120),
        text=message.text,
        channel=workspace.network,
        desk=workspace.desk,
    )
    Thread.objects.create(workspace=workspace, place=message.place[:200], thread=message.thread[:400], ticket=ticket)
    payload = ThreadJoined(network=NAMES[workspace.network], workspace=workspace.name)
    tickets.note_event(actor=actor, ticket_id=ticket.pk, payload=payload)
    return ticket


def _author(actor: Actor, workspace: Workspace, message: Incoming) -> Person:
    """The person behind a network's id. Their address ends in .invalid (RFC 2606): the network tells no other."""
    known = Member.objects.select_related("person").filter(workspace=workspace, external_id=message.author).first()
    if known is not None:
        return known.person
    plain = _PLAIN.fullmatch(message.author)
    local = message.author if plain else hashlib.sha256(message.author.encode()).hexdigest()[:24]
    email = f"{local}@{workspace.key}.{workspace.network}.invalid".lower()
    name = message.author_name or f"{NAMES[workspace.network]} {message.author[:40]}"
    person = people.ensure_requester(actor=actor, email=email, name=one_line(name, 120))
    Member.objects.create(workspace=workspace, external_id=message.author, person=person)
    return person


def queue_post(*, actor: Actor, entry_id: int) -> Post | None:
    """Reaction to an answer: send it into the thread of its ticket. None for a ticket without one. Safe to repeat."""
    del actor
    with transaction.atomic():
        entry = timeline.entry(entry_id)
        thread = Thread.objects.filter(ticket_id=entry.subject_id).first()
        message = Message.objects.filter(pk=entry.data["message_id"]).first() if thread else None
        if thread is None or message is None or message.audience != Audience.REQUESTER:
            return None
        post, made = Post.objects.get_or_create(message=message, defaults={"thread": thread})
        if made:
            jobs.enqueue("messengers.send", post_id=post.pk)
        return post


def send(*, actor: Actor, post_id: int) -> Post:
    """Hand an answer to its network. Safe to repeat: what is sent is not sent again.

    Raises NotTakenYet for another try; a refusal for good is told on the ticket.
    """
    with transaction.atomic():
        posts = Post.objects.select_for_update(of=("self",)).select_related(
            "message", "thread__workspace", "thread__ticket"
        )
        post = posts.filter(pk=post_id).first()
        if post is None:
            raise NotFound
        if post.state != "queued":
            return post
        delivery = _hand_over(post)
        post.attempts += 1
        post.last_error = one_line(delivery.detail, 300)
        if delivery.accepted:
            post.state, post.sent_at = "sent", clock.now()
        elif delivery.permanent or post.attempts >= jobs.MAX_TRIES:
            post.state = "failed"
            network = NAMES[post.thread.workspace.network]
            payload = PostFailed(message_id=post.message_id, network=network, words=post.last_error)
            tickets.note_event(actor=actor, ticket_id=post.thread.ticket_id, payload=payload)
        post.save(update_fields=["state", "attempts", "last_error", "sent_at"])
    if post.state == "queued":  # raised only here: what was noted above must outlive the exception
        raise NotTakenYet(post.last_error)
    return post


def _hand_over(post: Post) -> Delivery:
    workspace = post.thread.workspace
    context = ChannelContext(
        settings={"api": workspace.api},
        secrets={"access": sealing.unseal(workspace.access, purpose=Workspace.purpose)},
    )
    outgoing = Outgoing(
        to=post.thread.place,
        subject=post.thread.ticket.reference,
        text=post.message.text,
        message_id=str(post.message_id),
        thread=(post.thread.thread,),
    )
    sent: Delivery = registry.get("channels", workspace.network).send(outgoing, context)
    return sent


def forget_old(*, actor: Actor) -> int:
    """Forget which messages were heard more than a week ago: no network sends them again; returns how many."""
    del actor
    before = clock.now() - timedelta(days=KEPT_DAYS)
    forgotten, _ = Heard.objects.filter(at__lt=before).delete()
    return forgotten


def note_refusal(*, actor: Actor, workspace_id: int, words: str) -> None:
    """Keep why the last message was refused, for the set-up page."""
    del actor
    Workspace.objects.filter(pk=workspace_id).update(refusal=one_line(words, 300))


def ask_for_test(*, actor: Actor, workspace_id: int) -> None:
    """Have tried whether messages would come in and answers would go out (a trial of kind TRIAL). Raises NotFound."""
    require(actor, Right.SETUP)
    if not Workspace.objects.filter(pk=workspace_id).exists():
        raise NotFound
    trials.ask(actor=actor, kind=TRIAL, subject_id=workspace_id)


@trials.runner(TRIAL)
def trial_steps(workspace_id: int) -> Iterator[trials.Step]:
    """Reach the address, refuse and admit a signed call, sign in for answers; then whether the network finds us.

    Raises NotFound. For Teams a card is posted: its channel shows it.
    """
    workspace = Workspace.objects.filter(pk=workspace_id).first()
    if workspace is None:
        raise NotFound
    access = sealing.unseal(workspace.access, purpose=Workspace.purpose)
    secret = sealing.unseal(workspace.secret, purpose=Workspace.purpose)
    forged = _probe(workspace.network, "YW5vdGhlciBzZWNyZXQ=")
    yield from own_address.steps(workspace.path, forged=forged, proven=lambda: _probe(workspace.network, secret))
    yield (
        ("sign-in", lambda: _slack_answers(workspace.api, access))
        if workspace.network == "slack"
        else (
            "answers",
            lambda: _teams_answers(access),
        )
    )
    if workspace.network == "teams" or workspace.api == SLACK_API:
        yield "outside", own_address.outside(NAMES[workspace.network])


def _probe(network: str, secret: str) -> own_address.Shown:
    if network == "slack":
        moment = str(int(clock.now().timestamp()))
        content, headers = slack_probe(secret=secret, timestamp=moment, challenge=secrets.token_hex(8))
    else:
        content, headers = teams_probe(secret=secret, event_id=f"test {secrets.token_hex(8)}")
    return own_address.Shown(content=content, headers=headers)


def _slack_answers(api: str, token: str) -> str:
    if not token:
        raise SignInFailed("Answers cannot go back: there is no bot token.", todo="Put it in below.")
    return slack_bot(api, token)


def _teams_answers(access: str) -> str:
    if not access:
        words = "Answers cannot go back: the address of the channel's workflow is missing."
        raise SignInFailed(words, todo="Put it in below.")
    context = ChannelContext(secrets={"access": access})
    message = Outgoing(to="", subject="Tierline", text=_TEST_WORDS)
    sent: Delivery = registry.get("channels", "teams").send(message, context)
    if not sent.accepted:
        todo = "Copy the address of the workflow (“When a Teams webhook request is received”) once more."
        raise SignInFailed(sent.detail, todo=todo)
    return "A card was posted: look whether the channel shows it."
