"""What the forms of the registries share: one domain function answers them, and its refusal stands at its field."""

from collections.abc import Callable, Sequence

from django import forms
from django.db import models
from django.forms.models import fields_for_model

from registries.errors import DomainError


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class Decided:
    """Gives a form `carried_out`: valid, and the domain function took it. `outcome` is what that returned."""

    outcome = None

    def carried_out(self, verb: Callable) -> bool:
        if not self.is_valid():
            return False
        try:
            self.outcome = verb(self.cleaned_data)
        except DomainError as refusal:
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)
            return False
        return True

    def add_problems(self, problems: dict[str, str]) -> None:
        """All problems at once, where the domain function would name the first only."""
        for field, message in problems.items():
            if field in self.fields and field not in self.errors:
                self.add_error(field, message)


class ReasonForm(Decided, forms.Form):
    reason = forms.CharField(
        label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}), help_text="会留在办理经过中。"
    )


class PurposeForm(Decided, forms.Form):
    purpose = forms.CharField(
        label="查看用途", max_length=200, help_text="例如“电话通知检查组到岗”。查看人、时间和用途都会留痕。"
    )


def row_fields(model: type[models.Model], names: Sequence[str], **options) -> dict[str, forms.Field]:
    """Form fields after the model's, in the order of `names`; dates get the browser's calendar."""
    dates = {name: DateInput for name in names if isinstance(model._meta.get_field(name), models.DateField)}
    return fields_for_model(model, names, widgets=dates | options.pop("widgets", {}), **options)


def kept_secret(field: forms.Field, masked: str) -> None:
    """An edit form does not bring personal data to the screen: blank leaves it as it is."""
    field.required = False
    field.help_text = f"现为 {masked or '空'}；不修改请留空。"
