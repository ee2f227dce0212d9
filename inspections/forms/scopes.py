from django import forms

from inspections.scopes import LONGEST
from registries.forms.decisions import Decided


class ScopeForm(Decided, forms.Form):
    name = forms.CharField(
        label="范围名称",
        max_length=LONGEST,
        help_text="本局经办人员以后增加或修改任务时可以选用，例如“城区民营诊所”。",
    )
