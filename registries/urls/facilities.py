from django.urls import path

from registries.views import facilities as views
from registries.views import facility_health, facility_merging, facility_moves, facility_tags

urlpatterns = [
    path("facilities/", views.facilities, name="facilities"),
    path("facilities/new/", views.create, name="facility_create"),
    path("facilities/health/", facility_health.facility_health, name="facility_health"),
    path("facilities/tags/", facility_tags.tags, name="facility_tags"),
    path("facilities/tags/apply/", facility_tags.tag_all, name="facilities_tag"),
    path("facilities/tags/<int:pk>/rename/", facility_tags.rename, name="facility_tag_rename"),
    path("facilities/tags/<int:pk>/merge/", facility_tags.merge, name="facility_tag_merge"),
    path("facilities/tags/<int:pk>/delete/", facility_tags.delete, name="facility_tag_delete"),
    path("facilities/<int:pk>/", views.facility, name="facility"),
    path("facilities/<int:pk>/amend/", views.amend, name="facility_amend"),
    path("facilities/<int:pk>/agreement/", views.agreement, name="facility_agreement"),
    path("facilities/<int:pk>/regrade/", views.regrade, name="facility_regrade"),
    path("facilities/<int:pk>/blacklist/", views.blacklist, name="facility_blacklist"),
    path("facilities/<int:pk>/move/", facility_moves.move, name="facility_move"),
    path("facilities/<int:pk>/move/withdraw/", facility_moves.withdraw, name="facility_move_withdraw"),
    path("facilities/<int:pk>/move/accept/", facility_moves.accept, name="facility_move_accept"),
    path("facilities/<int:pk>/move/decline/", facility_moves.decline, name="facility_move_decline"),
    path("facilities/<int:pk>/duplicates/", facility_merging.candidates, name="facility_duplicates"),
    path("facilities/<int:pk>/merge/<int:into>/", facility_merging.merge, name="facility_merge"),
    path("facilities/<int:pk>/reveal/", views.reveal, name="facility_reveal"),
]
