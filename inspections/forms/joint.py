from copy import deepcopy

from django import forms

from inspections import joint
from inspections.assisted_matching import CODES, MOST_ROWS, NAMES
from inspections.models import AssistedList, PartnerInspector, PlanTask, Visit
from registries.forms.decisions import DateInput, Decided, row_fields
from registries.forms.imports import UploadForm


def _named(names: list[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


class ListForm(Decided, forms.Form):
    """The initiator's letter and the list that came with it."""

    initiator = forms.ChoiceField(label="发起部门")

    def __init__(self, *args, task: PlanTask, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["initiator"].choices = _named([one["department"] for one in task.partners])
        self.fields |= row_fields(AssistedList, ("document_number", "drawn_on"))
        self.fields["document_number"].help_text = "发起部门来文的文号，例如“市监发〔2026〕12号”。"
        self.fields["drawn_on"].widget = DateInput()
        self.fields["file"] = deepcopy(UploadForm.base_fields["file"])
        self.fields["file"].help_text = (
            f".xlsx、.xls 或 .csv，表头应有“{CODES[0]}”和“{NAMES[0]}”（或“{'”“'.join(NAMES[1:])}”），"
            f"最多 {MOST_ROWS} 行。先检查，确认后才写入；文件本身不保存，只留 SHA-256。"
        )

    clean_file = UploadForm.clean_file


class PartnerForm(Decided, forms.Form):
    department = forms.ChoiceField(label="部门")

    def __init__(self, *args, visit: Visit, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = _named(joint.departments(visit))
        self.fields |= row_fields(PartnerInspector, ("name", "certificate_number"))


class ResultForm(Decided, forms.Form):
    department = forms.ChoiceField(label="部门")
    result = forms.CharField(
        label="检查结果",
        max_length=joint.LONGEST_RESULT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="按该部门的书面结果填写，请勿写个人信息。检查报告提交前可以改正。",
    )

    def __init__(self, *args, visit: Visit, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["department"].choices = _named(joint.departments(visit))
