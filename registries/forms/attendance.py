"""Forms of what is recorded about a person beside the row: leave, training, further certificates."""

import datetime as dt

from django import forms

from registries.forms.decisions import DateInput, Decided, row_fields
from registries.models import Bureau, Certificate, Inspector
from registries.models.people import InspectorStatus


class LeaveForm(Decided, forms.Form):
    begins_on = forms.DateField(label="开始日期", widget=DateInput)
    ends_on = forms.DateField(label="结束日期", widget=DateInput, help_text="当天也不在岗。")
    reason = forms.CharField(
        label="事由", max_length=100, help_text="例如“年休假”“外出培训”“借调”。只有本人和本局经办人员能看到。"
    )


class TrainingForm(Decided, forms.Form):
    title = forms.CharField(label="培训内容", max_length=100)
    held_on = forms.DateField(label="培训日期", widget=DateInput)
    hours = forms.IntegerField(label="学时")
    result = forms.CharField(label="考核结果", max_length=40, required=False, help_text="没有考核可不填。")
    inspectors = forms.ModelMultipleChoiceField(
        None, label="参加人员", widget=forms.CheckboxSelectMultiple, help_text="一次培训的参加人员一起登记。"
    )

    def __init__(self, *args, bureau: Bureau, **kwargs):
        super().__init__(*args, **kwargs)
        people = Inspector.objects.filter(bureau=bureau).exclude(status=InspectorStatus.RETIRED)
        self.fields["inspectors"].queryset = people


class CertificateForm(Decided, forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields |= row_fields(Certificate, ("kind", "number", "issuer", "issued_on", "valid_until"))
        self.fields["kind"].help_text = "例如“执业药师资格证”“注册会计师证”。"
        self.fields["valid_until"].help_text = "不填为长期有效。到期前 60 天开始提醒。"


class MonthForm(forms.Form):
    """The month of the leave calendar, from the address."""

    YEARS = range(2000, 2101)

    month = forms.DateField(input_formats=["%Y-%m"])

    def clean_month(self) -> dt.date:
        if self.cleaned_data["month"].year not in self.YEARS:
            raise forms.ValidationError("月份不在日历范围内。")
        return self.cleaned_data["month"]

    def shown(self, today: dt.date) -> dt.date:
        """Its first day; of today's month when the address names none."""
        return self.cleaned_data["month"] if self.is_valid() else today.replace(day=1)
