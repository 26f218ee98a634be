"""Addresses of the set-up pages."""

from django.urls import path

from tierline.doors.web.setup.views import contracts, groups, home, mail, people, plugins, services, styleguide

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
    path("plugins", plugins.plugins, name="plugins"),
    path("styleguide", styleguide.styleguide, name="styleguide"),
]
