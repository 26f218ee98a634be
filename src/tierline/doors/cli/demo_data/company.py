"""Nordlicht Instruments: a fictional maker of spectrometers with 60 people, its customers, and its support groups."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue import operations as catalogue
from tierline.desk.catalogue.models import Service
from tierline.desk.people import operations as people
from tierline.desk.people.models import Desk, Organisation, Person, SupportGroup
from tierline.desk.people.queries import actor_for
from tierline.desk.people.rules import Role
from tierline.desk.sla import operations as sla
from tierline.ladder.escalation import operations as escalation
from tierline.work.knowledge import operations as knowledge
from tierline.work.workflows import operations as workflows

SETUP = Actor(label="Set-up", roles=frozenset({Role.ADMINISTRATOR}))
PASSWORD = "climb-with-proof"  # noqa: S105 (printed on the start page of a demo desk; nothing real hides behind it)
ZONE = "Europe/Berlin"
HERE = Path(__file__).parent

# key, name, desk, tier
GROUPS = (
    ("service-desk", "Service Desk", "it", 1),
    ("network-access", "Network and Access", "it", 2),
    ("business-apps", "Business Applications", "it", 2),
    ("platform", "Platform Engineering", "it", 3),
    ("customer-care", "Customer Care", "customer", 1),
    ("instrument-support", "Instrument Support", "customer", 2),
    ("instrument-lab", "Instrument Software", "customer", 3),
    ("halden", "Halden Boards (maker)", "customer", 4),
    ("people-desk", "People Desk", "hr", 1),
    ("people-experts", "People Specialists", "hr", 2),
)

# where each desk is written to
ADDRESSES = {
    "it": "help@nordlicht.example",
    "customer": "support@nordlicht.example",
    "hr": "people@nordlicht.example",
}

# name, groups, extra roles, skills
STAFF = (
    ("Tomasz Wilk", ("service-desk",), (), {"windows": 2, "vpn": 1, "accounts": 3}),
    ("Dana Novak", ("service-desk",), (), {"windows": 2, "mail": 2}),
    ("Kofi Mensah", ("service-desk", "customer-care"), (), {"accounts": 2, "printers": 3}),
    ("Jonas Brandt", ("network-access",), (), {"vpn": 3, "wifi": 2}),
    ("Samira Bell", ("network-access",), (), {"vpn": 2, "wifi": 3}),
    ("Milan Kovac", ("business-apps",), (), {"erp": 3, "mail": 3}),
    ("Priya Raman", ("platform",), (), {"vpn": 3, "windows": 3, "erp": 2}),
    ("Erik Sund", ("platform", "instrument-lab"), (), {"usb": 3, "firmware": 2}),
    ("Amara Diallo", ("customer-care",), (), {"licences": 3, "spectra": 1}),
    ("Yusuf Arslan", ("customer-care",), (), {"licences": 2, "spectra": 1}),
    ("Ingrid Holm", ("instrument-support",), (), {"spectra": 3, "firmware": 2}),
    ("Mateo Cruz", ("instrument-support",), (), {"spectra": 2, "usb": 2}),
    ("Hana Sato", ("instrument-lab",), (), {"usb": 3, "spectra": 3}),
    ("Lars Becker", ("halden",), (), {"firmware": 3}),
    ("Nora Weiss", ("people-desk", "people-experts"), (), {"payroll": 3}),
    ("Lena Graf", ("service-desk",), (Role.LEAD,), {"accounts": 2}),
    ("Olga Petrova", ("instrument-support",), (Role.LEAD,), {"spectra": 2}),
)

REQUESTERS = (
    "Ines Okafor", "Yuki Tan", "Henrik Dahl", "Carla Reyes", "Elif Aydin", "Ravi Menon", "Anton Brink", "Eva Lindqvist",
    "Jonas Weber", "Sofia Conti", "Piotr Zielinski", "Aisha Rahman", "Lucas Moreau", "Freya Nielsen", "Daniel Osei",
    "Katrin Vogel", "Marco Bianchi", "Leila Haddad", "Oskar Lund", "Nadia Benali", "Viktor Horvath", "Grace Adeyemi",
)  # fmt: skip

CUSTOMERS = (
    ("Aalto Labs", "aalto-labs.example", "Gold", 2, ("Mikko Laine", "Sari Koski")),
    ("Institute Meyrin", "meyrin.example", "Platinum", 3, ("Chloe Dubois", "Pascal Roux")),
    ("Vantage Pharma", "vantage-pharma.example", "Silver", 0, ("Emma Clarke", "Oliver Shaw", "Zoe Grant")),
    ("Tarn Water Board", "tarn-water.example", "Silver", 0, ("Rhys Morgan", "Megan Price")),
)

# key, name, desk, group
SERVICES = (
    ("accounts", "Accounts and access", "it", "service-desk"),
    ("workplace", "Workplace and printing", "it", "service-desk"),
    ("vpn", "VPN", "it", "service-desk"),
    ("network", "Network and Wi-Fi", "it", "service-desk"),
    ("mail", "Mail and calendar", "it", "service-desk"),
    ("erp", "Ledger and ERP", "it", "service-desk"),
    ("spectraview", "SpectraView", "customer", "customer-care"),
    ("firmware", "Instrument firmware", "customer", "customer-care"),
    ("payroll", "Payroll", "hr", "people-desk"),
    ("leave", "Leave and time", "hr", "people-desk"),
)

PRODUCTS = (
    ("secure-access", "Secure Access", "vpn", ("5.1.4", "5.2.0", "5.2.1", "5.2.2"), ("tunneld", "profile", "auth")),
    ("groupware", "Groupware", "mail", ("8.3.0", "8.4.0"), ("calendar-acl", "sync")),
    ("access-point", "Access point AP-60", "network", ("3.8.0", "3.8.2"), ("radio",)),
    ("ledger", "Ledger", "erp", ("11.2.0", "11.2.1"), ("export", "import")),
    ("spectraview", "SpectraView", "spectraview", ("4.1.3", "4.2.0", "4.2.1"), ("usb-bridge", "acq", "licence")),
    ("nx-2", "NX-2 firmware", "firmware", ("2.10.0", "2.11.0"), ("boot-loader", "updater")),
)

RUNBOOKS = (
    ("vpn-basics", "VPN basics", "vpn", "vpn tunnel profile certificate", (
        ("certificate", "Certificate of the client is valid", "an expired certificate"),
        ("clock", "Clock of the computer is right to the minute", "a wrong clock"),
        ("second-client", "No second VPN client is installed", "a second client"),
        ("portal", "No captive portal answers", "a captive portal"),
        ("profile", "Profile imported again", "a damaged profile"),
    )),
    ("workplace-basics", "Workplace basics", "workplace", "printer laptop slow", (
        ("restart", "Restarted in the last 24 hours", "a stale session"),
        ("updates", "Updates are installed", "a missing update"),
        ("others", "Somebody else has it as well", "a fault of this one device"),
    )),
    ("sign-in", "Sign-in and second factor", "accounts", "password sign code account", (
        ("identity", "Identity confirmed by call back", "somebody else asking"),
        ("locked", "Account is not locked", "a locked account"),
        ("device", "Second factor is enrolled on one device", "an old device"),
    )),
    ("instrument-basics", "Instrument basics", "spectraview", "spectrometer instrument usb licence", (
        ("cable", "Another cable and another socket tried", "cable and socket"),
        ("driver", "Driver is the one of the release", "an old driver"),
        ("other-computer", "Instrument works on another computer", "a broken instrument"),
    )),
    ("general", "First look", None, "", (
        ("since", "Since when, and what changed then", "a recent change"),
        ("others", "Others are affected or not", "a wide outage"),
    )),
)  # fmt: skip


# What the gold plan promises beyond the standard, in business minutes by priority; the rest is the standard's.
GOLD = {
    "first_reply": (15, 30, 60, 120, 240),
    "next_update": (60, 120, 480, 960, 1920),
    "resolution": (240, 480, 960, 1920, 3840),
}


@dataclass
class Company:
    """What the lives need to find their way around."""

    desks: dict[str, Desk] = field(default_factory=dict)
    groups: dict[str, SupportGroup] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    staff: dict[str, Person] = field(default_factory=dict)
    members: dict[int, list[Person]] = field(default_factory=dict)
    colleagues: list[Person] = field(default_factory=list)
    customers: list[Person] = field(default_factory=list)
    administrator: Person | None = None

    def agent(self, person_id: int | None) -> Person | None:
        """The one of the staff with this id; None for nobody."""
        return next((person for person in self.staff.values() if person.pk == person_id), None)

    def member(self, group_id: int, number: int) -> Person:
        """One of a group's people, by a number that the caller draws."""
        people_here = self.members[group_id]
        return people_here[number % len(people_here)]


