"""Which page is behind which address: the portal at the root, the other doors of the house under their names."""

from django.urls import include, path

urlpatterns = [
    path("", include("tierline.doors.web.portal.urls")),
    path("", include("tierline.doors.web.account.urls")),
    path("console/", include("tierline.doors.web.console.urls")),
    path("insights/", include("tierline.doors.web.reports.urls")),
    path("chat/", include("tierline.doors.web.chat.urls")),
    path("people/", include("tierline.doors.web.staff.urls")),
    path("vendor/", include("tierline.doors.web.vendor.urls")),
    path("setup/", include("tierline.doors.web.setup.urls")),
]
