"""Security headers of every page: a strict content policy with a fresh nonce, no browser features."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
    "manifest-src 'self'"
)
HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def new_nonce() -> str:
    """Make an unguessable value (128 bits) that is good for one response."""
    return secrets.token_urlsafe(16)


class ContentSecurityPolicy:
    """Gives the request a ``csp_nonce`` for its script tags, and the response its headers.

    A view that serves foreign content (a file somebody sent) may set a stricter policy itself; it is kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request and add what is not there yet."""
        nonce = new_nonce()
        request.csp_nonce = nonce  # type: ignore[attr-defined] # templates read request.csp_nonce
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
