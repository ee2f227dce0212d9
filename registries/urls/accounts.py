from django.urls import path

from registries.views import accounts as views

urlpatterns = [
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/new/", views.create, name="account_create"),
    path("accounts/<int:pk>/", views.account, name="account"),
    path("accounts/<int:pk>/reset/", views.reset, name="account_reset"),
    path("accounts/<int:pk>/close/", views.close, name="account_close"),
    path("accounts/<int:pk>/grant/", views.grant, name="role_grant"),
    path("accounts/<int:pk>/revoke/", views.revoke, name="role_revoke"),
    path("roles/", views.roles, name="roles"),
]
