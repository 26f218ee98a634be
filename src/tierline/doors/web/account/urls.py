"""Addresses about oneself."""

from django.urls import path

from tierline.doors.web.account import leaving, views

app_name = "account"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("welcome", views.welcome, name="welcome"),
    path("account", views.profile, name="profile"),
    path("mail/leave/<str:token>", leaving.leave, name="leave-mail"),
    path("mail/status/<str:token>", leaving.leave_status, name="leave-status"),
    path("account/password", views.password, name="password"),
]
