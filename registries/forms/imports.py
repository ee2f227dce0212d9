from django import forms

from registries.forms.decisions import Decided
from registries.imports.formats import KIND_TITLES, ImportKind
from registries.imports.importing import most_for_a_page
from registries.imports.spreadsheet import MOST_BYTES, MOST_MEGABYTES, TOO_LARGE


class UploadForm(Decided, forms.Form):
    kind = forms.ChoiceField(
        label="名单种类", choices=[(str(kind), title) for kind, title in KIND_TITLES.items()]
    )
    file = forms.FileField(
        label="文件",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"empty": "文件是空的，请重新选择文件。"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = (
            f".xlsx、.xls 或 .csv，最大 {MOST_MEGABYTES} MB，每次最多 {most_for_a_page(ImportKind.FACILITIES)} 行。"
            "先检查，确认后才写入；名单长时在后台进行，可以离开页面。"
        )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        return file
