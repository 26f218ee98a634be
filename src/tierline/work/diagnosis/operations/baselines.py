"""Healthy files of a product and version, against which others are compared."""

from collections.abc import Collection

from django.db import transaction

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.desk.people.rules import Right, holding
from tierline.work.diagnosis.models import Baseline, Evidence
from tierline.work.diagnosis.queries import as_healthy, product_of
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
    product = product_id or product_of(evidence.ticket, evidence.facts)
    release = version or evidence.facts.get("version", "") or evidence.ticket.release_version
    if product is None or not release:
        raise Invalid({"version": "Say which product and version this healthy file comes from."})
    with transaction.atomic():
        baseline, _ = Baseline.objects.select_for_update().get_or_create(product_id=product, release_version=release)
        if evidence.pk in baseline.evidence_ids:
            return baseline
        _keep(baseline, learn(as_healthy(baseline), *_shown(evidence)))
        baseline.evidence_ids.append(evidence.pk)
        baseline.save()
    return baseline


def relearn(evidence_ids: Collection[int]) -> None:
    """What healthy files showed, after some of them were read again; no other file quotes what they show no more."""
    for baseline in Baseline.objects.select_for_update().filter(evidence_ids__overlap=list(evidence_ids)):
        before = baseline.texts
        known = Healthy()
        for evidence in Evidence.objects.ready().filter(pk__in=baseline.evidence_ids).order_by("pk"):
            known = learn(known, *_shown(evidence))
        _keep(baseline, known)
        baseline.save()
        _forget_gone({key for key in before if key not in known.texts})


def _shown(evidence: Evidence) -> tuple[dict[str, str], dict[str, int]]:
    """The texts and the counts of a file's forms of line."""
    rows = list(evidence.templates.values_list("template_id", "template", "count"))
    return {key: text for key, text, _ in rows}, {key: count for key, _, count in rows}


def _keep(baseline: Baseline, known: Healthy) -> None:
    baseline.bundles, baseline.seen_in, baseline.texts = known.bundles, dict(known.seen_in), dict(known.texts)
    baseline.counts = dict(known.counts)


def _forget_gone(ids: Collection[str]) -> None:
    """Files that were compared with the baseline name what they lack: not by a text that is masked now."""
    for evidence in Evidence.objects.exclude(gone=[]).only("gone") if ids else ():
        kept = [one for one in evidence.gone if one["id"] not in ids]
        if len(kept) < len(evidence.gone):
            Evidence.objects.filter(pk=evidence.pk).update(gone=kept)
