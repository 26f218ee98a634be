"""Addresses of the pages about people who work here: coverage, profiles, working time, on call, skills."""

from django.urls import path

from tierline.doors.web.staff.views import abilities, coverage, on_call, profile, skills, working_time

app_name = "staff"
urlpatterns = [
    path("", coverage.coverage, name="coverage"),
    path("all", profile.everybody, name="everybody"),
    path("on-call", on_call.on_call, name="on-call"),
    path("on-call/<int:group_id>", on_call.rotation, name="rotation"),
    path("on-call/<int:group_id>/plan", on_call.plan, name="plan-rotation"),
    path("on-call/<int:group_id>/take-over", on_call.take_over, name="take-over"),
    path("skills", skills.skills, name="skills"),
    path("skills/<int:skill_id>", skills.skill, name="skill"),
    path("skills/<int:skill_id>/link", skills.link, name="link-skill"),
    path("skills/<int:skill_id>/unlink", skills.unlink, name="unlink-skill"),
    path("certificates/<int:certificate_id>", profile.document, name="document"),
    path("certificates/<int:certificate_id>/withdraw", abilities.withdraw, name="withdraw"),
    path("absences/<int:absence_id>/cancel", working_time.cancel_absence, name="cancel-absence"),
    path("<int:person_id>", profile.profile, name="profile"),
    path("<int:person_id>/abilities", abilities.abilities, name="abilities"),
    path("<int:person_id>/abilities/skill", abilities.skill, name="record-skill"),
    path("<int:person_id>/abilities/language", abilities.language, name="record-language"),
    path("<int:person_id>/abilities/certificate", abilities.certificate, name="record-certificate"),
    path("<int:person_id>/time", working_time.working_time, name="working-time"),
    path("<int:person_id>/time/week", working_time.week, name="plan-week"),
    path("<int:person_id>/time/day", working_time.day, name="plan-day"),
    path("<int:person_id>/time/day/lift", working_time.lift, name="lift-day"),
    path("<int:person_id>/time/absence", working_time.absence, name="record-absence"),
    path("<int:person_id>/time/capacity", working_time.capacity, name="set-capacity"),
]
