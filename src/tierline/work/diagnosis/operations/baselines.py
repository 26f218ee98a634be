"""Healthy files of a product and version, against which others are compared."""

from collections.abc import Mapping

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Ticket
from tierline.work.diagnosis.models import Baseline, Evidence
from tierline.work.diagnosis.queries import baseline_for, product_of
from tierline.work.diagnosis.rules.compare import Healthy, learn


def keep_baseline(*, actor: Actor, evidence_id: int, product_id: int | None = None, version: str = "") -> Baseline:
    """Count a file that was read as healthy for its product and version; a second time changes nothing.

    Product and version are taken from the ticket and the file where they are not given. Raises NotFound, and Invalid
    when the file is not ready or the product or version is unknown.
    """
    actor = holding(actor, Right.PROBLEM_WORK)
    found = Evidence.objects.visible_to(actor).ready().select_related("ticket", "ticket__service")
    evidence = found.filter(pk=evidence_id).first()
    if evidence is None:
        raise NotFound
    product = product_id or product_of(evidence.ticket)
    release = version or evidence.facts.get("version", "") or evidence.ticket.release_version
    if product is None or not release:
        raise Invalid({"version": "Say which product and version this healthy file comes from."})
    with transaction.atomic():
        baseline, _ = Baseline.objects.select_for_update().get_or_create(product_id=product, release_version=release)
        if evidence.pk in baseline.evidence_ids:
            return baseline
        rows = dict(evidence.templates.values_list("template_id", "template"))
        more = learn(Healthy(baseline.bundles, baseline.seen_in, baseline.texts), rows)
        baseline.bundles, baseline.seen_in, baseline.texts = more.bundles, dict(more.seen_in), dict(more.texts)
        baseline.evidence_ids.append(evidence.pk)
        baseline.save()
    return baseline


def healthy_for(ticket: Ticket, facts: Mapping[str, str]) -> Healthy:
    """The healthy files to compare with: of this version, else of the product's version with most of them."""
    row = baseline_for(ticket, facts)
    return Healthy(row.bundles, row.seen_in, row.texts) if row else Healthy()
