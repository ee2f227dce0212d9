from django import forms

from inspections.draw_sheet import reason
from registries.filters import LONGEST_WORD
from registries.models import CreditGrade

ALL = [("", "全部")]


class CandidateFilter(forms.Form):
    """Filters of a task's facilities before the seal; `statuses` are those that occur."""

    q = forms.CharField(label="机构名称或编码开头", max_length=LONGEST_WORD, required=False)
    grade = forms.ChoiceField(label="信用等级", choices=ALL + CreditGrade.choices, required=False)
    status = forms.ChoiceField(label="入池状态", required=False)

    def __init__(self, data, statuses):
        super().__init__(data)
        self.fields["status"].choices = ALL + [(status, reason(status)) for status in statuses]

    def wanted(self) -> dict[str, str]:
        """The arguments of candidates.search; a value that is not offered filters nothing."""
        self.is_valid()
        found = {name: self.cleaned_data.get(name, "") for name in ("q", "grade", "status")}
        return {"text": found["q"].strip(), "grade": found["grade"], "status": found["status"]}
