from django.urls import path

from registries.views import facilities as views

urlpatterns = [
    path("facilities/", views.facilities, name="facilities"),
    path("facilities/new/", views.create, name="facility_create"),
    path("facilities/<int:pk>/", views.facility, name="facility"),
    path("facilities/<int:pk>/amend/", views.amend, name="facility_amend"),
    path("facilities/<int:pk>/agreement/", views.agreement, name="facility_agreement"),
    path("facilities/<int:pk>/regrade/", views.regrade, name="facility_regrade"),
    path("facilities/<int:pk>/blacklist/", views.blacklist, name="facility_blacklist"),
    path("facilities/<int:pk>/reveal/", views.reveal, name="facility_reveal"),
]
