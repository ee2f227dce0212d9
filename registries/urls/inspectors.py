from django.urls import path

from registries.views import id_numbers
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
    path("inspectors/<int:pk>/interests/new/", views.declare_interest, name="interest_declare"),
    path("interests/<int:pk>/end/", views.end_interest, name="interest_end"),
]
