"""`tierline why-access PERSON KIND ID`: why somebody sees something, or does not, from the rule that decides."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from . import data_folder, desk

if TYPE_CHECKING:
    from tierline.insight.access.queries import Answer

NOT_SEEN = 3


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline why-access` takes."""
    parser = subparsers.add_parser("why-access", help="why somebody sees something, or does not")
    data_folder.add_option(parser)
    parser.add_argument("person", metavar="PERSON", help="e-mail address of the person in question")
    kinds = "ticket, attachment, evidence, handover, recipe, article, problem, known-error, person or report"
    parser.add_argument("kind", metavar="KIND", help=kinds)
    parser.add_argument("object", metavar="ID", nargs="?", default="0", help="its number; a report has none")
    parser.add_argument("--json", action="store_true", help="the answer as one JSON object")
    parser.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    """Exit 0 when the person sees the object, 3 when they do not, 1 when there is no such thing."""
    with desk.opened(args.data):
        answer = _answer(args)
    if args.json:
        print(json.dumps(asdict(answer), ensure_ascii=False))
    else:
        print("\n".join(_lines(answer)))
    return 0 if answer.sees else NOT_SEEN


def _answer(args: argparse.Namespace) -> "Answer":
    from tierline.core.kernel.actors import Actor
    from tierline.core.kernel.errors import NotFound
    from tierline.core.kernel.text import whole_number
    from tierline.desk.people.models import Person
    from tierline.desk.tickets.rules import number_in
    from tierline.insight.access.queries import why

    person = Person.objects.with_address(args.person).first()
    if person is None:
        raise NotFound
    number = number_in(args.object) if args.kind == "ticket" else whole_number(args.object)
    # whoever keeps the machine can read the database anyway
    return why(Actor.machine("command line"), person_id=person.pk, kind=args.kind, object_id=number or 0)


def _lines(answer: "Answer") -> list[str]:
    what = answer.kind if not answer.object_id else f"{answer.kind} {answer.object_id}"
    return [
        f"{answer.person} {'sees' if answer.sees else 'does not see'} {what}",
        *(f"  because: {reason}" for reason in answer.reasons),
        *(f"  {held.right.value}: {', '.join(held.roles) or 'no'}" for held in answer.rights),
    ]
