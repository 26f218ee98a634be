"""Certificates with their proof, and the reminders before they lapse."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from tierline.core.kernel import clock, jobs, storage
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.kinds import kind_of
from tierline.core.kernel.text import one_line
from tierline.desk.people.events import CertificateExpires, CertificateRecorded, CertificateWithdrawn
from tierline.desk.people.models import Certificate, CertificateReminder, Person, Skill
from tierline.desk.people.rules.certificates import REMIND_BEFORE, reminder_due

from .recording import locked, note

REMIND = "people.remind_of_certificate"
LARGEST_EVIDENCE = 20 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """The document that shows a certificate, as it was uploaded."""

    name: str
    content_type: str
    content: bytes


def record_certificate(
    *,
    actor: Actor,
    person_id: int,
    name: str,
    issuer: str,
    issued_on: date,
    expires_on: date | None,
    number: str = "",
    skill: str = "",
    evidence: Evidence | None = None,
) -> Certificate:
    """Note a person's certificate, with the skill it proves, and queue its reminders.

    For those who plan the person. Raises NotFound, and Invalid when it expires before its issue, has no name, or its
    document is over 20 MiB.
    """
    _check(name, issued_on, expires_on, evidence)
    with transaction.atomic():
        person = locked(actor, person_id)
        certificate = Certificate.objects.create(
            person=person,
            name=one_line(name, 120),
            issuer=one_line(issuer, 120),
            number=one_line(number, 80),
            skill=Skill.objects.filter(key=skill).first(),
            issued_on=issued_on,
            expires_on=expires_on,
            **_kept(evidence),
        )
        payload = CertificateRecorded(
            certificate_id=certificate.pk,
            name=certificate.name,
            skill=skill,
            expires_on=expires_on.isoformat() if expires_on else "",
        )
        note(person, payload, actor=actor)
        _queue_reminders(certificate)
        return certificate


def withdraw_certificate(*, actor: Actor, certificate_id: int) -> Certificate:
    """Let a certificate count no longer, because its issuer took it back or it was recorded by mistake.

    Safe to repeat. Raises NotFound.
    """
    with transaction.atomic():
        certificate = _locked(actor, certificate_id)
        if certificate.withdrawn_at is None:
            certificate.withdrawn_at = clock.now()
            certificate.save(update_fields=["withdrawn_at"])
            payload = CertificateWithdrawn(
                certificate_id=certificate.pk, name=certificate.name, skill=_skill_of(certificate)
            )
            note(certificate.person, payload, actor=actor)
        return certificate


def remind_of_certificate(*, actor: Actor, certificate_id: int, days_before: int) -> bool:
    """At its due time: tell that a certificate lapses soon, unless that is not so any more; once for each distance.

    It is not so when it was withdrawn, the person has left, or a newer certificate of the skill lasts longer.
    """
    with transaction.atomic():
        known = Certificate.objects.select_related("skill").select_for_update(of=("self",))
        certificate = known.filter(pk=certificate_id).first()
        if certificate is None or not _still_due(certificate, days_before):
            return False
        _, made = CertificateReminder.objects.get_or_create(
            certificate=certificate, days_before=days_before, defaults={"sent_at": clock.now()}
        )
        if made:
            person = locked(actor, certificate.person_id)
            payload = CertificateExpires(
                certificate_id=certificate.pk,
                name=certificate.name,
                skill=_skill_of(certificate),
                expires_on=certificate.expires_on.isoformat() if certificate.expires_on else "",
                days_before=days_before,
            )
            note(person, payload, actor=actor)
        return made


def _check(name: str, issued_on: date, expires_on: date | None, evidence: Evidence | None) -> None:
    if not one_line(name, 120):
        raise Invalid({"name": "A certificate needs a name."})
    if expires_on is not None and expires_on < issued_on:
        raise Invalid({"expires_on": "A certificate cannot expire before it was issued."})
    if evidence is not None and len(evidence.content) > LARGEST_EVIDENCE:
        raise Invalid({"evidence": "The document is larger than 20 MiB."})


def _kept(evidence: Evidence | None) -> dict[str, object]:
    if evidence is None or not evidence.content:
        return {}
    return {
        "evidence": storage.put(evidence.content),
        "evidence_name": one_line(evidence.name, 200) or "certificate",
        "evidence_type": kind_of(evidence.content, evidence.content_type)[:100],
    }


def _queue_reminders(certificate: Certificate) -> None:
    """One job for each distance that still lies ahead; of those already past, the nearest at once."""
    if certificate.expires_on is None:
        return
    now = clock.now()
    nearest = min((days for days in REMIND_BEFORE if _at(certificate.expires_on, days) <= now), default=None)
    for days in REMIND_BEFORE:
        at = _at(certificate.expires_on, days)
        if at > now:
            jobs.enqueue(REMIND, at=at, certificate_id=certificate.pk, days_before=days)
        elif days == nearest and certificate.expires_on >= now.date():
            jobs.enqueue(REMIND, certificate_id=certificate.pk, days_before=days)


def _at(expires_on: date, days: int) -> datetime:
    return datetime.combine(expires_on - timedelta(days=days), time(6), UTC)


def _still_due(certificate: Certificate, days_before: int) -> bool:
    person = Person.objects.get_queryset().filter(pk=certificate.person_id, is_active=True).first()
    return (
        person is not None
        and certificate.withdrawn_at is None
        and reminder_due(certificate.expires_on, days_before, clock.now().date(), others=_others(certificate))
    )


def _others(certificate: Certificate) -> list[date | None]:
    """The last days of the person's other certificates of the same skill."""
    if certificate.skill_id is None:
        return []
    same = Certificate.objects.filter(person_id=certificate.person_id, skill_id=certificate.skill_id)
    return list(same.filter(withdrawn_at__isnull=True).exclude(pk=certificate.pk).values_list("expires_on", flat=True))


def _locked(actor: Actor, certificate_id: int) -> Certificate:
    found = Certificate.objects.select_related("skill").select_for_update(of=("self",)).filter(pk=certificate_id)
    certificate = found.first()
    if certificate is None:
        raise NotFound
    certificate.person = locked(actor, certificate.person_id)
    return certificate


def _skill_of(certificate: Certificate) -> str:
    return certificate.skill.key if certificate.skill is not None else ""
