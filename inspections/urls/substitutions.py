from django.urls import path

from inspections.views import substitutions

urlpatterns = [
    path("members/<int:pk>/substitution/", substitutions.substitution_request, name="substitution_request"),
]
