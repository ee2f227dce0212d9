from django import forms
from django.db.models import Q

from registries.access import in_sight
from registries.forms.decisions import DateInput, Decided
from registries.identifiers import normalise
from registries.models import Facility, User
from registries.models.people import RelatedPerson

MOST_CANDIDATES = 5


class InterestForm(Decided, forms.Form):
    facility = forms.CharField(label="机构", help_text="填写机构全称或国家医保编码。", max_length=100)
    who = forms.ChoiceField(label="何人与机构有关系", choices=RelatedPerson)
    relation = forms.CharField(
        label="关系说明",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“在该机构任药师”。申报后，今后的抽取不会派去检查这家机构。",
    )
    since = forms.DateField(
        label="自何时", required=False, widget=DateInput, help_text="不填为从申报时起；将来才开始的请填写。"
    )
    until = forms.DateField(
        label="至何时", required=False, widget=DateInput, help_text="当日仍须回避；不填为长期。"
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_facility(self) -> Facility:
        text = normalise(self.cleaned_data["facility"])
        within = in_sight(Facility.objects.in_registry().select_related("bureau"), self.user)
        found = list(within.filter(Q(insurance_code__iexact=text) | Q(name=text))[:2])
        if len(found) == 1:
            return found[0]
        near = found or within.filter(name__icontains=text)[:MOST_CANDIDATES]
        hints = "；".join(f"{facility.name}（{facility.insurance_code}）" for facility in near)
        if hints:
            raise forms.ValidationError(f"请填写准确的编码或全称，相近的有：{hints}。")
        raise forms.ValidationError("名录库中没有这家机构，请核对全称或编码。")
