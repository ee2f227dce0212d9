from django import forms
from django.db.models import Q

from inspections.models import HandlingCode, ResultCode
from publication.models import Notice, NoticeState


class NoticeFilter(forms.Form):
    """Filters of the list; whatever makes no sense filters nothing."""

    q = forms.CharField(label="机构名称或编码", required=False, max_length=100)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *NoticeState.choices])

    def apply(self, notices):
        self.is_valid()
        word, state = self.cleaned_data.get("q", "").strip(), self.cleaned_data.get("state")
        if word:
            notices = notices.filter(Q(visit__facility__name__icontains=word) | Q(visit__code__iexact=word))
        return notices.filter(state=state) if state else notices


def _text(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": 5}), max_length=3000
    )


SUMMARY_HELP = "公众看到的就是这段文字：检查了什么、发现什么、如何处置。不写身份证号、电话和人员姓名。"


class PrepareForm(forms.Form):
    summary = _text("向社会公示的检查情况", SUMMARY_HELP)


class CorrectForm(forms.Form):
    facility_name = forms.CharField(label="机构名称", max_length=100)
    results = forms.ModelMultipleChoiceField(
        ResultCode.objects.all(), label="抽查结果", widget=forms.CheckboxSelectMultiple
    )
    handling = forms.ModelChoiceField(
        HandlingCode.objects.all(), label="后续处置", required=False, empty_label="（无）"
    )
    summary = _text("向社会公示的检查情况", SUMMARY_HELP)
    reason = forms.CharField(
        label="更正原因", max_length=300, help_text="与更正后的内容一并公示，原内容继续保留。"
    )

    def __init__(self, data, notice: Notice):
        content = notice.content
        super().__init__(
            data,
            initial={
                "facility_name": content["facility"]["name"],
                "results": [result["code"] for result in content["results"]],
                "handling": content["handling"]["code"] if content["handling"] else None,
                "summary": content["summary"],
            },
        )

    def changes(self) -> dict:
        """In the form that `notices.correct` takes."""
        chosen = self.cleaned_data
        return {
            "facility_name": chosen["facility_name"],
            "results": [result.pk for result in chosen["results"]],
            "handling": chosen["handling"].pk if chosen["handling"] else "",
            "summary": chosen["summary"],
        }
