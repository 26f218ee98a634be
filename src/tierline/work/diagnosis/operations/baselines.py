"""Healthy files of a product and version, against which others are compared."""

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.rules import Right, holding
from tierline.work.diagnosis.models import Baseline, Evidence
from tierline.work.diagnosis.queries import as_healthy, product_of
from tierline.work.diagnosis.rules.compare import learn


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
        rows = list(evidence.templates.values_list("template_id", "template", "count"))
        texts, counts = {key: text for key, text, _ in rows}, {key: count for key, _, count in rows}
        more = learn(as_healthy(baseline), texts, counts)
        baseline.bundles, baseline.seen_in, baseline.texts = more.bundles, dict(more.seen_in), dict(more.texts)
        baseline.counts = dict(more.counts)
        baseline.evidence_ids.append(evidence.pk)
        baseline.save()
    return baseline
