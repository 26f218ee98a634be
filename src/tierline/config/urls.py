"""Which door is behind which address."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from tierline.doors.api.v1 import api
from tierline.doors.mcp.endpoint import mcp


def healthz(request: HttpRequest) -> HttpResponse:
    """200 and "ok" while the web server reaches its database."""
    del request
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@csrf_exempt
def mail_hook(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """A mail provider hands over messages. Loaded with the first call: most desks have none."""
    from tierline.doors.api.mail_hooks import receive

    return receive(request, provider, key)


urlpatterns = [
    path("healthz", healthz),
    path("api/v1/", api.urls),
    path("mcp", mcp),
    path("hooks/mail/<slug:provider>/<str:key>", mail_hook, name="mail-hook"),
    path("hooks/mail/<slug:provider>/<str:key>/mime", mail_hook),
    path("hooks/", include("tierline.doors.api.inbound.urls")),
    path("", include("tierline.doors.web.urls")),
]
handler400 = "tierline.doors.web.errors.bad_request"
handler404 = "tierline.doors.web.errors.not_found"
handler500 = "tierline.doors.web.errors.failed"
