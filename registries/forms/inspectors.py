import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils import timezone

from registries import certificates, checks, inspector_sheet, inspectors, interests, items
from registries.certificates import Validity
from registries.filters import InSight, choice, search
from registries.forms.amending import Amending
from registries.forms.decisions import Decided, row_fields
from registries.forms.regions import regions_field, words
from registries.identifiers import mask_id_number, mask_phone
from registries.models import Bureau, InspectionItem, Inspector, User
from registries.models.people import InspectorKind, InspectorStatus

WRITTEN_OTHERWISE = {"qualifications", "regions"}
SECRET = {"id_number": mask_id_number, "phone": mask_phone}


class InspectorFilter(InSight):
    q = search("name", "number", "certificate_number", label="姓名、编号或执法证号")
    kind = choice("kind", InspectorKind, "人员类别")
    status = choice("status", InspectorStatus, "状态")
    department = search("unit", "department", label="单位或部门")
    qualification = filters.CharFilter(
        method="holding", label="专业特长", widget=forms.TextInput(attrs={"list": "qualifications"})
    )
    papers = filters.ChoiceFilter(
        method="with_papers",
        choices=[(one.value, one.label) for one in (Validity.ENDING, Validity.EXPIRED)],
        label="证件",
        empty_label="全部",
    )
    declared = filters.ChoiceFilter(
        method="declaring", choices=[("waiting", "待核实")], label="利害关系申报", empty_label="全部"
    )
    sort = filters.OrderingFilter(
        fields=("number", "name", "certificate_valid_until", "load", "training_hours"),
        widget=forms.HiddenInput,
        label="排序",
    )

    class Meta:
        model = Inspector
        fields = ()

    def __init__(self, data, queryset, *, user: User):
        super().__init__(data, inspector_sheet.listed(queryset, on=timezone.localdate()), user=user)

    def with_papers(self, queryset, name, value):
        return certificates.holders(queryset, Validity(value), on=timezone.localdate())

    def declaring(self, queryset, name, value):
        return queryset.filter(pk__in=interests.waiting(timezone.localdate()).values("inspector"))

    def holding(self, queryset, name, value):
        """Compared in Python: the two databases search JSON differently, and a registry holds few people."""
        word = value.strip()
        found = [
            pk
            for pk, held in queryset.values_list("pk", "qualifications")
            if any(word in one for one in held)
        ]
        return queryset.filter(pk__in=found)


class InspectorForm(Amending, forms.Form):
    """For registering at `bureau`; with `inspector`, for amending."""

    def __init__(self, *args, bureau: Bureau, inspector: Inspector | None = None, **kwargs):
        self.inspector, self.bureau = inspector, bureau
        super().__init__(*args, initial=self._initial(), **kwargs)
        names = [name for name in inspectors.FIELDS if name not in WRITTEN_OTHERWISE]
        self.fields |= row_fields(
            Inspector, names, widgets=dict.fromkeys(SECRET, forms.TextInput(attrs={"autocomplete": "off"}))
        )
        self.fields |= self._reach()
        if inspector:
            self.amends(inspector, secrets=SECRET)

    def _reach(self) -> dict[str, forms.Field]:
        """What the inspector knows and may inspect."""
        in_use = "、".join(inspector_sheet.words_in_use(self.bureau))
        chosen = self.inspector.allowed_items.values("pk") if self.inspector else []
        usable = items.usable(self.bureau, timezone.localdate()).order_by().values("item")
        return {
            "qualifications": forms.CharField(
                label="专业特长",
                required=False,
                help_text="几项之间用顿号或空格分开。" + (f"本局已用的写法：{in_use}。" if in_use else ""),
            ),
            "allowed_items": forms.ModelMultipleChoiceField(
                InspectionItem.objects.filter(Q(pk__in=usable) | Q(pk__in=chosen)),
                label="可检查的事项",
                required=False,
                widget=forms.CheckboxSelectMultiple,
                help_text="不选为全部事项。选了的，只参加事项都在其中的任务的抽取。",
            ),
            "regions": regions_field(
                self.bureau,
                self.inspector.regions if self.inspector else (),
                label="可检查的区域",
                none="全部区域",
                meaning="选了的，只参加抽查范围都在其中的任务的抽取。",
            ),
        }

    def _initial(self) -> dict:
        if not self.inspector:
            return {}
        names = set(inspectors.FIELDS) - set(SECRET)
        shown = {name: getattr(self.inspector, name) for name in names}
        allowed = [item.pk for item in self.inspector.allowed_items.all()]
        return shown | {
            "qualifications": "、".join(self.inspector.qualifications),
            "allowed_items": allowed,
        }

    def clean_qualifications(self) -> list[str]:
        return words(self.cleaned_data["qualifications"])

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
