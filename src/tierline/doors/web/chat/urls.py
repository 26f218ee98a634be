"""The addresses of the chat that other sites show."""

from django.urls import path

from tierline.doors.web.chat import views

app_name = "chat"
urlpatterns = [
    path("<str:key>/widget.js", views.loader, name="loader"),
    path("<str:key>", views.frame, name="frame"),
    path("<str:key>/begin", views.begin, name="begin"),
    path("<str:key>/say", views.say, name="say"),
    path("<str:key>/news", views.news, name="news"),
    path("<str:key>/<slug:verb>", views.end, name="end"),
]
