"""Addresses about oneself."""

from django.urls import path

from tierline.doors.web.account import views

app_name = "account"
urlpatterns = [
    path("sign-in", views.sign_in, name="sign-in"),
    path("sign-out", views.sign_out, name="sign-out"),
    path("welcome", views.welcome, name="welcome"),
    path("account", views.profile, name="profile"),
    path("account/password", views.password, name="password"),
]
