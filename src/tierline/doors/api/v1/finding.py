"""Endpoints that find knowledge, and say who one is."""

from ninja import Query

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import NotFound
from tierline.desk.people import queries as people
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.api.bearer import ApiRequest
from tierline.doors.api.bodies import only
from tierline.work.knowledge import queries as knowledge

from .routers import asks, finding_router
from .shapes_in import SearchAsk
from .shapes_out import (
    ArticleList,
    ArticleOut,
    Found,
    GroupList,
    GroupOut,
    Me,
    article_out,
    found_out,
    row_out,
)


@finding_router.get(
    "/articles",
    response=ArticleList,
    tags=["Knowledge"],
    summary="Search the articles",
    openapi_extra=asks(Right.PORTAL_SEARCH),
)
def search_articles(request: ApiRequest, ask: Query[SearchAsk]) -> ArticleList:
    """All words first; when no article has them all, the best with some of them, and titles spelt alike."""
    only(request, SearchAsk.model_fields)
    return ArticleList(items=[found_out(one) for one in knowledge.search(request.auth, ask.q, ask.limit)])


@finding_router.get(
    "/articles/{number}",
    response=ArticleOut,
    tags=["Knowledge"],
    summary="Read one article",
    openapi_extra=asks(Right.PORTAL_SEARCH),
)
def read_article(request: ApiRequest, number: str) -> ArticleOut:
    """By reference (`KB-12`) or number."""
    digits = number.upper().removeprefix("KB-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 12):  # noqa: PLR2004 (fits a bigint)
        raise NotFound
    return article_out(request.auth, knowledge.article(request.auth, int(digits)))


@finding_router.get(
    "/search",
    response=Found,
    tags=["Knowledge"],
    summary="Search tickets and articles",
    openapi_extra=asks(Right.PORTAL_SEARCH),
)
def search(request: ApiRequest, ask: Query[SearchAsk]) -> Found:
    """Only what you may see. A number or reference finds its ticket first."""
    only(request, SearchAsk.model_fields)
    viewer = request.auth
    rows = tickets.search(viewer, ask.q, limit=ask.limit) if ask.q else []
    articles = knowledge.search(viewer, ask.q, ask.limit)
    return Found(tickets=[row_out(viewer, row) for row in rows], articles=[found_out(one) for one in articles])


@finding_router.get(
    "/groups", response=GroupList, tags=["People"], summary="List the support groups", openapi_extra=asks(Right.CONSOLE)
)
def list_groups(request: ApiRequest) -> GroupList:
    """For staff: the short names that `assign` and `escalate` take."""
    found = [group for group in people.groups(request.auth) if group.active]
    return GroupList(items=[GroupOut.from_orm(group) for group in found])


@finding_router.get(
    "/me", response=Me, tags=["People"], summary="Say who the token stands for", openapi_extra=asks(Right.REQUEST_OPEN)
)
def me(request: ApiRequest) -> Me:
    """The person whose token this is, with roles and groups."""
    viewer = request.auth
    found = people.person(viewer, viewer.person_id or 0)
    return Me(
        id=found.pk,
        name=found.name,
        email=found.email,
        roles=sorted(found.roles),
        organisation=found.organisation.name if found.organisation else None,
        locale=found.locale,
        timezone=found.timezone,
        groups=_own_groups(viewer),
    )


def _own_groups(viewer: Actor) -> list[str]:
    if not viewer.group_ids:
        return []
    return [group.key for group in people.groups(viewer) if group.id in viewer.group_ids]
