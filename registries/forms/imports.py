from django import forms
from django.conf import settings

from registries.forms.decisions import Decided
from registries.imports import drafts
from registries.imports.formats import KIND_TITLES


class UploadForm(Decided, forms.Form):
    kind = forms.ChoiceField(
        label="名单种类", choices=[(str(kind), title) for kind, title in KIND_TITLES.items()]
    )
    file = forms.FileField(
        label="文件",
        help_text=f".xlsx、.xls 或 .csv，最大 20 MB，每次最多 {drafts.MOST_LINES} 行。先检查，确认后才写入。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"empty": "文件是空的，请重新选择文件。"},
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_SIZE:
            raise forms.ValidationError("文件超过 20 MB，请删除图片等无关内容，或分成多个文件导入。")
        return file
