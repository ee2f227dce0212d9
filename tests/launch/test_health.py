"""The health page: public, and honest about what the system cannot work without."""

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.urls import reverse


@pytest.mark.django_db
def test_everything_well(client):
    response = client.get(reverse("healthz"))
    assert (response.status_code, response.json()) == (200, {"database": "ok", "cache": "ok"})
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_a_cache_that_is_away_is_named_and_keeps_the_host_in_service(client, monkeypatch):
    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(type(cache._connections["default"]), "set", away)
    response = client.get(reverse("healthz"))
    assert (response.status_code, response.json()) == (200, {"database": "ok", "cache": "away"})


@pytest.mark.django_db
def test_a_database_that_is_away_takes_the_host_out_of_service(client, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)
    response = client.get(reverse("healthz"))
    assert (response.status_code, response.json()) == (503, {"database": "away", "cache": "ok"})
