"""A file beside others: the healthy ones of its product, and one other side by side."""

from dataclasses import dataclass

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people.rules import Right, holding
from tierline.work.diagnosis.models import Evidence
from tierline.work.diagnosis.rules.compare import side_by_side
from tierline.work.diagnosis.rules.skew import words

from .healthy import choice_for


@dataclass(frozen=True, slots=True)
class Beside:
    """Two files side by side: facts that differ (`name`, here, there), how many are equal, and templates by count.

    `templates` are (id, text, here, there), those of only one file first.
    """

    other_id: int
    name: str
    reference: str
    healthy: bool
    facts: tuple[tuple[str, str, str], ...]
    equal: int
    templates: tuple[tuple[str, str, int, int], ...]


def beside(viewer: Actor, evidence_id: int, other_id: int = 0, *, limit: int = 40) -> Beside | None:
    """A file next to another one of the viewer's; without `other_id` next to a healthy file of the same product.

    None when there is no healthy file that the viewer may see. Raises NotFound.
    """
    here = readable(viewer, evidence_id)
    chosen = choice_for(here.ticket, here.facts, here.name)
    healthy = [pk for pk in (chosen.evidence_ids if chosen else ()) if pk != here.pk]
    seen = Evidence.objects.ready().visible_to(holding(viewer, Right.EVIDENCE_READ)).select_related("ticket")
    if other_id:
        there = readable(viewer, other_id)
    else:
        found = seen.filter(pk__in=healthy).order_by("-pk").first()
        if found is None:
            return None
        there = found
    facts = side_by_side(_facts(here), _facts(there))
    counts = [dict(one.templates.values_list("template_id", "count")) for one in (here, there)]
    texts = dict(there.templates.values_list("template_id", "template"))
    texts |= dict(here.templates.values_list("template_id", "template"))
    rows = [(key, text, counts[0].get(key, 0), counts[1].get(key, 0)) for key, text in texts.items()]
    differing = [one for one in rows if (one[2] == 0) != (one[3] == 0)]
    return Beside(
        other_id=there.pk,
        name=there.name,
        reference=there.ticket.reference,
        healthy=there.pk in healthy,
        facts=tuple(one for one in facts if one[1] != one[2]),
        equal=sum(one[1] == one[2] for one in facts) + len(rows) - len(differing),
        templates=tuple(sorted(differing, key=lambda one: (one[2] == 0, -one[2], -one[3]))[:limit]),
    )


def _facts(evidence: Evidence) -> dict[str, str]:
    """What can be said of a file in one word each."""
    errors = sum(bucket["errors"] for bucket in evidence.buckets)
    minutes = 0.0
    if evidence.started_at and evidence.ended_at:
        minutes = (evidence.ended_at - evidence.started_at).total_seconds() / 60
    measured = {
        "error lines per minute": f"{errors / minutes:.1f}" if minutes else "",
        "lines per minute": f"{evidence.lines / minutes:.0f}" if minutes else "",
        "bursts": str(len(evidence.bursts)),
        "stack traces": ", ".join(sorted({trace["type"] for trace in evidence.traces if trace["type"]})),
        "clock": words(evidence.skew) if evidence.skew else "",
        "format": evidence.format,
    }
    return {**evidence.facts, **measured}


def readable(viewer: Actor, evidence_id: int, *, index: bool = False) -> Evidence:
    """The file, if it is for the viewer; the index of lines is large for a large file, and comes only where asked.

    Raises NotFound.
    """
    found = Evidence.objects.visible_to(holding(viewer, Right.EVIDENCE_READ)).select_related("ticket")
    evidence = found.defer("marks", *(() if index else ("offsets",))).filter(pk=evidence_id).first()
    if evidence is None:
        raise NotFound
    return evidence
