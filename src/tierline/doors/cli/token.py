"""`tierline token`: make, list and revoke API tokens, for whoever keeps the machine."""

import argparse
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from . import data_folder, desk

if TYPE_CHECKING:
    from tierline.core.kernel.actors import Actor
    from tierline.desk.people.models import ApiToken, Person

_DAYS = 365


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The words that `tierline token` takes."""
    token = subparsers.add_parser("token", help="make, list and revoke API tokens")
    verbs = token.add_subparsers(required=True, metavar="VERB")
    make = _verb(verbs, "make", _make, "make a token for a person; its secret is shown once")
    make.add_argument("email", help="the person's e-mail address")
    make.add_argument("--name", default="made at the command line", help="what the token is for")
    make.add_argument("--days", type=int, default=_DAYS, help=f"how long it is good for; 0 for ever (default {_DAYS})")
    _verb(verbs, "list", _list, "list a person's tokens").add_argument("email", help="the person's e-mail address")
    _verb(verbs, "revoke", _revoke, "end a token at once").add_argument("id", type=int, help="as `list` shows it")


def _verb(
    verbs: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace], None],
    summary: str,
) -> argparse.ArgumentParser:
    parser = verbs.add_parser(name, help=summary)
    data_folder.add_option(parser)
    parser.set_defaults(run=_on_the_desk, verb=run)
    return parser


def _on_the_desk(args: argparse.Namespace) -> int:
    with desk.opened(args.data):
        args.verb(args)
    return 0


def _make(args: argparse.Namespace) -> None:
    from tierline.desk.people.operations import issue_token

    token, secret = issue_token(
        actor=_keeper(), person_id=_person(args.email).pk, name=args.name, days=args.days or None
    )
    print(json.dumps({**_shown(token), "secret": secret}))


def _list(args: argparse.Namespace) -> None:
    from tierline.desk.people.queries import tokens_of

    for token in tokens_of(_keeper(), _person(args.email).pk):
        print(json.dumps(_shown(token)))


def _revoke(args: argparse.Namespace) -> None:
    from tierline.desk.people.operations import revoke_token

    print(json.dumps(_shown(revoke_token(actor=_keeper(), token_id=args.id))))


def _keeper() -> "Actor":
    """Whoever can run commands on the desk's data could read the database too."""
    from tierline.core.kernel.actors import ADMINISTRATOR, Actor

    return Actor(label="command line", roles=frozenset({ADMINISTRATOR}))


def _person(email: str) -> "Person":
    from tierline.core.kernel.errors import NotFound
    from tierline.desk.people.models import Person

    found = Person.objects.with_address(email).first()
    if found is None:
        raise NotFound(f"Nobody here has the address {email}.", todo="See Set-up, People.")
    return found


def _shown(token: "ApiToken") -> dict[str, object]:
    return {
        "id": token.pk,
        "name": token.name,
        "created_at": _moment(token.created_at),
        "expires_at": _moment(token.expires_at),
        "last_used_at": _moment(token.last_used_at),
        "revoked_at": _moment(token.revoked_at),
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None
