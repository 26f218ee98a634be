"""Addresses of the set-up pages."""

from django.urls import path

from tierline.doors.web.setup.views import (
    contracts,
    groups,
    home,
    mail,
    mailboxes,
    people,
    plugins,
    sending,
    services,
    styleguide,
)

app_name = "setup"
urlpatterns = [
    path("", home.home, name="home"),
    path("groups", groups.groups, name="groups"),
    path("groups/<int:group_id>", groups.group, name="group"),
    path("groups/<int:group_id>/join", groups.join, name="join"),
    path("groups/<int:group_id>/leave", groups.leave, name="leave"),
    path("people", people.people, name="people"),
    path("people/<int:person_id>", people.person, name="person"),
    path("people/<int:person_id>/roles", people.roles, name="roles"),
    path("people/<int:person_id>/password", people.password, name="password"),
    path("people/<int:person_id>/active", people.active, name="active"),
    path("services", services.services, name="services"),
    path("services/new", services.new_service, name="new-service"),
    path("desks/new", services.new_desk, name="new-desk"),
    path("organisations/new", services.new_organisation, name="new-organisation"),
    path("contracts", contracts.contracts, name="contracts"),
    path("contracts/<int:from_tier>-<int:to_tier>", contracts.contract, name="contract"),
    path("mail", mail.mail, name="mail"),
    path("mail/<int:message_id>", mail.message, name="quarantined"),
    path("mail/<int:message_id>/original", mail.original, name="quarantined-original"),
    path("mail/<int:message_id>/learn", mail.learn, name="learn"),
    path("mail/<int:message_id>/delete", mail.delete, name="delete-quarantined"),
    path("mail/rules/<int:rule_id>/forget", mail.forget, name="unlearn"),
    path("mail/queue/<int:outbound_id>/send", mail.send_again, name="send-again"),
    path("mail/mailboxes/new", mailboxes.new, name="new-mailbox"),
    path("mail/mailboxes/<int:mailbox_id>", mailboxes.mailbox, name="mailbox"),
    path("mail/mailboxes/<int:mailbox_id>/state", mailboxes.state, name="mailbox-state"),
    path("mail/mailboxes/<int:mailbox_id>/<str:name>", mailboxes.verb, name="mailbox-verb"),
    path("mail/outgoing", sending.outgoing, name="outgoing"),
    path("mail/outgoing/state", sending.outgoing_state, name="outgoing-state"),
    path("mail/outgoing/<str:name>", sending.outgoing_verb, name="outgoing-verb"),
    path("mail/hooks", sending.hooks, name="hooks"),
    path("mail/hooks/<int:hook_id>/remove", sending.remove_hook, name="remove-hook"),
    path("plugins", plugins.plugins, name="plugins"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
]
