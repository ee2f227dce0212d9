from django.urls import path

from inspections.views import scopes as views

urlpatterns = [
    path("scopes/", views.scopes, name="scopes"),
    path("scopes/<int:pk>/rename/", views.rename, name="scope_rename"),
    path("scopes/<int:pk>/delete/", views.delete, name="scope_delete"),
    path("tasks/<int:pk>/scope/", views.save, name="scope_save"),
]
