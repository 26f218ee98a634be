"""Addresses of the insights."""

from django.urls import path

from tierline.doors.web.reports.views import flow, handovers, ladder, rates, routing, tickets

app_name = "insights"
urlpatterns = [
    path("", ladder.ladder, name="ladder"),
    path("handovers", handovers.handovers, name="handovers"),
    path("flow", flow.flow, name="flow"),
    path("rates", rates.rates, name="rates"),
    path("routing", routing.routing, name="routing"),
    path("tickets", tickets.tickets, name="tickets"),
]
