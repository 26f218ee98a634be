"""The blameless review: written together, closed when every part is there, its actions followed until they are done."""

from datetime import date
from functools import partial

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.core.timeline.rules import Audience
from tierline.ladder.major import queries
from tierline.ladder.major.errors import ReviewIncomplete, WrongState
from tierline.ladder.major.events import ActionAgreed, ActionDone, ActionOverdue, Reviewed
from tierline.ladder.major.models import MajorIncident, ReviewAction
from tierline.ladder.major.rules import Review, State, reminds, review_gaps
from tierline.work.intake import operations as intake

from .writing import locked, note

PART_LIMIT = 20_000  # characters


def write_review(*, actor: Actor, major_id: int, happened: str, contributing: str, went_well: str) -> MajorIncident:
    """Keep what is known so far; parts may still be empty. Raises WrongState before it is stood down, NotFound."""
    with transaction.atomic():
        major = _under_review(actor, major_id)
        cut = partial(clean, limit=PART_LIMIT)
        major.happened, major.contributing = cut(happened).strip(), cut(contributing).strip()
        major.went_well = cut(went_well).strip()
        major.save(update_fields=["happened", "contributing", "went_well"])
        return major


def agree_action(*, actor: Actor, major_id: int, what: str, owner_id: int, due_on: date) -> ReviewAction:
    """Somebody does something by a day. Raises Invalid, WrongState before it is stood down, NotFound."""
    with transaction.atomic():
        major = _under_review(actor, major_id)
        faults = {
            "what": "" if one_line(what) else "Say what is done.",
            "owner": ""
            if owner_id in {one.pk for one in queries.able(major.ticket.desk_id)}
            else "Choose who does it.",
            "due_on": "" if due_on >= clock.now().date() else "Choose a day that is not past.",
        }
        if any(faults.values()):
            raise Invalid({name: fault for name, fault in faults.items() if fault})
        made = ReviewAction.objects.create(major=major, what=one_line(what, 300), owner_id=owner_id, due_on=due_on)
        agreed = ActionAgreed(major_id=major.pk, action_id=made.pk, what=made.what, due_on=due_on.isoformat())
        note(actor, major, agreed)
        return made


def finish_action(*, actor: Actor, major_id: int, action_id: int) -> ReviewAction:
    """Say that an action is done; a second time changes nothing. Raises NotFound."""
    with transaction.atomic():
        major = locked(actor, major_id)
        action = ReviewAction.objects.select_for_update().filter(pk=action_id, major=major).first()
        if action is None:
            raise NotFound
        if action.done_at is None:
            action.done_at = clock.now()
            action.save(update_fields=["done_at"])
            note(actor, major, ActionDone(major_id=major.pk, action_id=action.pk))
        return action


def close_review(*, actor: Actor, major_id: int) -> MajorIncident:
    """Close the review. Raises ReviewIncomplete with what is missing, WrongState and NotFound."""
    with transaction.atomic():
        major = _under_review(actor, major_id)
        if major.state == State.REVIEWED:
            raise WrongState(f"The review of {major.reference} is closed.")
        actions = ReviewAction.objects.filter(major=major).count()
        written = Review(
            happened=major.happened, contributing=major.contributing, went_well=major.went_well, actions=actions
        )
        if gaps := review_gaps(written):
            raise ReviewIncomplete(f"The review still lacks {', '.join(gaps)}.", kept="What is written is kept.")
        major.state, major.reviewed_at = State.REVIEWED, clock.now()
        major.save(update_fields=["state", "reviewed_at"])
        note(actor, major, Reviewed(major_id=major.pk, actions=actions))
        return major


def remind(*, actor: Actor) -> int:
    """Bring up every action that is overdue: on the timeline, and to its owner by mail. Returns how many."""
    now = clock.now()
    late = ReviewAction.objects.filter(done_at=None, due_on__lt=now.date()).order_by("pk").values_list("pk", flat=True)
    return sum(_remind(actor, action_id) for action_id in late)


def _remind(actor: Actor, action_id: int) -> bool:
    with transaction.atomic():
        action = (
            ReviewAction.objects.select_for_update(of=("self",))
            .select_related("major__ticket", "owner")
            .get(pk=action_id)
        )
        now = clock.now()
        if action.done_at is not None or not reminds(action.due_on, action.reminded_at, now):
            return False
        action.reminded_at = now
        action.save(update_fields=["reminded_at"])
        major, day = action.major, action.due_on.isoformat()
        note(actor, major, ActionOverdue(major_id=major.pk, action_id=action.pk, what=action.what, due_on=day))
        if action.owner.is_active:
            intake.queue_notice(
                actor=actor,
                ticket=major.ticket,
                recipient=action.owner.email,
                subject=f"{major.reference}: an action is overdue since {day}",
                text=f"{action.what}\n\n{queries.room_address(major)}",
                audience=Audience.INTERNAL,
            )
        return True


def _under_review(actor: Actor, major_id: int) -> MajorIncident:
    major = locked(actor, major_id)
    if major.is_active:
        raise WrongState(f"{major.reference} is not over yet.", todo="Stand it down first, then review it.")
    return major
