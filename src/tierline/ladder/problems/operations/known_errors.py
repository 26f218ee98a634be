"""Known errors: written with their workaround, tried on their examples, put in force, retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from django.db import transaction

from tierline.core.kernel import clock
from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound
from tierline.core.kernel.text import clean, one_line
from tierline.desk.people.rules import Right, holding
from tierline.desk.tickets.models import Ticket
from tierline.ladder.problems.errors import FixturesFailed, WrongState
from tierline.ladder.problems.events import (
    KnownErrorPublished,
    KnownErrorRetired,
    KnownErrorRevised,
    WorkaroundRecorded,
)
from tierline.ladder.problems.models import KnownError, Problem, ProblemTicket, RetroScan
from tierline.ladder.problems.rules import (
    Fixture,
    Fixtures,
    KnownErrorAudience,
    KnownErrorState,
    ProblemState,
    forward,
    parse_fixtures,
)
from tierline.work.diagnosis import operations as diagnosis
from tierline.work.diagnosis.operations.past import observed_of
from tierline.work.diagnosis.rules import match as rule
from tierline.work.diagnosis.rules.in_force import read_kept
from tierline.work.diagnosis.rules.reading import EvidenceReader

from .problems import open_problem
from .scanning import begin, drop
from .writing import locked, must_be_open, record_on, tell

_CHANGEABLE = frozenset(
    {"title", "symptoms", "workaround", "matcher", "fixtures", "lowest_tier", "risk", "affected_versions", "audience"}
    | {"review_on"}
)
_IN_FORCE = frozenset({"title", "workaround", "lowest_tier"})
_TOLD_WHOLE = frozenset({"workaround", "matcher", "lowest_tier", "affected_versions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A known error in force, and the scan of past tickets that was begun; None for a record without a matcher."""

    known_error: KnownError
    scan: RetroScan | None


def record_workaround(
    *,
    actor: Actor,
    problem_id: int,
    title: str,
    symptoms: str,
    workaround: str,
    matcher: Mapping[str, Any] | None = None,
    lowest_tier: int = 1,
    fixtures: Mapping[str, Any] | None = None,
    risk: str = "",
    affected_versions: Sequence[str] = (),
    audience: KnownErrorAudience = KnownErrorAudience.INTERNAL,
    review_on: date | None = None,
) -> KnownError:
    """Write a known error as a draft. Without `fixtures` the problem's tickets are the examples it must catch.

    Raises Invalid naming each field at fault, WrongState for a closed problem, NotFound.
    """
    with transaction.atomic():
        problem = locked(actor, problem_id)
        must_be_open(problem)
        linked = ProblemTicket.objects.filter(problem=problem).order_by("ticket_id").values_list("ticket_id", flat=True)
        fields = {
            "title": title,
            "symptoms": symptoms,
            "workaround": workaround,
            "matcher": matcher or {},
            "fixtures": {"must": [{"ticket": pk} for pk in linked]} if fixtures is None else fixtures,
            "lowest_tier": lowest_tier,
            "risk": risk,
            "affected_versions": affected_versions,
            "audience": audience,
            "review_on": review_on,
        }
        now = clock.now()
        known_error = KnownError.objects.create(
            problem=problem, owner_id=actor.person_id, created_at=now, changed_at=now, **_checked(fields)
        )
        recorded = WorkaroundRecorded(
            problem_id=problem.pk, known_error_id=known_error.pk, lowest_tier=known_error.lowest_tier
        )
        tell(actor, problem, recorded)
        return known_error


def revise_known_error(*, actor: Actor, known_error_id: int, **changes: Any) -> KnownError:  # noqa: ANN401 (the fields of the record)
    """Change some fields. What is in force goes back to a draft until it is published again: a matcher is proven first.

    Raises Invalid, and NotFound.
    """
    if unknown := set(changes) - _CHANGEABLE:
        raise Invalid(dict.fromkeys(unknown, "There is no such field."))
    with transaction.atomic():
        known_error, problem = _locked(actor, known_error_id)
        current = {name: getattr(known_error, name) for name in _CHANGEABLE}
        checked = _checked({**current, **changes})
        differing = sorted(name for name in _CHANGEABLE if checked[name] != current[name])
        for name, value in checked.items():
            setattr(known_error, name, value)
        if known_error.status == KnownErrorState.PUBLISHED and "matcher" in changes:
            _take_out_of_force(actor, known_error)
            known_error.status = KnownErrorState.DRAFT
        elif known_error.status == KnownErrorState.PUBLISHED and _IN_FORCE.intersection(differing):
            _put_in_force(actor, known_error)
        known_error.changed_at = clock.now()
        known_error.save()
        if differing:
            before = {name: current[name] for name in differing if name in _TOLD_WHOLE}
            record_on(actor, problem, _revised(known_error, differing, before))
        return known_error


