from django import forms

from inspections.models import HandlingCode, InspectionReport, ResultCode


class ReportForm(forms.ModelForm):
    """A draft may lack anything; what a report needs is asked when it is submitted."""

    results = forms.ModelMultipleChoiceField(
        ResultCode.objects.all(),
        label="抽查结果",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="“未发现问题”等单独成立的结果不能与其他结果并列。",
    )
    handling = forms.ModelChoiceField(
        HandlingCode.objects.all(),
        label="后续处置",
        required=False,
        widget=forms.RadioSelect,
        empty_label=None,
    )
    seen_revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = InspectionReport
        fields = ["results", "handling", "summary", "public_summary"]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 8}),
            "public_summary": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "summary": "检查经过、发现的问题、事实和依据，供审批和存档。",
            "public_summary": "将原样向社会公示：只写机构的情况，不写任何人的姓名、证件号码和电话。",
        }

    def values(self) -> dict:
        """The input of reports.write."""
        given = self.cleaned_data
        return {
            "results": [result.pk for result in given["results"]],
            "handling": given["handling"].pk if given["handling"] else "",
            "summary": given["summary"],
            "public_summary": given["public_summary"],
        }
