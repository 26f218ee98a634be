"""The addresses below /hooks/."""

from django.urls import path

from . import alerts, messengers, phone

urlpatterns = [
    path("alerts/<str:key>", alerts.receive, name="alert-hook"),
    path("phone/<str:key>", phone.receive, name="phone-hook"),
    path("slack/<str:key>", messengers.slack, name="slack-hook"),
    path("teams/<str:key>", messengers.teams, name="teams-hook"),
]
