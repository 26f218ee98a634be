"""The first page, the search box, and an article."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tierline.core.kernel import clock
from tierline.desk.catalogue import queries as catalogue
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.gate import signed_in
from tierline.doors.web.portal import finding, pages, symptoms, words
from tierline.doors.web.portal.asker import asker
from tierline.doors.web.render import page
from tierline.ladder.major import queries as major
from tierline.ladder.problems import queries as problems
from tierline.work.knowledge import queries as knowledge


@signed_in
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """What is open, what can be asked, what is known."""
    viewer = asker(request.actor)
    context = {
        "here": "portal:home",
        "first_name": words.first_name(request.user.name),
        "cards": pages.at_home(viewer),
        "symptoms": symptoms.LISTED,
        "often": knowledge.newest(viewer, 3),
        "issues": finding.issues(viewer),
        "statuses": major.statuses(viewer),
        "manager": catalogue.named_manager(request.user.organisation_id, clock.now().date()),
    }
    return page(request, "portal/home.html", context)


@signed_in
@require_safe
def search(request: SignedInRequest) -> HttpResponse:
    """Results for the box: the whole page, or its list alone while somebody types."""
    query = request.GET.get("q", "").strip()[: finding.LONGEST_QUERY]
    found = finding.finds(asker(request.actor), query)
    context = {"here": "portal:home", "query": query, "finds": found}
    return page(request, "portal/search.html", context, block="finds")


@signed_in
@require_safe
def article(request: SignedInRequest, article_id: int) -> HttpResponse:
    """One article, as requesters read it."""
    found = knowledge.article(asker(request.actor), article_id)
    return page(request, "portal/article.html", {"here": "portal:home", "article": found})


@signed_in
@require_safe
def issue(request: SignedInRequest, issue_id: int) -> HttpResponse:
    """One known issue: how it shows, and what helps until it is fixed."""
    found = problems.known_error(asker(request.actor), issue_id)
    context = {"here": "portal:home", "issue": found, "self_help": found.lowest_tier == 0}
    return page(request, "portal/issue.html", context)
