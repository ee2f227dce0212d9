from django.urls import path

from inspections.views import visits

urlpatterns = [
    path("visits/", visits.visits, name="visits"),
    path("visits/<int:pk>/", visits.visit, name="visit"),
    path("visits/<int:pk>/accept/", visits.visit_accept, name="visit_accept"),
    path("visits/<int:pk>/leader/", visits.visit_leader, name="visit_leader"),
    path("visits/<int:pk>/schedule/", visits.visit_schedule, name="visit_schedule"),
    path("visits/<int:pk>/assign/", visits.visit_assign, name="visit_assign"),
    path("visits/<int:pk>/contact/", visits.visit_contact, name="visit_contact"),
    path("visits/<int:pk>/documents/<int:document>/", visits.document, name="document"),
]
