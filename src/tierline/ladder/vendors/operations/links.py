"""Links that open one case's thread to somebody at the vendor: signed, hashed, with an end, and withdrawn at will."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F

from tierline.core.kernel import clock, ids
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.ladder.vendors.events import LinkMade, LinkUsed, LinkWithdrawn
from tierline.ladder.vendors.models import Access, Case
from tierline.ladder.vendors.rules import LINK_DAYS, LINK_DAYS_MOST

from .writing import locked_case, note, on_behalf

_SALT = "vendors.link"
NOTED_EVERY = timedelta(minutes=15)
"""Reading the thread is noted once in so long; everything else each time."""


def make_link(*, actor: Actor, case_id: int, recipient: str, days: int = LINK_DAYS) -> tuple[Access, str]:
    """A link for one address at the vendor, told now and never again. Raises Invalid, WrongState and NotFound."""
    email = recipient.strip().lower()
    wrong = {} if 0 < days <= LINK_DAYS_MOST else {"days": f"A link lives from 1 day to {LINK_DAYS_MOST}."}
    try:
        validate_email(email)
    except ValidationError:
        wrong["recipient"] = "Say for which mail address it is."
    if wrong:
        raise Invalid(wrong)
    with transaction.atomic():
        return new_link(actor, locked_case(actor, case_id), email, days=days)


def new_link(actor: Actor, case: Case, recipient: str, *, days: int = LINK_DAYS) -> tuple[Access, str]:
    """A link to a locked case, and its address."""
    secret, now = ids.token(24), clock.now()
    access = Access.objects.create(
        case=case,
        sha256=_digest(secret),
        recipient=recipient,
        made_by=actor.label,
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    made = LinkMade(
        case_id=case.pk,
        vendor=case.vendor.name,
        access_id=access.pk,
        recipient=recipient,
        expires_at=access.expires_at.isoformat(),
    )
    note(actor, case, made)
    token = signing.Signer(salt=_SALT, sep=".").sign(secret)
    return access, f"{settings.TIERLINE_URL}/vendor/{token}"


def withdraw_link(*, actor: Actor, access_id: int) -> Access:
    """End a link at once, with every page that it opened; ending it twice is fine. Raises NotFound."""
    with transaction.atomic():
        case_id = Access.objects.filter(pk=access_id).values_list("case_id", flat=True).first()
        if case_id is None:
            raise NotFound
        case = locked_case(actor, case_id)
        access = Access.objects.get(pk=access_id)
        if access.withdrawn_at is None:
            access.withdrawn_at = clock.now()
            access.save(update_fields=["withdrawn_at"])
            note(
                actor,
                case,
                LinkWithdrawn(
                    case_id=case.pk, vendor=case.vendor.name, recipient=access.recipient, access_id=access.pk
                ),
            )
        return access


def by_token(token: str) -> Access:
    """Whom a link belongs to. Raises NotFound for one that is not ours, has expired or was withdrawn."""
    try:
        secret = signing.Signer(salt=_SALT, sep=".").unsign(token)
    except signing.BadSignature as problem:
        raise NotFound from problem
    return _usable(sha256=_digest(secret))


def by_id(access_id: int) -> Access:
    """The link that a page was opened with, as long as it may be used. Raises NotFound."""
    return _usable(pk=access_id)


def _usable(**wanted: object) -> Access:
    found = Access.objects.usable(clock.now()).filter(**wanted).select_related("case__vendor").first()
    if found is None:
        raise NotFound
    return found


def actor_of(access: Access) -> Actor:
    """Who acts by a link: the room itself, on the word of whom it was made for."""
    return on_behalf(access.case, access.recipient)


def note_use(*, actor: Actor, access: Access, use: str, what: str = "") -> None:
    """Keep on the timeline that a link was used: `enter`, `read`, `pack`, `file`, `answer`, `reference`, `solved`."""
    with transaction.atomic():
        now = clock.now()
        if use == "read" and access.used_at is not None and now - access.used_at < NOTED_EVERY:
            return
        case = locked_case(actor, access.case_id)
        Access.objects.filter(pk=access.pk).update(used_at=now, uses=F("uses") + 1)
        access.used_at = now
        note(
            actor,
            case,
            LinkUsed(
                case_id=case.pk,
                vendor=case.vendor.name,
                recipient=access.recipient,
                access_id=access.pk,
                use=use,
                what=what[:200],
            ),
        )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
