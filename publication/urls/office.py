"""Home, messages, search, what is overdue and the notices of the office."""

from django.urls import path

from publication.views import home, messages, notices, overdue

urlpatterns = [
    path("", home.home, name="home"),
    path("search/", home.search, name="search"),
    path("messages/", messages.messages, name="messages"),
    path("messages/read/", messages.messages_read, name="messages_read"),
    path("messages/<int:pk>/open/", messages.message_open, name="message_open"),
    path("overdue/", overdue.overdue, name="overdue"),
    path("notices/", notices.notices, name="notices"),
    path("notices/<int:pk>/", notices.notice, name="notice"),
    path("notices/<int:pk>/check/", notices.notice_check, name="notice_check"),
    path("notices/<int:pk>/return/", notices.notice_return, name="notice_return"),
    path("notices/<int:pk>/publish/", notices.notice_publish, name="notice_publish"),
    path("notices/<int:pk>/correct/", notices.notice_correct, name="notice_correct"),
    path("visits/<int:pk>/notice/", notices.notice_prepare, name="notice_prepare"),
]
