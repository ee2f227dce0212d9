from django import forms

from registries import holiday_lines
from registries.forms.decisions import Decided


class NoticeForm(Decided, forms.Form):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    document = forms.CharField(label="文号", max_length=60, help_text="例如“国办发明电〔2026〕9号”。")
    off_days = forms.CharField(
        label="放假",
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="每行一个节日，例如“元旦 1月1日至1月3日”。跨年的日期写明年份，例如“元旦 2026年12月31日至2027年1月2日”。",
    )
    makeup_days = forms.CharField(
        label="调休上班",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“2月7日、2月20日”；没有请留空。",
    )

    def clean(self):
        if "year" not in self.cleaned_data:
            return
        for name, read in (("off_days", holiday_lines.off_days), ("makeup_days", holiday_lines.makeup_days)):
            if name not in self.cleaned_data:
                continue
            try:
                self.cleaned_data[name] = read(self.cleaned_data[name], self.cleaned_data["year"])
            except ValueError as problem:
                self.add_error(name, str(problem))
