"""Pages and their pieces: the whole page, or for htmx one block of the same file."""

from collections.abc import Mapping
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.utils.html import format_html
from jinja2 import Environment

from tierline.doors.web.said import said

HX_REQUEST, HX_HISTORY = "HX-Request", "HX-History-Restore-Request"
THEMES = ("light", "dark")


def jinja() -> Environment:
    """Give the one Jinja2 environment that Django's settings build."""
    env: Environment = cast("Jinja2", engines["jinja2"]).env
    return env


def wants_block(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a piece of a page (restoring history asks for all of it)."""
    return HX_REQUEST in request.headers and HX_HISTORY not in request.headers


def page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    block: str = "",
    status: int = 200,
) -> HttpResponse:
    """Answer with the page ``template``; when htmx asks and ``block`` is named, with that block alone.

    Args:
        request: with ``actor`` and ``csp_nonce`` from the middleware.
        template: file name in one of the template folders.
        context: what the template reads besides ``request``, ``csrf_input``, ``theme`` and ``said``.
        block: the block that stands alone for htmx; empty means always the whole page.
        status: the HTTP status.
    """
    token = get_token(request)
    given = dict(context or {})
    alone = block and wants_block(request)
    everything: dict[str, object] = {
        "request": request,
        "csrf_token": token,
        "csrf_input": format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token),
        "theme": theme_of(request),
        **given,
    }
    if "said" not in everything:
        everything["said"] = [] if alone else said(request)
    found = jinja().get_template(template)
    body = "".join(found.blocks[block](found.new_context(everything))) if alone else found.render(everything)
    response = HttpResponse(body, status=status)
    response["Vary"] = f"{HX_REQUEST}, Cookie"
    return response


def theme_of(request: HttpRequest) -> str:
    """Give the theme the person chose: light, dark, or "" for the system's."""
    theme = getattr(getattr(request, "user", None), "theme", "")
    return theme if theme in THEMES else ""
