"""Which healthy files a file is compared with, and why these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tierline.core.kernel.actors import Actor
from tierline.desk.catalogue.models import Product
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis.models import Baseline, Evidence, EvidenceTemplate
from tierline.work.diagnosis.rules.compare import Healthy, akin, learn


@dataclass(frozen=True, slots=True)
class Choice:
    """The healthy files of one version that a file is compared with, of the `kept` ones that there are.

    `named_by` is who named the product; `same_version` and `akin` say whether they are of the file's version, and
    whether they were chosen because they are named as it is.
    """

    baseline_id: int
    product: str
    version: str
    named_by: Literal["ticket", "file", "service"]
    same_version: bool
    akin: bool
    evidence_ids: tuple[int, ...]
    kept: int

    @property
    def number(self) -> int:
        """How many files that are."""
        return len(self.evidence_ids) if self.akin else self.kept


def choice_for(ticket: Ticket, facts: Mapping[str, str], name: str) -> Choice | None:
    """Of the file's version, else of that with most of them; those whose names are like the file's come before both."""
    product = product_of(ticket, facts)
    if product is None:
        return None
    version = ticket.release_version or facts.get("version", "")
    rows = Baseline.objects.filter(product_id=product, bundles__gt=0).select_related("product")
    found = list(rows.defer("texts", "counts", "seen_in").order_by("-bundles", "pk"))
    found.sort(key=lambda one: one.release_version != version)
    named = dict(
        Evidence.objects.filter(pk__in=[pk for one in found for pk in one.evidence_ids]).values_list("pk", "name")
    )
    alike = akin(name, named)
    chosen = next((one for one in found if alike.intersection(one.evidence_ids)), found[0] if found else None)
    if chosen is None:
        return None
    ids = tuple(pk for pk in chosen.evidence_ids if pk in alike)
    return Choice(
        baseline_id=chosen.pk,
        product=chosen.product.name,
        version=chosen.release_version,
        named_by="ticket" if ticket.facts.get("product") else "file" if facts.get("product") else "service",
        same_version=chosen.release_version == version,
        akin=bool(ids),
        evidence_ids=ids or tuple(chosen.evidence_ids),
        kept=chosen.bundles,
    )


def healthy_for(ticket: Ticket, facts: Mapping[str, str], name: str) -> Healthy:
    """What the healthy files show that a file is compared with."""
    choice = choice_for(ticket, facts, name)
    if choice is None:
        return Healthy()
    if choice.number == choice.kept:
        return as_healthy(Baseline.objects.get(pk=choice.baseline_id))
    return learned_from(choice.evidence_ids)


def learned_from(evidence_ids: Sequence[int]) -> Healthy:
    """What files that were read show together."""
    shown: dict[int, list[tuple[str, str, int]]] = {pk: [] for pk in evidence_ids}
    rows = EvidenceTemplate.objects.filter(evidence_id__in=evidence_ids, evidence__state="ready")
    for pk, key, text, count in rows.values_list("evidence_id", "template_id", "template", "count"):
        shown[pk].append((key, text, count))
    known = Healthy()
    for forms in shown.values():
        known = learn(known, {key: text for key, text, _ in forms}, {key: count for key, _, count in forms})
    return known


@dataclass(frozen=True, slots=True)
class ChosenFile:
    """A healthy file that the viewer may open."""

    evidence_id: int
    name: str
    reference: str


def chosen_files(viewer: Actor, choice: Choice, *, limit: int = 12) -> list[ChosenFile]:
    """Those of the chosen files that the viewer may see, the oldest first."""
    seen = Evidence.objects.visible_to(holding(viewer, Right.EVIDENCE_READ)).select_related("ticket")
    rows = seen.filter(pk__in=choice.evidence_ids).order_by("pk").only("name", "ticket__kind")
    return [ChosenFile(row.pk, row.name, row.ticket.reference) for row in rows[:limit]]


def as_healthy(row: Baseline) -> Healthy:
    """The healthy files of one version, as rules see them."""
    return Healthy(row.bundles, row.seen_in, row.texts, row.counts)


def product_of(ticket: Ticket, facts: Mapping[str, str]) -> int | None:
    """The product a file is about: named in the ticket's facts or by the file, else the only one of the service."""
    named = ticket.facts.get("product", "") or facts.get("product", "")
    if named:
        rows = Product.objects.filter(name__iexact=named) | Product.objects.filter(key__iexact=named)
        return rows.values_list("pk", flat=True).first()
    if ticket.service_id is None:
        return None
    keys = list(Product.objects.filter(service_id=ticket.service_id).values_list("pk", flat=True)[:2])
    return keys[0] if len(keys) == 1 else None
