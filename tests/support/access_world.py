"""A confidential desk with one thing of every kind, an open desk, and somebody with every role but no sight."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tests.support.api import program_of
from tests.support.desk import SETUP
from tests.support.web_world import WebWorld, signed_in, web_world
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Person
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.tickets import operations as tickets
from tierline.desk.tickets.models import Message, Ticket
from tierline.ladder.assistant import operations as assistant
from tierline.ladder.assistant.models import Conversation
from tierline.ladder.problems import operations as problems
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge.models import Article
from tierline.work.phone import operations as phone
from tierline.work.phone.models import Call

STAFF = [role for role in Role if role is not Role.REQUESTER]
MATCHER = {"all_of": [{"kind": "text", "value": "tunnel"}]}
RANDOM = (
    rb'name="csrfmiddlewaretoken" value="[^"]*"',
    rb'nonce="[^"]*"',
    rb'name="next" value="[^"]*"',
    rb"urn:tierline:request:[\w-]*",
    rb'"X-CSRFToken": ?"[^"]*"',
    rb"X-CSRFToken[^}]{0,90}",
)
OWN_TO_THE_ANSWER = {"X-Request-ID", "RateLimit", "Content-Length", "Set-Cookie"}


@dataclass(frozen=True)
class AccessWorld:
    """`secret` names one thing of every kind on the confidential desk, by object as the access matrix calls it.

    `everything` holds every role there is, but sees only the open desk; `stranger` asks for help and has nothing.
    """

    web: WebWorld
    open_desk: Desk
    everything: Person
    stranger: Person
    own_ticket: Ticket
    secret: dict[str, int]
    one_each: dict[Role, Person] = field(default_factory=dict)


def access_world() -> AccessWorld:
    """Make both desks."""
    web = web_world(drops=20)
    Desk.objects.filter(pk=web.desk.desk.pk).update(confidential=True)
    open_desk = people.create_desk(actor=SETUP, key="open", name="Open desk", kind="it")
    everything = _person("everything", STAFF)
    stranger = _person("stranger", [Role.REQUESTER])
    own = tickets.open_ticket(
        actor=actor_for(everything), requester=stranger, title="Mouse is broken", text="It clicks.", desk=open_desk
    )
    return AccessWorld(
        web=web,
        open_desk=open_desk,
        everything=everything,
        stranger=stranger,
        own_ticket=own,
        secret=_secrets(web),
        one_each={role: _person(role.value, [role]) for role in Role},
    )


def _person(name: str, roles: list[Role]) -> Person:
    address = f"{name.replace('_', '-')}@access.example"
    return people.create_person(actor=SETUP, email=address, name=name.title(), roles=roles)


def _secrets(web: WebWorld) -> dict[str, int]:
    """What the afternoon of the console lacks, and the numbers of everything."""
    desk, actor = web.desk, web.desk.actor(2)
    article = knowledge.create(actor=actor, title="Salary bands", issue="How much", resolution="This much")
    Article.objects.filter(pk=article.pk).update(desk=desk.desk)
    problem = problems.open_problem(actor=actor, ticket_id=web.climbing.pk, title="Salaries are late")
    known = problems.record_workaround(
        actor=actor, problem_id=problem.pk, title="Late", symptoms="Late", workaround="Wait", matcher=MATCHER
    )
    fix = problems.record_fix(actor=actor, problem_id=problem.pk, fixed_in="5.3", recipe_id=web.recipe.pk)
    system, _ = phone.add_system(actor=SETUP, name="Exchange", desk_id=desk.desk.pk, region="de")
    event = {"event": "ringing", "call_id": "c1", "from": "+4930901820", "to": "110", "agent": "4711"}
    call = phone.take_event(actor=Actor.machine("phone"), system_id=system.pk, content=json.dumps(event).encode())
    assistant.ask(actor=desk.asking, text="My VPN drops about every ten minutes, always during an upload.")
    assert isinstance(call, Call)
    file = web.evidence.attachment
    return {
        "ticket": web.climbing.pk,
        "attachment": file.pk,
        "message": Message.objects.filter(ticket=web.climbing, direction="in").earliest("pk").pk,
        "evidence": web.evidence.pk,
        "handover": web.handover.pk,
        "recipe": web.recipe.pk,
        "article": article.pk,
        "problem": problem.pk,
        "known error": known.pk,
        "fix": fix.pk,
        "major incident": web.major.pk,
        "call": call.pk,
        "conversation": Conversation.objects.get(person=desk.requester).pk,
    }


def same(answer: Any, *numbers: object) -> tuple[int, dict[str, str], bytes]:
    """An answer without what is random in any answer, and without the numbers that were asked for."""
    headers = {name: value for name, value in answer.headers.items() if name not in OWN_TO_THE_ANSWER}
    if policy := headers.get("Content-Security-Policy"):
        headers["Content-Security-Policy"] = re.sub(r"'nonce-[^']*'", "", policy)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    for random in RANDOM:
        body = re.sub(random, b"", body)
    for number in numbers:
        body = re.sub(rf"\b{re.escape(str(number))}\b".encode(), b"N", body)
        headers = {name: re.sub(rf"\b{re.escape(str(number))}\b", "N", value) for name, value in headers.items()}
    return answer.status_code, headers, body


__all__ = ["AccessWorld", "access_world", "program_of", "same", "signed_in"]
