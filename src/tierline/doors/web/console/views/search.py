"""Search over tickets and articles, the palette's objects, and the theme of the console."""

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel import clock
from tierline.core.kernel.text import one_line
from tierline.desk.people import operations as people
from tierline.desk.people.rules import Right
from tierline.desk.tickets import queries as tickets
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.pages.queue import row_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import THEMES, page
from tierline.work.knowledge import queries as knowledge

RESULTS, PALETTE_RESULTS = 30, 6


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest) -> HttpResponse:
    """Tickets and articles that hold the words."""
    text = one_line(request.GET.get("q", ""), 200)
    now = clock.now()
    found = tickets.search(request.actor, text, limit=RESULTS) if text else []
    context = {
        "section": "queue",
        "q": text,
        "rows": [row_of(row, request.actor, now) for row in found],
        "articles": knowledge.search(request.actor, text, limit=8) if text else [],
    }
    return page(request, "console/search.html", context, block="results")


@require_GET
@needs(Right.CONSOLE)
def palette(request: SignedInRequest) -> HttpResponse:
    """A few tickets and articles for the palette, as JSON."""
    text = one_line(request.GET.get("q", ""), 200)
    if not text:
        return JsonResponse({"results": []})
    results = [
        _object(f"{row.reference} {row.title}", _("ticket"), "console:ticket", row.reference)
        for row in tickets.search(request.actor, text, limit=PALETTE_RESULTS)
    ]
    results += [
        _object(f"{article.reference} {article.title}", _("article"), "console:article", article.id)
        for article in knowledge.search(request.actor, text, limit=PALETTE_RESULTS)
    ]
    return JsonResponse({"results": results})


def _object(words: str, note: str, name: str, key: object) -> dict[str, str]:
    return {"words": words, "note": note, "href": reverse(name, args=[key])}


@require_POST
@needs(Right.CONSOLE)
def theme(request: SignedInRequest) -> HttpResponse:
    """Keep the person's theme and go back to where they were."""
    theme_ = request.POST.get("theme", "")
    theme_ = theme_ if theme_ in THEMES else "system"
    person = request.user
    people.set_preferences(actor=request.actor, locale=person.locale, timezone=person.timezone, theme=theme_)
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(back if safe else reverse("console:queue"))
