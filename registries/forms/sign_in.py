from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError

from registries import sign_in
from registries.errors import DomainError


class SignInForm(AuthenticationForm):
    """Django's form, which counts attempts; `attempt` is the one that was made."""

    def clean(self):
        given = self.cleaned_data
        if not (given.get("username") and given.get("password")):
            return super().clean()
        try:
            self.attempt = sign_in.attempt(given["username"], address_of(self.request))
        except DomainError as refusal:
            raise ValidationError(refusal.message) from refusal
        try:
            return super().clean()
        except ValidationError:
            sign_in.failed(self.attempt)
            raise


def address_of(request) -> str:
    """Behind the proxy the last address of the header is the one that the proxy itself saw; others are hearsay."""
    forwarded = request.headers.get("x-forwarded-for", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META["REMOTE_ADDR"]
