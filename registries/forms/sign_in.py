from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
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


class PasswordForm(PasswordChangeForm):
    """Django's form; it says 你, an office says 您."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.help_text = _politely(field.help_text)

    def add_error(self, field, error):
        super().add_error(field, [_politely(message) for message in ValidationError(error).messages])


def _politely(text) -> str:
    """A text that was safe for HTML stays so."""
    text = str(text)
    return type(text)(text.replace("你", "您"))


def address_of(request) -> str:
    """Behind the proxy the last address of the header is the one that the proxy itself saw; others are hearsay."""
    forwarded = request.headers.get("x-forwarded-for", "") if settings.BEHIND_PROXY else ""
    return forwarded.rpartition(",")[2].strip() or request.META["REMOTE_ADDR"]
