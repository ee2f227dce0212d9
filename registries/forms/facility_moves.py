from django import forms

from registries.forms.decisions import Decided
from registries.models import Bureau, Facility


class MoveForm(Decided, forms.Form):
    to_bureau = forms.ModelChoiceField(
        Bureau.objects.none(), label="迁往", empty_label="请选择", help_text="对方医保局接收后才生效。"
    )
    reason = forms.CharField(
        label="原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“经营地址迁至新华区，已变更登记”。",
    )

    def __init__(self, *args, facility: Facility, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to_bureau"].queryset = Bureau.objects.exclude(pk=facility.bureau_id)
