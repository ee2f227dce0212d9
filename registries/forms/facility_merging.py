from django import forms

from registries import merging
from registries.forms.decisions import Decided
from registries.identifiers import mask_phone
from registries.models import Facility


class MergeForm(Decided, forms.Form):
    """Both rows side by side; ticked are the fields that the one that stays takes over. Proposed: its blanks."""

    keep = forms.MultipleChoiceField(
        required=False, choices=[(name, name) for name in merging.KEEPABLE], label="改用重复机构的内容"
    )
    duplicate_revision = forms.IntegerField(widget=forms.HiddenInput)
    survivor_revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="合并原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="说明凭什么认定是同一家机构，会留在办理经过中。",
    )

    def __init__(self, *args, duplicate: Facility, survivor: Facility, **kwargs):
        super().__init__(*args, **kwargs)
        self.duplicate, self.survivor = duplicate, survivor

    def clean(self) -> dict:
        names = ("duplicate_revision", "survivor_revision")
        return self.cleaned_data | {"revisions": tuple(self.cleaned_data.pop(name, None) for name in names)}

    def rows(self) -> list[dict]:
        ticked = self.data.getlist("keep") if self.is_bound else None
        return [self._row(name, ticked) for name in merging.KEEPABLE]

    def _row(self, name: str, ticked: list[str] | None) -> dict:
        old, new = getattr(self.survivor, name), getattr(self.duplicate, name)
        return {
            "name": name,
            "label": Facility._meta.get_field(name).verbose_name,
            "stays": _shown(self.survivor, name),
            "goes": _shown(self.duplicate, name),
            "differs": old != new,
            "offered": old != new and new not in ("", None),
            "ticked": not old and bool(new) if ticked is None else name in ticked,
        }


class SurvivorForm(forms.Form):
    """Any other row of the bureau, when the computer did not suspect it."""

    code = forms.CharField(label="另一家机构的国家医保编码", max_length=20)

    def __init__(self, *args, facility: Facility, **kwargs):
        super().__init__(*args, **kwargs)
        self.facility = facility

    def clean_code(self) -> Facility:
        code = self.cleaned_data["code"].strip().upper()
        others = Facility.objects.in_registry().filter(bureau=self.facility.bureau_id)
        found = others.filter(insurance_code=code).exclude(pk=self.facility.pk).first()
        if found is None:
            raise forms.ValidationError("本局名录库中没有这个编码的另一家机构，请核对。")
        return found


def _shown(facility: Facility, name: str):
    if name == "phone":
        return mask_phone(facility.phone)
    if facility._meta.get_field(name).choices:
        return getattr(facility, f"get_{name}_display")()
    return getattr(facility, name)
