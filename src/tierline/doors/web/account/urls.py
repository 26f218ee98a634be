"""Addresses about oneself."""

from django.urls import path

from tierline.doors.web.account import leaving, rating, views

app_name = "account"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("welcome", views.welcome, name="welcome"),
    path("account", views.profile, name="profile"),
    path("mail/leave/<str:token>", leaving.leave, name="leave-mail"),
    path("mail/status/<str:token>", leaving.leave_status, name="leave-status"),
    path("mail/rate/stop/<str:key>", rating.stop, name="stop-surveys"),
    path("mail/rate/<str:key>", rating.rate, name="rate"),
    path("account/surveys", views.surveys, name="surveys"),
    path("account/password", views.password, name="password"),
]
