from django.urls import path

from inspections.views import clues as views

urlpatterns = [
    path("clues/", views.clues, name="clues"),
    path("clues/new/", views.create, name="clue_create"),
    path("clues/<int:pk>/", views.clue, name="clue"),
    path("clues/<int:pk>/amend/", views.amend, name="clue_amend"),
    path("clues/<int:pk>/propose/", views.propose, name="clue_propose"),
    path("clues/<int:pk>/close/", views.close, name="clue_close"),
]
