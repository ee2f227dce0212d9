from django import forms
from django.utils import timezone

from registries import checks, facilities
from registries.forms.amending import Amending
from registries.forms.decisions import DateInput, Decided, ReasonForm, row_fields
from registries.identifiers import mask_phone
from registries.models import AgreementStatus, CreditGrade, Facility


class FacilityForm(Amending, forms.Form):
    """For registering; with `facility`, for amending. Standing is changed by forms of its own."""

    def __init__(self, *args, facility: Facility | None = None, **kwargs):
        self.facility = facility
        super().__init__(*args, initial=self._initial(), **kwargs)
        self.fields |= row_fields(Facility, facilities.FIELDS, widgets={"phone": forms.TextInput})
        self.fields["tags"] = forms.CharField(
            label="标签", required=False, help_text="几个标签之间用顿号或空格分开，例如“透析、中医理疗”。"
        )
        if facility:
            self.amends(facility, secrets={"phone": mask_phone})
        else:
            self.fields |= row_fields(Facility, ("agreement_status", "grade"))
            self.fields["grade_source"] = forms.CharField(
                label="评级来源",
                required=False,
                max_length=100,
                help_text="有信用等级时填写，例如“2025年度信用评价”。",
            )

    def _initial(self) -> dict:
        if not self.facility:
            return {}
        shown = {name: getattr(self.facility, name) for name in facilities.FIELDS if name != "phone"}
        return shown | {"tags": "、".join(tag.name for tag in self.facility.tags.all())}

    def clean_tags(self) -> list[str]:
        return self.cleaned_data["tags"].replace("、", " ").replace("，", " ").split()

    def clean(self):
        if self.facility and not self.cleaned_data.get("phone"):
            self.cleaned_data.pop("phone", None)
        self.add_problems(checks.facility_problems(checks.tidy(self.cleaned_data)))


class AgreementForm(Decided, forms.Form):
    status = forms.ChoiceField(label="新的协议状态", choices=AgreementStatus)
    is_correction = forms.BooleanField(
        label="更正登记错误", required=False, help_text="仅在现有状态登记错了时勾选；注销、迁出只能这样改回。"
    )
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


class BlacklistForm(ReasonForm):
    until = forms.DateField(
        label="截止日",
        required=False,
        widget=DateInput,
        help_text="当日仍在黑名单中，次日起自动不再生效；不填为长期。",
    )


class RegradeForm(Decided, forms.Form):
    grade = forms.ChoiceField(label="新的信用等级", choices=CreditGrade)
    source = forms.CharField(
        label="评级来源", max_length=100, help_text="例如“2026年度信用评价”或处罚决定书文号。"
    )
    effective_on = forms.DateField(label="生效日期", initial=timezone.localdate, widget=DateInput)