def _revised(known_error: KnownError, fields: list[str], before: dict[str, Any]) -> KnownErrorRevised:
    return KnownErrorRevised(
        problem_id=known_error.problem_id, known_error_id=known_error.pk, fields=fields, before=before
    )


def draft_known_error(*, actor: Actor, ticket_id: int, **fields: Any) -> KnownError:  # noqa: ANN401 (as record_workaround takes them)
    """Write a known error from a ticket: behind its problem, or a new one when it has none. Raises as both do."""
    with transaction.atomic():
        link = ProblemTicket.objects.filter(ticket_id=ticket_id).first()
        found = link.problem_id if link else open_problem(actor=actor, ticket_id=ticket_id).pk
        return record_workaround(actor=actor, problem_id=found, **fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What a matcher did with one example, which it must catch (`wanted`) or not; `reasons` when it caught it."""

    name: str
    wanted: bool
    caught: bool
    reasons: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether it came out as it says."""
        return self.caught == self.wanted


def try_examples(*, actor: Actor, matcher: Mapping[str, Any], fixtures: Mapping[str, Any]) -> list[Tried]:
    """Try a matcher that is not kept yet on examples; tickets only as far as the actor may see them.

    Raises Invalid naming what is wrong in the matcher or the examples.
    """
    actor = holding(actor, Right.PROBLEM_WORK)
    examples = parse_fixtures(fixtures)
    named = {one.ticket_id for one in (*examples.must, *examples.must_not) if one.ticket_id is not None}
    seen = set(Ticket.objects.visible_to(actor).filter(pk__in=named).values_list("pk", flat=True))
    if named - seen:
        raise Invalid({"fixtures": "There is no such ticket among those you may see."})
    try:
        return _tried(rule.from_json(matcher), examples)
    except (ValueError, TypeError) as error:
        raise Invalid({"matcher": _sentence(error)}) from error


def try_evidence(*, actor: Actor, matcher: Mapping[str, Any], evidence_id: int) -> Tried:
    """Try a matcher that is not kept yet on what one file showed. Raises Invalid for the matcher, and NotFound."""
    actor = holding(actor, Right.PROBLEM_WORK)
    try:
        found = rule.match(rule.from_json(matcher), diagnosis.observed_in(actor, evidence_id))
    except (ValueError, TypeError) as error:
        raise Invalid({"matcher": _sentence(error)}) from error
    reasons = found.reasons if found else ()
    return Tried(name=f"evidence {evidence_id}", wanted=True, caught=found is not None, reasons=reasons)


def _tried(matcher: rule.Matcher, examples: Fixtures) -> list[Tried]:
    named = {one.ticket_id for one in (*examples.must, *examples.must_not) if one.ticket_id is not None}
    references = {one.pk: one.reference for one in Ticket.objects.filter(pk__in=named)}
    told = []
    for example, wanted in [(one, True) for one in examples.must] + [(one, False) for one in examples.must_not]:
        found = rule.match(matcher, _observed(example))
        reasons = found.reasons if found else ()
        name = references.get(example.ticket_id or 0, example.name)
        told.append(Tried(name=name, wanted=wanted, caught=found is not None, reasons=reasons))
    return told


def check_fixtures(known_error: KnownError) -> list[str]:
    """Try the matcher on its examples; one sentence for each that does not come out as it says."""
    fixtures = parse_fixtures(known_error.fixtures)
    if not known_error.matcher:
        return []
    kept = read_kept(known_error.matcher)
    if kept.matcher is None:
        return [f"it cannot be tried, because {kept.fault}"]
    if not fixtures.must:
        return ["there is no example that it must catch"]
    return [
        f"it catches “{one.name}”, because {' and '.join(one.reasons)}"
        if one.caught
        else f"it does not catch “{one.name}”"
        for one in _tried(kept.matcher, fixtures)
        if not one.right
    ]


def publish_known_error(*, actor: Actor, known_error_id: int) -> Published:
    """Put a known error in force: try it on its examples, hand its matcher to diagnosis, begin its scan.

    Raises FixturesFailed with the list of what did not come out right, WrongState when it is in force already or its
    problem has no cause yet, NotFound.
    """
    with transaction.atomic():
        known_error, problem = _locked(actor, known_error_id, right=Right.KNOWN_ERROR_PUBLISH)
        if known_error.status == KnownErrorState.PUBLISHED:
            raise WrongState(f"{known_error.ref} is published already.")
        if not problem.cause:
            raise WrongState(f"{problem.reference} has no cause yet.", todo="Record the cause first.")
        if failures := check_fixtures(known_error):
            raise FixturesFailed(failures)
        _put_in_force(actor, known_error)
        known_error.status, known_error.published_at = KnownErrorState.PUBLISHED, clock.now()
        known_error.changed_at = clock.now()
        known_error.save()
        problem.state = forward(problem.state, ProblemState.ERROR_CONTROLLED)
        published = KnownErrorPublished(
            problem_id=problem.pk,
            known_error_id=known_error.pk,
            ref=known_error.ref,
            lowest_tier=known_error.lowest_tier,
        )
        tell(actor, problem, published)
        return Published(known_error=known_error, scan=begin(actor, known_error) if known_error.matcher else None)


def retire_known_error(*, actor: Actor, known_error_id: int, reason: str) -> KnownError:
    """Take a known error out of force; what it solved stays linked. Raises WrongState, and NotFound."""
    with transaction.atomic():
        known_error, problem = _locked(actor, known_error_id)
        if known_error.status == KnownErrorState.RETIRED:
            raise WrongState(f"{known_error.ref} is retired already.")
        if known_error.status == KnownErrorState.PUBLISHED:
            _take_out_of_force(actor, known_error)
        known_error.status, known_error.changed_at = KnownErrorState.RETIRED, clock.now()
        known_error.save()
        retired = KnownErrorRetired(
            problem_id=problem.pk, known_error_id=known_error.pk, reason=clean(reason, 2_000).strip()
        )
        record_on(actor, problem, retired)
        return known_error


def _locked(actor: Actor, known_error_id: int, *, right: Right = Right.PROBLEM_WORK) -> tuple[KnownError, Problem]:
    actor = holding(actor, right)
    found = KnownError.objects.visible_to(actor).filter(pk=known_error_id).values_list("problem_id", flat=True).first()
    if found is None:
        raise NotFound
    problem = locked(actor, found, right=right)
    return KnownError.objects.select_for_update(of=("self",)).get(pk=known_error_id), problem


def _put_in_force(actor: Actor, known_error: KnownError) -> None:
    if not known_error.matcher:
        return
    diagnosis.register_matcher(
        actor=actor,
        ref=known_error.ref,
        title=known_error.title,
        matcher=known_error.matcher,
        answer=known_error.workaround,
        lowest_tier=known_error.lowest_tier,
        service_id=_service_of(known_error.problem),
        known_error_id=known_error.pk,
        only_desk_id=_only_desk_of(known_error.problem),
    )


def _only_desk_of(problem: Problem) -> int | None:
    """What is known on a confidential desk is told on its own tickets only."""
    return problem.desk_id if problem.desk.confidential else None


def _service_of(problem: Problem) -> int | None:
    """The service that the component at fault belongs to, where both are known."""
    return None if problem.component is None else problem.component.product.service_id


def _take_out_of_force(actor: Actor, known_error: KnownError) -> None:
    drop(known_error)
    if known_error.matcher:
        diagnosis.retire_matcher(actor=actor, ref=known_error.ref)


def _checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as they are kept. Raises Invalid naming each one at fault."""
    values = dict(fields)
    faults: dict[str, str] = {}
    values["title"] = one_line(str(values["title"]))
    for name, limit in (("symptoms", 10_000), ("workaround", 20_000)):
        values[name] = clean(str(values[name]), limit).strip()
    faults |= {name: "This is needed." for name in ("title", "symptoms", "workaround") if not values[name]}
    if values["lowest_tier"] not in range(5):
        faults["lowest_tier"] = "A tier is a number from 0 to 4."
    if values["audience"] not in list(KnownErrorAudience):
        faults["audience"] = f"This is one of: {', '.join(KnownErrorAudience)}."
    values["risk"] = one_line(str(values["risk"]), 500)
    values["affected_versions"] = [one_line(str(version), 40) for version in values["affected_versions"]][:100]
    try:
        if values["matcher"]:
            values["matcher"] = rule.to_json(rule.from_json(values["matcher"]))
    except (ValueError, TypeError) as error:
        faults["matcher"] = _sentence(error)
    try:
        parse_fixtures(values["fixtures"])
    except Invalid as error:
        faults |= error.fields
    if faults:
        raise Invalid(faults)
    return values


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."


def _observed(fixture: Fixture) -> rule.Observed:
    """What the matcher sees of an example: of a ticket what diagnosis sees, of a written one what reading it shows."""
    if fixture.ticket_id is not None:
        return observed_of(fixture.ticket_id)
    reading = EvidenceReader(BytesIO()).read(BytesIO(fixture.log.encode()), "example.log")
    return rule.Observed(
        text=fixture.text,
        facts={**reading.facts, **fixture.facts},
        templates=tuple(rule.SeenTemplate(one["id"], one["text"], one["count"]) for one in reading.templates),
        fingerprints=frozenset(trace["fingerprint"] for trace in reading.traces),
        exceptions=frozenset(trace["type"] for trace in reading.traces if trace["type"]),
    )
