from django import forms

from registries.forms.decisions import Decided


class IdNumberForm(Decided, forms.Form):
    id_number = forms.CharField(
        label="身份证号",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="填写完整的 18 位号码。查找人、时间和遮盖后的号码都会留痕。",
    )
