"""Addresses of the portal."""

from django.urls import path

from tierline.doors.web.portal.views import assistant, home, requests, send, status

app_name = "portal"
urlpatterns = [
    path("", home.home, name="home"),
    path("search", home.search, name="search"),
    path("articles/<int:article_id>", home.article, name="article"),
    path("known/<int:issue_id>", home.issue, name="issue"),
    path("status", status.statuses, name="statuses"),
    path("status/<int:major_id>", status.status, name="status"),
    path("status/<int:major_id>/me-too", status.me_too, name="me-too"),
    path("status/<int:major_id>/subscribe", status.subscribe, name="subscribe"),
    path("send/log", send.send_log, name="send-log"),
    path("send/<slug:key>", send.send, name="send"),
    path("assistant", assistant.assistant, name="assistant"),
    path("assistant/<int:conversation_id>", assistant.conversation, name="conversation"),
    path("assistant/<int:conversation_id>/solved", assistant.solved, name="solved"),
    path("assistant/<int:conversation_id>/pass-on", assistant.pass_on, name="pass-on"),
    path("requests", requests.requests, name="requests"),
    path("requests/<slug:reference>", requests.one, name="request"),
    path("requests/<slug:reference>/answer", requests.answer, name="answer"),
    path("requests/<slug:reference>/verdict", requests.verdict, name="verdict"),
    path("requests/<slug:reference>/assistant", assistant.verdict, name="assistant-verdict"),
    path("requests/<slug:reference>/challenge", requests.challenge, name="challenge"),
    path("requests/<slug:reference>/rate", requests.rate, name="rate"),
    path("requests/<slug:reference>/call", requests.call, name="call"),
    path("requests/<slug:reference>/files/<int:attachment_id>", requests.file, name="file"),
    path("requests/<slug:reference>/files/<int:attachment_id>/share", requests.share, name="share"),
]
