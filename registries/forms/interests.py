from django import forms

from registries.forms.decisions import DateInput, Decided
from registries.forms.facility_field import FacilityField
from registries.models import User
from registries.models.people import RelatedPerson


class InterestForm(Decided, forms.Form):
    facility = FacilityField()
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
        self.fields["facility"].within_sight_of(user)
