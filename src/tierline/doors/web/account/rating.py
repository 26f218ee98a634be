"""How it went, by the link of a mail: a page that asks for one more click, and one that ends such mail (RFC 8058).

Reading changes nothing, whatever stands in the address: link scanners and mail programs follow every link of a mail.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.doors.web.labels import SATISFACTION
from tierline.doors.web.portal.forms import RatingForm
from tierline.doors.web.render import page
from tierline.work.surveys import operations
from tierline.work.surveys.models import Survey

UNPROCESSABLE = 422


@never_cache
@csrf_exempt  # the signed address is what allows it; somebody may answer with cookies switched off
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, key: str) -> HttpResponse:
    """GET shows the question with the answer of the link chosen; POST gives the answer, or changes it."""
    survey = operations.read_link(key)
    if request.method == "GET":
        return _page(request, survey, RatingForm(initial=_chosen(request, survey)))
    form = RatingForm(request.POST)
    if not form.is_valid():
        return _page(request, survey, form, status=UNPROCESSABLE)
    visitor: Actor = request.actor  # type: ignore[attr-defined] # the middleware's
    try:
        given = operations.answer(actor=visitor, token=key, **form.cleaned_data)
    except NotFound:
        raise
    except TierlineError as problem:
        show(form, problem)
        return _page(request, survey, form, status=UNPROCESSABLE)
    return _page(request, given, form, done=True)


def show(form: RatingForm, problem: TierlineError) -> None:
    """Put a refusal at its field, else above the form."""
    if not isinstance(problem, Invalid):
        form.add_error(None, problem.for_people())
        return
    for name, words in problem.fields.items():
        form.add_error(name if name in form.fields else None, words)


def _chosen(request: HttpRequest, survey: Survey) -> dict[str, object]:
    """The answer of the link that was followed, else the one that was given before."""
    given = request.GET.get("score", "")
    score = int(given) if given in {str(one) for one in SATISFACTION} else survey.score
    return {"score": score, "comment": survey.comment}


def _page(
    request: HttpRequest, survey: Survey, form: RatingForm, *, done: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "title": survey.ticket.title,
        "question": survey.plan.question,
        "form": form,
        "done": done,
        "until": survey.closes_at,
        "answered": survey.score is not None,
    }
    return page(request, "account/rate.html", context, status=status)


@never_cache
@csrf_exempt  # a mail program posts without cookies; the signed address is what allows it
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, key: str) -> HttpResponse:
    """GET shows a button and changes nothing; POST ends surveys for the person of this link, however often it comes."""
    operations.read_leave_link(key)
    if request.method == "POST":
        operations.leave(key)
    return page(request, "account/stop_surveys.html", {"done": request.method == "POST"})
