"""The portal shows everybody, agents too, what a requester sees: their own requests and what is said to them."""

from dataclasses import replace

from tierline.core.kernel.actors import REQUESTER, Actor


def asker(actor: Actor) -> Actor:
    """The same person without any role beyond asking, so that no internal word can reach a portal page."""
    roles = frozenset({REQUESTER})
    return replace(actor, roles=roles, group_ids=frozenset(), desk_ids=frozenset(), desk_roles=frozenset())
