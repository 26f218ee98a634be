"""The chat on other sites: a loader for their pages, the frame it opens, and the calls of that frame.

The frame is sandboxed without an origin of its own: no cookie of this desk is ever sent by it, and nothing in it reads
the page around it. Whoever holds the token of a chat is its visitor.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from tierline.core.kernel.actors import Actor
from tierline.core.kernel.errors import Invalid, NotFound, TierlineError
from tierline.core.kernel.rates import SharedWindow, Window
from tierline.doors.web.errors import status_of
from tierline.doors.web.render import jinja
from tierline.ladder.chat import operations
from tierline.ladder.chat.models import ChatWidget
from tierline.ladder.chat.queries import Said, by_key

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src {own}; connect-src {own}; img-src {own}; "
    "form-action 'none'; base-uri 'none'; frame-ancestors {origins}"
)
LOADER = Path(__file__).with_name("loader.js")
PAGE_SALT, PAGE_GOOD_FOR = "tierline chat page 1", 12 * 3600  # seconds
BEGIN_EACH_MINUTE, SAY_EACH_MINUTE, NEWS_EACH_MINUTE, FLOOD = 6, 20, 90, 1800
TOO_MANY = 429
MACHINE = Actor.machine("chat")
View = Callable[..., HttpResponse]
_begins = SharedWindow("chat begins", BEGIN_EACH_MINUTE, 60)
_says = SharedWindow("chat says", SAY_EACH_MINUTE, 60)
_news = SharedWindow("chat news", NEWS_EACH_MINUTE, 60)
_flood = Window(FLOOD, 60)  # of one address, whatever tokens it invents; an office of visitors stays below


@require_safe
def loader(request: HttpRequest, key: str) -> HttpResponse:
    """The one script of the host page: a button, and the frame it opens."""
    del request
    by_key(key)
    response = HttpResponse(LOADER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The chat itself; only pages of the widget's origins may show it."""
    widget = by_key(key)
    nonce: str = request.csp_nonce  # type: ignore[attr-defined] # set by the middleware
    context = {
        "widget": widget,
        "nonce": nonce,
        "language": get_language() or settings.LANGUAGE_CODE,
        "page_token": signing.dumps(widget.key, salt=PAGE_SALT),
    }
    response = HttpResponse(jinja().get_template("chat/frame.html").render(context))
    own = f"{request.scheme}://{request.get_host()}"
    response["Content-Security-Policy"] = POLICY.format(nonce=nonce, own=own, origins=" ".join(_frame(widget)))
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "no-store"
    return response


def _frame(widget: ChatWidget) -> list[str]:
    return [*widget.origins] or ["'none'"]


def call(window: SharedWindow, *, by_address: bool = False) -> Callable[[View], View]:
    """A call of the frame: limited for each visitor, readable by a frame without an origin, refused in words.

    The visitor is the holder of a token, or (`by_address`) whoever calls from an address.
    """

    def decorate(view: View) -> View:
        @csrf_exempt
        @require_POST
        @wraps(view)
        def answered(request: HttpRequest, key: str, **parts: str) -> HttpResponse:
            remote = request.META.get("REMOTE_ADDR", "")
            who = remote if by_address else _token(request)
            if not _flood.count(remote).allowed or not window.count(f"{key} {who}").allowed:
                answer: HttpResponse = _refusal("Too many messages at once. Wait a minute.", TOO_MANY)
            else:
                answer = _try(view, request, key, parts)
            answer["Access-Control-Allow-Origin"] = "null"  # what a sandboxed frame calls itself
            answer["Vary"] = "Origin"
            answer["Cache-Control"] = "no-store"
            return answer

        return answered

    return decorate


def _try(view: View, request: HttpRequest, key: str, parts: dict[str, str]) -> HttpResponse:
    try:
        by_key(key)
        return view(request, key, **parts)
    except TierlineError as problem:
        return _refusal(problem.for_people(), status_of(problem))


def _refusal(words: str, status: int) -> JsonResponse:
    return JsonResponse({"error": words}, status=status)


@call(_begins, by_address=True)
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """The first message, with name and address. Only from a frame that this desk has served lately."""
    try:
        served = signing.loads(request.POST.get("page", "")[:300], salt=PAGE_SALT, max_age=PAGE_GOOD_FOR)
    except signing.BadSignature:
        raise NotFound from None
    if served != key:
        raise NotFound
    given = {name: request.POST.get(name, "")[:limit] for name, limit in (("email", 254), ("name", 120))}
    if not given["email"].strip():
        raise Invalid({"email": "Write your mail address, so that an answer finds you."})
    _chat, token = operations.begin(actor=MACHINE, key=key, text=request.POST.get("text", "")[:8000], **given)
    return _told(operations.news(actor=MACHINE, token=token), token)


@call(_says)
def say(request: HttpRequest, key: str) -> HttpResponse:
    """The next message."""
    del key
    token = _token(request)
    operations.say(actor=MACHINE, token=token, text=request.POST.get("text", "")[:8000])
    return _told(operations.news(actor=MACHINE, token=token))


@call(_news)
def news(request: HttpRequest, key: str) -> HttpResponse:
    """Everything that was said."""
    del key
    return _told(operations.news(actor=MACHINE, token=_token(request)))


@call(_says)
def end(request: HttpRequest, key: str, verb: str) -> HttpResponse:
    """A person, please; it is solved; good-bye."""
    del key
    token = _token(request)
    verbs = {"people": operations.ask_for_people, "solved": operations.solved, "leave": operations.leave}
    if verb not in verbs:
        raise NotFound
    verbs[verb](actor=MACHINE, token=token)
    return _told(operations.news(actor=MACHINE, token=token))


def _token(request: HttpRequest) -> str:
    return request.POST.get("token", "")[:300]


def _told(said: Said, token: str = "") -> JsonResponse:
    lines = [
        {"number": one.number, "by": one.by, "name": one.name, "text": one.text, "at": one.at.isoformat()}
        for one in said.lines
    ]
    return JsonResponse({"state": said.state, "reference": said.reference, "lines": lines, "token": token})
