from django.urls import path

from registries.views import exports
from registries.views import imports as views

urlpatterns = [
    path("imports/", views.imports, name="imports"),
    path("imports/<int:pk>/", views.import_draft, name="import_draft"),
    path("imports/<int:pk>/progress/", views.progress, name="import_progress"),
    path("imports/<int:pk>/marked/", views.marked_copy, name="import_marked_copy"),
    path("imports/<int:pk>/restart/", views.restart, name="import_restart"),
    path("imports/<int:pk>/confirm/", views.confirm, name="import_confirm"),
    path("imports/<int:pk>/publish/", views.publish, name="import_publish"),
    path("templates/<str:kind>/", exports.template, name="template"),
    path("exports/<str:kind>/", exports.export, name="export"),
    path("exports/<str:kind>/clear/", exports.export_clear, name="export_clear"),
]
