from django import forms

from registries.access import ROLES
from registries.forms.decisions import Decided, row_fields
from registries.models import Bureau, User


class AccountForm(Decided, forms.Form):
    """For the administrator's own bureau and those below it."""

    bureau = forms.ModelChoiceField(Bureau.objects.none(), label="所属医保局", empty_label=None)

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, initial={"bureau": by.bureau_id}, **kwargs)
        self.fields["bureau"].queryset = by.bureau.with_descendants()
        self.fields |= row_fields(User, ("username", "display_name", "email"))


class RoleForm(Decided, forms.Form):
    role = forms.ChoiceField(
        label="授予角色", choices=[(name, f"{role.title}：{role.sentence}") for name, role in ROLES.items()]
    )