def found() -> Company:
    """Set the company up by the verbs that the set-up pages use."""
    company = Company()
    for key, name, kind in (("it", "IT", "it"), ("customer", "Customer support", "customer"), ("hr", "HR", "hr")):
        company.desks[key] = people.create_desk(actor=SETUP, key=key, name=name, kind=kind, confidential=key == "hr")
    for key, name, desk, tier in GROUPS:
        company.groups[key] = people.create_group(
            actor=SETUP,
            desk=company.desks[desk],
            key=key,
            name=name,
            tier=tier,
            email=ADDRESSES[desk] if tier == 1 else "",
        )
    _hire(company)
    _requesters(company)
    _offer(company)
    _promise()
    escalation.ensure_default_contracts()
    _runbooks(company)
    _articles(company)
    return company


def _address(name: str, domain: str = "nordlicht.example") -> str:
    return f"{name.lower().replace(' ', '.')}@{domain}"


def _person(name: str, roles: list[Role], organisation: Organisation | None, **rest: str) -> Person:
    domain = organisation.domain if organisation else "nordlicht.example"
    return people.create_person(
        actor=SETUP, email=_address(name, domain), name=name, roles=roles, organisation=organisation,
        timezone=ZONE, **rest,
    )  # fmt: skip


def _hire(company: Company) -> None:
    house = people.create_organisation(actor=SETUP, name="Nordlicht Instruments", domain="nordlicht.example")
    for name, groups, roles, levels in STAFF:
        person = _person(name, [Role.AGENT, *roles], house, job_title=company.groups[groups[0]].name)
        company.staff[name] = person
        for key in groups:
            people.join_group(actor=SETUP, person_id=person.pk, group_id=company.groups[key].pk)
            company.members.setdefault(company.groups[key].pk, []).append(person)
        for key, level in levels.items():
            people.record_skill(actor=SETUP, person_id=person.pk, skill=key, level=level)
    company.administrator = _person("Astrid Berg", [Role.ADMINISTRATOR, Role.AGENT], house, job_title="Desk owner")


