"""What the demo company's people can do and when they work: the content of the pages about people."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.desk.people import operations as people
from tierline.desk.people.models import Person, Skill
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import LinkKind
from tierline.work.routing import operations as routing

from .company import SETUP, ZONE, Company

# minutes of the clock on weekdays; who is not named works from 8 to 18 o'clock
SHIFTS = {
    "Tomasz Wilk": dict.fromkeys(range(5), (420, 930)),
    "Dana Novak": dict.fromkeys(range(5), (480, 990)),
    "Kofi Mensah": dict.fromkeys(range(5), (570, 1080)),
    "Jonas Brandt": dict.fromkeys(range(5), (420, 930)),
    "Samira Bell": dict.fromkeys(range(4), (570, 1080)),
    "Amara Diallo": dict.fromkeys(range(5), (480, 990)),
    "Yusuf Arslan": dict.fromkeys(range(5), (570, 1080)),
}
NAMES = {"vpn": "VPN", "wifi": "Wi-Fi", "erp": "ERP", "usb": "USB", "mail": "Mail and calendar", "network": "Networks"}

LINKS = (
    ("vpn", "network", LinkKind.PART_OF),
    ("wifi", "network", LinkKind.PART_OF),
    ("windows", "mail", LinkKind.HELPS_WITH),
    ("windows", "accounts", LinkKind.HELPS_WITH),
    ("usb", "instruments", LinkKind.PART_OF),
    ("spectra", "instruments", LinkKind.PART_OF),
    ("firmware", "instruments", LinkKind.PART_OF),
    ("firmware", "usb", LinkKind.HELPS_WITH),
)

# service, skill, level, certified, from which tier
NEEDS = (
    ("vpn", "vpn", 2, True, 2),
    ("network", "network", 1, False, 2),
    ("erp", "erp", 2, False, 2),
    ("mail", "mail", 1, False, 2),
    ("spectraview", "spectra", 2, False, 2),
    ("firmware", "firmware", 2, False, 2),
)

LANGUAGES = {
    "Tomasz Wilk": {"pl": "C2", "de": "C1", "en": "B2"},
    "Dana Novak": {"cs": "C2", "de": "C1", "en": "B2"},
    "Jonas Brandt": {"de": "C2", "en": "C1"},
    "Samira Bell": {"en": "C2", "de": "B2", "fr": "B1"},
    "Priya Raman": {"en": "C2", "de": "B2"},
    "Ingrid Holm": {"sv": "C2", "en": "C1", "de": "B2"},
    "Mateo Cruz": {"es": "C2", "en": "C1", "de": "B2"},
}

# whose, name, issuer, number, skill, days since its issue, and until its end
CERTIFICATES = (
    ("Jonas Brandt", "Network Security Specialist", "Open Certification Board", "NSS-20417", "vpn", 600, 130),
    ("Samira Bell", "Network Security Specialist", "Open Certification Board", "NSS-21988", "vpn", 300, 420),
    ("Priya Raman", "Network Security Expert", "Open Certification Board", "NSE-00731", "vpn", 640, 85),
    ("Hana Sato", "Applied Spectroscopy", "Institute of Measurement", "AS-5521", "spectra", 200, 900),
    ("Ingrid Holm", "Field Service Safety", "Institute of Measurement", "FSS-118", "", 340, 72),
)

# group, and who takes turns
ROTATIONS = (("network-access", ("Jonas Brandt", "Samira Bell")), ("platform", ("Priya Raman", "Erik Sund")))

# who, first day from today, days, reason, deputy
ABSENCES = (
    ("Hana Sato", -1, 5, "leave", "Erik Sund"),
    ("Dana Novak", 7, 5, "leave", "Tomasz Wilk"),
    ("Mateo Cruz", 10, 2, "training", "Ingrid Holm"),
)


def begin(company: Company) -> None:
    """What is known of everybody from the first day on."""
    for person in company.staff.values():
        week = SHIFTS.get(person.name, dict.fromkeys(range(5), (480, 1080)))
        people.plan_week(actor=SETUP, person_id=person.pk, week=week)
    _skills(company)
    for name, spoken in LANGUAGES.items():
        for code, level in spoken.items():
            people.record_language(actor=SETUP, person_id=company.staff[name].pk, code=code, level=level)
    for name, certificate, issuer, number, skill, since, left in CERTIFICATES:
        _certify(company.staff[name], certificate, issuer, number, skill, since, left)
    monday = clock.now().date() - timedelta(days=clock.now().weekday())
    for key, names in ROTATIONS:
        group = company.groups[key]
        people.plan_rotation(
            actor=SETUP,
            group_id=group.pk,
            name=group.name,
            timezone=ZONE,
            first_at=datetime.combine(monday, time(8), ZoneInfo(ZONE)),
            days=7,
            people=[company.staff[name].pk for name in names],
        )


def _skills(company: Company) -> None:
    """Names people read, how skills lead to others, and what services ask."""
    for key in ("network", "instruments"):
        people.create_skill(actor=SETUP, key=key, name=NAMES.get(key, key.capitalize()))
    known = {skill.key: skill for skill in Skill.objects.all()}
    for key, name in NAMES.items():
        if known[key].name != name:
            people.change_skill(actor=SETUP, skill_id=known[key].pk, name=name)
    for skill, toward, kind in LINKS:
        people.link_skills(actor=SETUP, skill_id=known[skill].pk, toward_id=known[toward].pk, kind=kind)
    for service, skill, level, certified, from_tier in NEEDS:
        routing.need_skill(
            actor=SETUP,
            service_id=company.services[service].pk,
            skill_id=known[skill].pk,
            level=level,
            certified=certified,
            from_tier=from_tier,
        )


def _certify(person: Person, name: str, issuer: str, number: str, skill: str, since: int, left: int) -> None:
    today = clock.now().date()
    issued, expires = today - timedelta(days=since), today + timedelta(days=left)
    words = f"{issuer}\n\n{name}, number {number}\nawarded to {person.name} on {issued}, valid until {expires}\n"
    people.record_certificate(
        actor=SETUP,
        person_id=person.pk,
        name=name,
        issuer=issuer,
        number=number,
        skill=skill,
        issued_on=issued,
        expires_on=expires,
        evidence=people.Evidence(f"{number.lower()}.txt", "text/plain", words.encode()),
    )


def ahead(company: Company) -> None:
    """What lies around today: absences with deputies, a day that differs, and somebody who takes over on call."""
    today = clock.now().date()
    lead = actor_for(company.staff["Lena Graf"])
    for name, first, days, reason, deputy in ABSENCES:
        person = company.staff[name]
        people.record_absence(
            actor=actor_for(person),
            person_id=person.pk,
            starts_at=_midnight(today + timedelta(days=first)),
            ends_at=_midnight(today + timedelta(days=first + days)),
            reason=reason,
            deputy_id=company.staff[deputy].pk,
        )
    thursday = today + timedelta(days=(3 - today.weekday()) % 7)
    people.plan_day(
        actor=lead,
        person_id=company.staff["Samira Bell"].pk,
        day=thursday,
        spans=[(720, 1080)],
        words="doctor in the morning",
    )
    _take_over(company, lead, today + timedelta(days=9))


def _take_over(company: Company, lead: Actor, day: date) -> None:
    group = company.groups["network-access"]
    rotation = group.rotations.get(active=True)
    samira = company.staff["Samira Bell"]
    people.take_over_on_call(
        actor=lead,
        rotation_id=rotation.pk,
        person_id=samira.pk,
        starts_at=_midnight(day),
        ends_at=_midnight(day + timedelta(days=2)),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(ZONE))
