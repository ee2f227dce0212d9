from django.urls import path

from registries.views import legal_sources as views

urlpatterns = [
    path("legal-sources/", views.sources, name="legal_sources"),
    path("legal-sources/new/", views.create, name="legal_source_create"),
    path("legal-sources/<int:pk>/", views.source, name="legal_source"),
    path("legal-sources/<int:pk>/amend/", views.amend, name="legal_source_amend"),
]
