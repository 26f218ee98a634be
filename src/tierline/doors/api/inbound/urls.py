"""The addresses below /hooks/."""

from django.urls import path

from . import alerts

urlpatterns = [
    path("alerts/<str:key>", alerts.receive, name="alert-hook"),
]
