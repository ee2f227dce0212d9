from django.urls import path

from registries.views import items as views

urlpatterns = [
    path("items/", views.items, name="items"),
    path("items/new/", views.create, name="item_create"),
    path("items/<int:pk>/", views.item, name="item"),
    path("items/<int:pk>/draft/", views.draft, name="item_draft"),
    path("items/<int:pk>/publish/", views.publish, name="item_publish"),
    path("items/<int:pk>/compare/", views.compare, name="item_compare"),
    path("items/<int:pk>/supplement/", views.supplement, name="item_supplement"),
    path("items/<int:pk>/withdraw/", views.withdraw, name="item_withdraw"),
]
