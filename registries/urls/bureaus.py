from django.urls import path

from registries.views import bureaus

urlpatterns = [path("bureau/rules/", bureaus.rules, name="bureau_rules")]
