"""What a load balancer and the containers' health checks ask."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registries.access import public

WELL, AWAY = "ok", "away"


def database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return AWAY
    return WELL


def cache_state() -> str:
    try:
        cache.set("healthz", WELL, timeout=10)
        return cache.get("healthz", AWAY)
    except Exception:  # each cache backend has its own errors, and none of them may take this page down
        return AWAY


@public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """503 takes a host out of service, so only what it cannot work without counts: the database.

    Without the cache pages are slower and nothing is lost; the answer names it for the monitoring.
    """
    states = {"database": database_state(), "cache": cache_state()}
    return JsonResponse(states, status=200 if states["database"] == WELL else 503)
