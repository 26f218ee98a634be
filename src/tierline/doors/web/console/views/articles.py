"""Articles: the list, reading, writing, and the verbs of KCS."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.text import one_line, whole_number
from tierline.desk.people.rules import Right
from tierline.doors.web.actor import SignedInRequest
from tierline.doors.web.console.forms import ArticleForm
from tierline.doors.web.errors import status_of
from tierline.doors.web.gate import needs
from tierline.doors.web.render import page
from tierline.doors.web.said import refuse, say
from tierline.doors.web.shapes import Told
from tierline.work.knowledge import operations as knowledge
from tierline.work.knowledge import queries


@require_GET
@needs(Right.CONSOLE)
def index(request: SignedInRequest) -> HttpResponse:
    """Articles by search, the newest change first without one, and the lessons that are owed."""
    text = one_line(request.GET.get("q", ""), 200)
    context = {
        "section": "articles",
        "find": text,
        "found": queries.search(request.actor, text, limit=50) if text else [],
        "articles": queries.latest(request.actor, limit=50) if not text else [],
        "lessons": queries.obligations(request.actor, open_only=True)[:20],
    }
    return page(request, "console/articles.html", context)


@require_GET
@needs(Right.CONSOLE)
def show(request: SignedInRequest, article_id: int) -> HttpResponse:
    """One article."""
    context = {"section": "articles", "article": queries.article(request.actor, article_id)}
    return page(request, "console/article.html", context)


@needs(Right.ARTICLE_WRITE)
def write(request: SignedInRequest) -> HttpResponse:
    """A new article."""
    form = ArticleForm(request.POST or None)
    problem: TierlineError | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = knowledge.create(actor=request.actor, **form.cleaned_data)
            say(request, _("%(reference)s is kept.") % {"reference": made.reference})
            return HttpResponseRedirect(reverse("console:article", args=[made.pk]))
        except TierlineError as refused:
            problem = refused
    return draw_form(request, {"form": form, "article": None}, problem)


@needs(Right.ARTICLE_WRITE)
def revise(request: SignedInRequest, article_id: int) -> HttpResponse:
    """Change an article: flag it or fix it."""
    article = queries.article(request.actor, article_id)
    parts = {name: getattr(article, name) for name in ArticleForm.base_fields}
    form = ArticleForm(request.POST or None, initial=parts)
    problem: TierlineError | None = None
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen_version", "")
        try:
            knowledge.revise(
                actor=request.actor,
                article_id=article_id,
                seen_version=whole_number(seen) or 0,
                **form.cleaned_data,
            )
            say(request, _("Changed."))
            return HttpResponseRedirect(reverse("console:article", args=[article_id]))
        except TierlineError as refused:
            problem = refused
    return draw_form(request, {"form": form, "article": article}, problem)


@require_POST
@needs(Right.ARTICLE_WRITE)
def verb(request: SignedInRequest, article_id: int) -> HttpResponse:
    """Validate, publish, archive or flag; each says what happened or why not."""
    try:
        say(request, carried_out(request, article_id))
    except NotFound:
        raise
    except TierlineError as problem:
        refuse(request, problem)
    return HttpResponseRedirect(reverse("console:article", args=[article_id]))


def carried_out(request: SignedInRequest, article_id: int) -> str:
    """Do the chosen verb and say so. Raises Invalid for one that is not offered."""
    wanted, actor, reason = request.POST.get("verb", ""), request.actor, request.POST.get("reason", "")
    if wanted == "validate":
        knowledge.validate(actor=actor, article_id=article_id)
        return _("Validated: somebody used it and it held.")
    if wanted in ("internal", "requester"):
        knowledge.publish(actor=actor, article_id=article_id, audience=wanted)
        return _("Published to agents.") if wanted == "internal" else _("Published to requesters and the assistant.")
    if wanted == "archive":
        knowledge.archive(actor=actor, article_id=article_id, reason=reason)
        return _("Archived.")
    if wanted == "flag":
        knowledge.flag(actor=actor, article_id=article_id, comment=reason)
        return _("Flagged, for whoever can fix it.")
    raise Invalid({"verb": _("Choose what to do with the article.")})


def draw_form(request: SignedInRequest, context: dict[str, object], problem: TierlineError | None) -> HttpResponse:
    """The editor, with what was typed and why it was refused."""
    told = Told(problem.message, "bad", problem.kept, problem.todo) if problem is not None else None
    everything = {"section": "articles", "problem": told, **context}
    return page(request, "console/article_form.html", everything, status=status_of(problem) if problem else 200)
