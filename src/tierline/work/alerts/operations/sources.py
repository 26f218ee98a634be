"""Monitoring systems: made known, let in, tried, removed."""

import hmac
import secrets

from django.db import IntegrityError, transaction

from tierline.core.kernel import clock, sealing
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import one_line
from tierline.desk.catalogue.models import Service
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk
from tierline.desk.people.rules import Right, require, token_digest
from tierline.work.alerts.errors import NotTheSource
from tierline.work.alerts.models import AlertSource
from tierline.work.alerts.rules import FORMATS, fits_signature


def add_source(
    *,
    actor: Actor,
    name: str,
    format: str,  # noqa: A002 (the word of the page and of the column)
    desk_id: int,
    reporter_email: str,
    service_id: int | None = None,
    signed: bool = False,
) -> tuple[AlertSource, str]:
    """Let a monitoring system in. Returns the source with its token (or signing secret), which is not shown again.

    Raises NotFound without the right, and Invalid.
    """
    require(actor, Right.SETUP)
    faults = _faults(name, format, desk_id, service_id, signed=signed)
    if faults:
        raise Invalid(faults)
    reporter = people.ensure_requester(actor=actor, email=reporter_email)
    token = secrets.token_urlsafe(32)
    source = AlertSource(
        name=one_line(name, 80),
        format=format,
        desk_id=desk_id,
        service_id=service_id,
        reporter=reporter,
        key=secrets.token_urlsafe(12),
        created_at=clock.now(),
    )
    _give(source, token, signed=signed)
    try:
        with transaction.atomic():
            source.save(force_insert=True)
    except IntegrityError as problem:
        raise Invalid({"name": "There is a source with this name already."}) from problem
    return source, token


def _faults(name: str, format_key: str, desk_id: int, service_id: int | None, *, signed: bool) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not one_line(name):
        faults["name"] = "Give it a name, such as the monitoring system's own."
    if format_key not in FORMATS:
        faults["format"] = "There is no such system."
    elif signed and not FORMATS[format_key].signs:
        faults["signed"] = "This system cannot sign what it sends; it shows a token."
    if not Desk.objects.filter(pk=desk_id).exists():
        faults["desk"] = "There is no such desk."
    if service_id is not None and not Service.objects.filter(pk=service_id).exists():
        faults["service"] = "There is no such service."
    return faults


def _give(source: AlertSource, token: str, *, signed: bool) -> None:
    source.sha256 = "" if signed else token_digest(token)
    source.secret = sealing.seal(token, purpose=AlertSource.purpose) if signed else ""


def new_token(*, actor: Actor, source_id: int) -> tuple[AlertSource, str]:
    """Another token (or signing secret) for a source; the old one opens nothing any more. Raises NotFound."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        source = _locked(source_id)
        token = secrets.token_urlsafe(32)
        _give(source, token, signed=bool(source.secret))
        source.save(update_fields=["sha256", "secret"])
        return source, token


def remove_source(*, actor: Actor, source_id: int) -> None:
    """Take nothing from it any more, and forget its alerts; its tickets stay. Raises NotFound."""
    require(actor, Right.SETUP)
    with transaction.atomic():
        _locked(source_id).delete()


def _locked(source_id: int) -> AlertSource:
    source = AlertSource.objects.select_for_update().filter(pk=source_id).first()
    if source is None:
        raise NotFound
    return source


def admit(
    *, actor: Actor, key: str, content: bytes, token: str = "", signature: str = "", timestamp: str = ""
) -> AlertSource:
    """The source that this delivery comes from. Raises NotFound for no such address, NotTheSource."""
    del actor
    source = AlertSource.objects.filter(key=key).first()
    if source is None:
        raise NotFound
    if source.secret:
        secret = sealing.unseal(source.secret, purpose=AlertSource.purpose)
        fits = bool(signature) and fits_signature(
            content, secret=secret, given=signature, timestamp=timestamp, at=clock.now()
        )
    else:
        fits = bool(token) and hmac.compare_digest(token_digest(token), source.sha256)
    if not fits:
        raise NotTheSource
    return source


def note_refusal(*, actor: Actor, source_id: int, words: str) -> None:
    """Keep why the last delivery was refused, for the set-up page."""
    del actor
    AlertSource.objects.filter(pk=source_id).update(refused_at=clock.now(), refusal=one_line(words, 300))
