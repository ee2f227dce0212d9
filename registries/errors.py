"""What a domain function raises when the answer is no, and how the screen shows it."""

from django.contrib import messages
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import defaults

# What is read of a request that was refused: a browser that is cut off while it sends shows no answer.
MOST_READ_OUT = 200 * 1024 * 1024
CHUNK = 1024 * 1024


class DomainError(Exception):
    """A refusal in words fit for the screen: what happened, what to do. `field` names the form field, if one."""

    def __init__(self, message: str, *, field: str | None = None):
        super().__init__(message)
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return self.message


class DomainErrorMiddleware:
    """Turns a DomainError that no form caught into a message on the page the person came from."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            # Who signs in again after pressing a button comes to its address with a GET.
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request, exception):
        if not isinstance(exception, DomainError):
            return None
        if request.headers.get("accept", "").startswith("application/json"):
            return JsonResponse({"error": exception.message}, status=409)
        came_from = request.headers.get("referer", "")
        if request.method == "POST" and url_has_allowed_host_and_scheme(
            came_from, {request.get_host()}, request.is_secure()
        ):
            messages.error(request, exception.message)
            return HttpResponseRedirect(came_from)
        return render(request, "409.html", {"message": exception.message}, status=409)


def bad_request(request, exception):
    """The page for 400; a form that is too large gets one that says so."""
    if not isinstance(exception, RequestDataTooBig):
        return defaults.bad_request(request, exception)
    for _ in range(MOST_READ_OUT // CHUNK):
        if not request.read(CHUNK):
            break
    return render(request, "413.html", status=413)
