"""A facility as a person names it: of sixty thousand nobody picks from a list."""

from django import forms
from django.db.models import Q

from registries.access import in_sight
from registries.facility_search import named
from registries.identifiers import normalise
from registries.models import Facility, User

MOST_CANDIDATES = 5


class FacilityField(forms.CharField):
    """Cleaned to the row of whom the full name or the code names; the form says whose sight it is within."""

    def __init__(self, **kwargs):
        super().__init__(
            **{"label": "机构", "help_text": "填写机构全称或国家医保编码。", "max_length": 100} | kwargs
        )

    def within_sight_of(self, user: User) -> None:
        self._rows = in_sight(Facility.objects.in_registry().select_related("bureau"), user)

    def clean(self, value) -> Facility:
        text = normalise(super().clean(value))
        found = list(self._rows.filter(Q(insurance_code__iexact=text) | Q(name=text))[:2])
        if len(found) == 1:
            return found[0]
        near = found or self._rows.filter(named(text))[:MOST_CANDIDATES]
        hints = "；".join(f"{facility.name}（{facility.insurance_code}）" for facility in near)
        if hints:
            raise forms.ValidationError(f"请填写准确的编码或全称，相近的有：{hints}。")
        raise forms.ValidationError("名录库中没有这家机构，请核对全称或编码。")
