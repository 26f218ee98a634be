"""The addresses for somebody at a vendor: a link, and the thread that it opens."""

from django.urls import path

from tierline.doors.web.vendor import views

app_name = "vendor"
urlpatterns = [
    path("<str:token>", views.enter, name="enter"),
    path("links/<int:access_id>", views.show, name="case"),
    path("links/<int:access_id>/answer", views.answer, name="answer"),
    path("links/<int:access_id>/packs/<int:pack_id>", views.pack, name="pack"),
    path("links/<int:access_id>/files/<int:attachment_id>", views.file, name="file"),
]
