from django.urls import path

from registries.views import id_numbers, interests, leaves, papers
from registries.views import inspectors as views

urlpatterns = [
    path("inspectors/", views.inspectors, name="inspectors"),
    path("inspectors/new/", views.create, name="inspector_create"),
    path("inspectors/by-id/", id_numbers.find, name="inspector_by_id"),
    path("inspectors/leaves/", leaves.leave_calendar, name="leave_calendar"),
    path("inspectors/mine/", views.mine, name="inspector_mine"),
    path("inspectors/trainings/new/", papers.record_training, name="training_record"),
    path("inspectors/<int:pk>/", views.inspector, name="inspector"),
    path("inspectors/<int:pk>/amend/", views.amend, name="inspector_amend"),
    path("inspectors/<int:pk>/status/", views.status, name="inspector_status"),
    path("inspectors/<int:pk>/account/", views.link_account, name="inspector_account"),
    path("inspectors/<int:pk>/reveal/", views.reveal, name="inspector_reveal"),
    path("inspectors/<int:pk>/interests/new/", interests.declare, name="interest_declare"),
    path("inspectors/<int:pk>/leaves/new/", leaves.record, name="leave_record"),
    path("inspectors/<int:pk>/certificates/new/", papers.record_certificate, name="certificate_record"),
    path("interests/<int:pk>/end/", interests.end, name="interest_end"),
    path("interests/<int:pk>/confirm/", interests.confirm, name="interest_confirm"),
    path("interests/<int:pk>/reject/", interests.reject, name="interest_reject"),
    path("leaves/<int:pk>/cancel/", leaves.cancel, name="leave_cancel"),
    path("certificates/<int:pk>/remove/", papers.remove_certificate, name="certificate_remove"),
    path("trainings/<int:pk>/strike/", papers.strike_training, name="training_strike"),
]
