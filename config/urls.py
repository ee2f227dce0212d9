"""Public pages at the root, the office under /office/. Every view declares its access (registries/access.py)."""

from django.contrib.auth import views as auth
from django.urls import include, path

from config.health import healthz
from registries.access import open_door, signed_in
from registries.views.sign_in import PasswordChange, SignIn

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("login/", open_door(SignIn.as_view()), name="login"),
    path("logout/", signed_in(auth.LogoutView.as_view()), name="logout"),
    path("office/password/", signed_in(PasswordChange.as_view()), name="password_change"),
    path(
        "office/password/done/", signed_in(auth.PasswordChangeDoneView.as_view()), name="password_change_done"
    ),
    path("office/", include("publication.urls.office")),
    path("office/registries/", include("registries.urls")),
    path("office/", include("inspections.urls")),
    path("", include("publication.urls.public")),
]

handler400 = "registries.errors.bad_request"
