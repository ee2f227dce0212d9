from django.contrib.auth.views import LoginView, PasswordChangeView
from django.db import transaction

from registries import people, sign_in
from registries.forms.sign_in import PasswordForm, SignInForm


class SignIn(LoginView):
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form):
        sign_in.succeeded(form.attempt, form.get_user())
        return super().form_valid(form)


class PasswordChange(PasswordChangeView):
    form_class = PasswordForm

    @transaction.atomic
    def form_valid(self, form):
        people.chose_password(self.request.user, by=self.request.user)
        return super().form_valid(form)
