"""The addresses below /hooks/."""

from django.urls import path

from . import alerts, phone

urlpatterns = [
    path("alerts/<str:key>", alerts.receive, name="alert-hook"),
    path("phone/<str:key>", phone.receive, name="phone-hook"),
]
