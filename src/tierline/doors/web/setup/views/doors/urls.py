"""The addresses of the pages about other ways in, below /setup/doors."""

from django.urls import path

from . import alerts, index

urlpatterns = [
    path("", index.doors, name="doors"),
    path("/alerts/new", alerts.new, name="new-alerts"),
    path("/alerts/<int:source_id>", alerts.source, name="alert-source"),
    path("/alerts/<int:source_id>/test", alerts.test, name="test-alerts"),
    path("/alerts/<int:source_id>/token", alerts.token, name="token-alerts"),
    path("/alerts/<int:source_id>/remove", alerts.remove, name="remove-alerts"),
]
