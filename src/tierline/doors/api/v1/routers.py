"""Where endpoints are registered: one router for all of `/tickets`, so that an address knows all its methods."""

from typing import Any

from ninja import Router

from tierline.desk.people.rules import Right

tickets_router = Router(tags=["Tickets"])
finding_router = Router()
policies_router = Router(tags=["Clocks"])
satisfaction_router = Router(tags=["Satisfaction"])
known_errors_router = Router(tags=["Known errors"])
anything_else = Router()


def asks(right: Right, **more: object) -> dict[str, Any]:
    """What an endpoint says of itself in the document: `x-right`, without which it is not there for a token."""
    return {"x-right": right.value, **more}
