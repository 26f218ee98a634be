"""The addresses of the pages about other ways in, below /setup/doors."""

from django.urls import path

from . import alerts, chat, index, messengers, phone

urlpatterns = [
    path("doors", index.doors, name="doors"),
    path("doors/alerts/new", alerts.new, name="new-alerts"),
    path("doors/alerts/<int:source_id>", alerts.source, name="alert-source"),
    path("doors/alerts/<int:source_id>/state", alerts.state, name="alert-source-state"),
    path("doors/alerts/<int:source_id>/test", alerts.test, name="test-alerts"),
    path("doors/alerts/<int:source_id>/mail", alerts.mail_from, name="mail-alerts"),
    path("doors/alerts/<int:source_id>/token", alerts.token, name="token-alerts"),
    path("doors/alerts/<int:source_id>/remove", alerts.remove, name="remove-alerts"),
    path("doors/phone/new", phone.new, name="new-phone"),
    path("doors/phone/<int:system_id>", phone.system, name="phone-system"),
    path("doors/phone/<int:system_id>/state", phone.state, name="phone-state"),
    path("doors/phone/<int:system_id>/test", phone.test, name="test-phone"),
    path("doors/phone/<int:system_id>/remove", phone.remove, name="remove-phone"),
    path("doors/chat/new", chat.new, name="new-chat"),
    path("doors/chat/<int:widget_id>", chat.widget, name="chat-widget"),
    path("doors/chat/<int:widget_id>/remove", chat.remove, name="remove-chat"),
    path("doors/messengers/new", messengers.new, name="new-messengers"),
    path("doors/messengers/<int:workspace_id>", messengers.workspace, name="workspace"),
    path("doors/messengers/<int:workspace_id>/state", messengers.state, name="workspace-state"),
    path("doors/messengers/<int:workspace_id>/test", messengers.test, name="test-messengers"),
    path("doors/messengers/<int:workspace_id>/change", messengers.change, name="change-messengers"),
    path("doors/messengers/<int:workspace_id>/remove", messengers.remove, name="remove-messengers"),
]
