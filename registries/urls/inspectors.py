from django.urls import path

from registries.views import id_numbers, interests
from registries.views import inspectors as views

urlpatterns = [
    path("inspectors/", views.inspectors, name="inspectors"),
    path("inspectors/new/", views.create, name="inspector_create"),
    path("inspectors/by-id/", id_numbers.find, name="inspector_by_id"),
    path("inspectors/mine/", views.mine, name="inspector_mine"),
    path("inspectors/<int:pk>/", views.inspector, name="inspector"),
    path("inspectors/<int:pk>/amend/", views.amend, name="inspector_amend"),
    path("inspectors/<int:pk>/status/", views.status, name="inspector_status"),
    path("inspectors/<int:pk>/account/", views.link_account, name="inspector_account"),
    path("inspectors/<int:pk>/reveal/", views.reveal, name="inspector_reveal"),
    path("inspectors/<int:pk>/interests/new/", interests.declare, name="interest_declare"),
    path("interests/<int:pk>/end/", interests.end, name="interest_end"),
    path("interests/<int:pk>/confirm/", interests.confirm, name="interest_confirm"),
    path("interests/<int:pk>/reject/", interests.reject, name="interest_reject"),
]