def _requesters(company: Company) -> None:
    house = Organisation.objects.get(name="Nordlicht Instruments")
    company.colleagues = [_person(name, [Role.REQUESTER], house) for name in REQUESTERS]
    for name, domain, plan, direct, people_there in CUSTOMERS:
        customer = people.create_organisation(actor=SETUP, name=name, domain=domain)
        catalogue.agree_contract(
            actor=SETUP, organisation=customer, plan=plan, direct_tier=direct, names_manager=direct > 0
        )
        company.customers += [_person(person, [Role.REQUESTER], customer) for person in people_there]
        manager = company.staff["Olga Petrova"]
        people.name_account_manager(actor=SETUP, organisation_id=customer.pk, person_id=manager.pk)


def _offer(company: Company) -> None:
    for key, name, desk, group in SERVICES:
        company.services[key] = catalogue.create_service(
            actor=SETUP, desk=company.desks[desk], key=key, name=name, group=company.groups[group]
        )
    for key, name, service, versions, components in PRODUCTS:
        product = catalogue.create_product(
            actor=SETUP, key=key, name=name, service=company.services[service], components=components
        )
        for version in versions:
            catalogue.add_release(actor=SETUP, product=product, version=version)


def _promise() -> None:
    """Office hours with the public holidays for everybody; more for the gold plan; a maker with a contract."""
    standard = sla.ensure_defaults(actor=SETUP, zone=ZONE)
    sla.write_calendar(
        actor=SETUP,
        name=standard.calendar.name,
        zone=ZONE,
        week=sla.OFFICE_WEEK,
        closures=sla.holidays_of("DE", "HH"),
    )
    long_hours = sla.write_calendar(actor=SETUP, name="Long hours", zone=ZONE, week=[[[360, 1320]]] * 6 + [[]])
    sla.write_policy(actor=SETUP, name="Gold", calendar=long_hours, plan="Gold", targets=GOLD)
    halden = catalogue.create_vendor(actor=SETUP, key="halden", name="Halden Boards")
    sla.write_policy(
        actor=SETUP,
        name="Halden Boards",
        calendar=standard.calendar,
        vendor=halden,
        targets={"underpinning": (240, 480, 960, 1920, 2880)},
    )


def _runbooks(company: Company) -> None:
    for key, title, service, words, steps in RUNBOOKS:
        workflows.write_runbook(
            actor=SETUP,
            key=key,
            title=title,
            service_id=company.services[service].pk if service else None,
            words=words,
            steps=[{"key": k, "text": text, "kind": "check", "rules_out": out} for k, text, out in steps],
        )


def _articles(company: Company) -> None:
    author = actor_for(company.staff["Lena Graf"])
    for entry in read_toml("articles.toml")["article"]:
        article = knowledge.create(
            actor=author,
            title=entry["title"],
            issue=entry["issue"],
            environment=entry["environment"],
            resolution=entry["resolution"],
            cause=entry["cause"],
            desk_id=None if entry["desk"] == "hr" else company.desks[entry["desk"]].pk,
        )
        knowledge.validate(actor=author, article_id=article.pk)
        knowledge.publish(actor=author, article_id=article.pk, audience="requester")


def read_toml(name: str) -> dict[str, Any]:
    """One of the data files beside this module."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
