"""Where endpoints are registered: one router for all of `/tickets`, so that an address knows all its methods."""

from ninja import Router

tickets_router = Router(tags=["Tickets"])
finding_router = Router()
anything_else = Router()
