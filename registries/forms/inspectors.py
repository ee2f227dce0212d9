from django import forms
from django.db.models import Q

from registries import checks, inspectors
from registries.forms.decisions import Decided, kept_secret, row_fields
from registries.identifiers import mask_id_number, mask_phone
from registries.models import Inspector, User
from registries.models.people import InspectorStatus

SECRET = {"id_number": mask_id_number, "phone": mask_phone}


class InspectorForm(Decided, forms.Form):
    """For registering; with `inspector`, for amending."""

    def __init__(self, *args, inspector: Inspector | None = None, **kwargs):
        self.inspector = inspector
        super().__init__(*args, initial=self._initial(), **kwargs)
        names = [name for name in inspectors.FIELDS if name != "qualifications"]
        self.fields |= row_fields(
            Inspector, names, widgets=dict.fromkeys(SECRET, forms.TextInput(attrs={"autocomplete": "off"}))
        )
        self.fields["qualifications"] = forms.CharField(
            label="专业特长", required=False, help_text="几项之间用顿号或空格分开，例如“临床、会计”。"
        )
        if inspector:
            for name, mask in SECRET.items():
                kept_secret(self.fields[name], mask(getattr(inspector, name)))
            self.fields["revision"] = forms.IntegerField(widget=forms.HiddenInput)

    def _initial(self) -> dict:
        if not self.inspector:
            return {}
        names = set(inspectors.FIELDS) - set(SECRET) | {"revision"}
        shown = {name: getattr(self.inspector, name) for name in names}
        return shown | {"qualifications": "、".join(self.inspector.qualifications)}

    def clean_qualifications(self) -> list[str]:
        return self.cleaned_data["qualifications"].replace("、", " ").replace("，", " ").split()

    def clean(self):
        whole = dict(self.cleaned_data)
        for name in SECRET:
            if self.inspector and not whole.get(name):
                self.cleaned_data.pop(name, None)
                whole[name] = getattr(self.inspector, name)
        problems = checks.inspector_problems(checks.tidy(whole))
        if "id_number" in problems and self.inspector and "id_number" not in self.cleaned_data:
            problems["sex"] = problems.pop("id_number")
        self.add_problems(problems)


class StatusForm(Decided, forms.Form):
    """Offers the moves that the inspector's status allows."""

    WORDS = {
        InspectorStatus.SUSPENDED: "暂停：暂不参加抽取",
        InspectorStatus.ACTIVE: "恢复：重新参加抽取",
        InspectorStatus.RETIRED: "退出：不再参加抽取",
    }

    status = forms.ChoiceField(label="办理", widget=forms.RadioSelect)
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, inspector: Inspector, **kwargs):
        super().__init__(*args, **kwargs)
        allowed = inspectors.MOVES[InspectorStatus(inspector.status)]
        self.fields["status"].choices = [
            (status.value, words) for status, words in self.WORDS.items() if status in allowed
        ]


class AccountLinkForm(Decided, forms.Form):
    user = forms.ModelChoiceField(
        User.objects.none(), label="登录账号", required=False, empty_label="（不关联）",
        help_text="只列出本局在用、尚未关联其他检查人员的账号。",
    )  # fmt: skip

    def __init__(self, *args, inspector: Inspector, **kwargs):
        super().__init__(*args, initial={"user": inspector.user_id}, **kwargs)
        free = Q(inspector=None) | Q(inspector=inspector)
        self.fields["user"].queryset = User.objects.filter(free, bureau=inspector.bureau, is_active=True)
