"""Behind a trusted proxy (`TIERLINE_TRUSTED_PROXIES`): who really calls, and whether they speak TLS."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from tierline.core.kernel.remotes import is_trusted, remote_of


class TrustedProxies:
    """Puts the caller's own address in the place of the proxy's, for every limit and log behind it.

    Without the setting, and for everybody who is none of those proxies, the headers mean nothing and are left alone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request as the caller's, not the proxy's."""
        trusted, peer = settings.TIERLINE_TRUSTED_PROXIES, request.META.get("REMOTE_ADDR", "")
        if trusted and is_trusted(peer, trusted):
            request.META["REMOTE_ADDR"] = remote_of(peer, request.headers.get("X-Forwarded-For", ""), trusted)
            if request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https":
                request.META["wsgi.url_scheme"] = request.environ["wsgi.url_scheme"] = "https"  # type: ignore[attr-defined] # every request here is WSGI's
        return self.get_response(request)
