"""Home, messages, search and notices of the office."""

from django.urls import path  # noqa: F401

urlpatterns = []
