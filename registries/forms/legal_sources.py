import django_filters as filters
from django import forms
from django.db.models import TextChoices
from django.utils import timezone

from registries import legal_sources
from registries.filters import search
from registries.forms.amending import Amending
from registries.forms.decisions import row_fields
from registries.models import LegalSource


class Standing(TextChoices):
    VALID = "yes", "现行有效"
    LAPSED = "no", "已废止或尚未施行"


class LegalSourceFilter(filters.FilterSet):
    q = search("title", label="名称")
    standing = filters.ChoiceFilter(
        method="on_this_day", choices=Standing.choices, label="效力", empty_label="全部"
    )
    sort = filters.OrderingFilter(
        fields=("title", "valid_from", "valid_until"), widget=forms.HiddenInput, label="排序"
    )

    class Meta:
        model = LegalSource
        fields = ()

    def on_this_day(self, queryset, name, value):
        lapsed = legal_sources.not_valid(timezone.localdate())
        return queryset.filter(lapsed) if value == Standing.LAPSED else queryset.exclude(lapsed)


class LegalSourceForm(Amending, forms.Form):
    """For a new source; with `source`, for amending it."""

    def __init__(self, *args, source: LegalSource | None = None, **kwargs):
        shown = {name: getattr(source, name) for name in legal_sources.FIELDS} if source else {}
        super().__init__(*args, initial=shown, **kwargs)
        self.fields |= row_fields(LegalSource, legal_sources.FIELDS)
        if source:
            self.amends(source)
