from django.urls import path

from inspections.views import joint as views

urlpatterns = [
    path("tasks/<int:pk>/lists/", views.assisted_lists, name="assisted_lists"),
    path("tasks/<int:pk>/lists/new/", views.check_list, name="assisted_check"),
    path("tasks/<int:pk>/lists/confirm/", views.take_over, name="assisted_take_over"),
    path("lists/<int:pk>/", views.assisted_list, name="assisted_list"),
    path("visits/<int:pk>/partners/", views.enter_inspector, name="partner_enter"),
    path("visits/<int:pk>/partners/<int:partner>/remove/", views.remove_inspector, name="partner_remove"),
    path("visits/<int:pk>/partner-results/", views.record_result, name="partner_result"),
]
