from django.urls import path

from registries.views import calendar, trail

urlpatterns = [
    path("trail/", trail.trail, name="trail"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/enter/", calendar.enter, name="calendar_enter"),
]
