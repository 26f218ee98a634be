"""People with skills, shifts, a certificate that ends soon, and turns on call, made by the real operations."""

from datetime import timedelta

from tests.support.desk import SETUP, SmallDesk
from tierline.core.kernel import clock
from tierline.desk.people import operations as people
from tierline.desk.people.rules import LinkKind
from tierline.work.routing import operations as routing

OFFICE = dict.fromkeys(range(5), (480, 1080))
PROOF = people.Evidence("proof.pdf", "application/pdf", b"%PDF-1.4 a proof")


def staffed(desk: SmallDesk) -> None:
    """Agent 2 alone knows VPN on tier 2, proven by a certificate with 20 days left."""
    today = clock.now().date()
    for person in (*desk.agents.values(), desk.lead):
        people.plan_week(actor=SETUP, person_id=person.pk, week=OFFICE)
    vpn = people.create_skill(actor=SETUP, key="vpn", name="VPN")
    network = people.create_skill(actor=SETUP, key="network", name="Network")
    people.link_skills(actor=SETUP, skill_id=vpn.pk, toward_id=network.pk, kind=LinkKind.PART_OF)
    people.record_skill(actor=SETUP, person_id=desk.agents[2].pk, skill="vpn", level=3)
    people.record_skill(actor=SETUP, person_id=desk.agents[3].pk, skill="vpn", level=2)
    routing.need_skill(actor=SETUP, service_id=desk.service.pk, skill_id=vpn.pk, certified=True, from_tier=2)
    people.record_certificate(
        actor=SETUP,
        person_id=desk.agents[2].pk,
        name="Tunnel Engineer",
        issuer="Open Board",
        number="TE-1",
        skill="vpn",
        issued_on=today - timedelta(days=691),
        expires_on=today + timedelta(days=20),
        evidence=PROOF,
    )
    people.record_language(actor=SETUP, person_id=desk.agents[2].pk, code="de", level="C1")
    people.plan_rotation(
        actor=SETUP,
        group_id=desk.groups[1].pk,
        name="Nights",
        timezone="UTC",
        first_at=clock.now(),
        days=7,
        people=[desk.agents[1].pk, desk.lead.pk],
    )
