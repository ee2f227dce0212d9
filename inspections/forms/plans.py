import django_filters as filters
from django import forms
from django.utils import timezone

from inspections.models import AnnualPlan, Assignment, JointKind, PlanTask, SavedScope, WinnersShown
from inspections.plan_rules import MANY, PLAN_FIELDS, TASK_FIELDS, defaults, plannable, values_of
from inspections.plan_versions import partner_lines
from inspections.scopes import taken_up
from inspections.states import PlanState
from registries.filters import InSight, choice
from registries.forms.amending import Amending
from registries.forms.decisions import DateInput, row_fields
from registries.forms.items import PercentField
from registries.forms.regions import regions_field
from registries.models import CreditGrade, FacilityKind, FacilityLevel, FacilityTag, Ownership


class PlanFilter(InSight):
    year = filters.NumberFilter(label="年度")
    state = choice("state", PlanState, "状态")

    class Meta:
        model = AnnualPlan
        fields = ()


class PlanForm(Amending, forms.Form):
    """For a new plan; with `plan`, for amending it."""

    def __init__(self, *args, plan: AnnualPlan | None = None, **kwargs):
        year = timezone.localdate().year
        shown = {"year": year, "title": f"{year}年度“双随机、一公开”抽查计划"}
        if plan:
            shown = {name: getattr(plan, name) for name in PLAN_FIELDS}
        super().__init__(*args, initial=shown, **kwargs)
        if not plan:
            self.fields["year"] = forms.IntegerField(label="年度")
        long = {name: forms.Textarea(attrs={"rows": 5}) for name in PLAN_FIELDS[1:]}
        self.fields |= row_fields(AnnualPlan, PLAN_FIELDS, widgets=long)
        if plan:
            self.amends(plan)


class TaskForm(Amending, forms.Form):
    """For a new task of `plan`; with `task`, for amending it; `scope` fills in whom it is about."""

    SECTIONS = (
        ("查什么", ("name", "items", "joint_kind", "partners", "method")),
        ("查谁", ("kinds", "levels", "ownerships", "regions", "grades", "tags", "cap_ground")),
        (
            "查多少",
            ("ratio_a_bp", "ratio_b_bp", "ratio_c_bp", "ratio_d_bp", "ratio_none_bp", "floor_bp", "rounds"),
        ),
        ("什么时候查", ("starts_on", "ends_on")),
        ("谁来查", ("assignment", "team_size", "qualification")),
        ("名单给谁看", ("winners_shown",)),
    )

    name = forms.CharField(label="任务名称", max_length=100)
    items = forms.ModelMultipleChoiceField(
        None,
        label="抽查事项",
        widget=forms.CheckboxSelectMultiple,
        help_text="只列出本局和上级局已公布的“双随机、一公开”事项；同一机构的几个事项一次查完。",
    )
    joint_kind = forms.ChoiceField(label="开展方式", choices=JointKind, widget=forms.RadioSelect)
    partners = forms.CharField(
        label="联合部门及其事项",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="联合抽查时填写，一行一个部门，例如“区市场监督管理局：药品经营和使用单位监督检查”；几个事项用顿号分开。",
    )
    method = forms.CharField(label="检查方式", max_length=60)
    kinds = forms.MultipleChoiceField(
        label="机构类型",
        choices=FacilityKind,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="以下各项不选即为不限（不定向抽查）。",
    )
    levels = forms.MultipleChoiceField(
        label="机构等级", choices=FacilityLevel, required=False, widget=forms.CheckboxSelectMultiple
    )
    ownerships = forms.MultipleChoiceField(
        label="所有制", choices=Ownership, required=False, widget=forms.CheckboxSelectMultiple
    )
    grades = forms.MultipleChoiceField(
        label="信用等级", choices=CreditGrade, required=False, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.ModelMultipleChoiceField(
        None, label="标签", required=False, widget=forms.CheckboxSelectMultiple
    )
    cap_ground = forms.CharField(
        label="超过年度检查次数上限的法定依据",
        required=False,
        max_length=200,
        help_text="填写后，已达到年度检查次数上限的机构仍可抽取；没有依据的不填。",
    )
    ratio_a_bp = PercentField(label="A级比例（%）")
    ratio_b_bp = PercentField(label="B级比例（%）")
    ratio_c_bp = PercentField(label="C级比例（%）")
    ratio_d_bp = PercentField(label="D级比例（%）")
    ratio_none_bp = PercentField(label="未评级比例（%）")
    floor_bp = PercentField(
        label="抽取总量下限（%）", help_text="按比例抽不到这个数时，从其余在池机构中补足。"
    )
    rounds = forms.IntegerField(label="全年抽取次数")
    starts_on = forms.DateField(label="开始日期", widget=DateInput)
    ends_on = forms.DateField(label="结束日期", widget=DateInput)
    assignment = forms.ChoiceField(label="检查人员产生方式", choices=Assignment, widget=forms.RadioSelect)
    team_size = forms.IntegerField(label="检查组人数", help_text="不少于 2 名执法检查人员。")
    qualification = forms.CharField(
        label="组内至少一人具备的专业",
        required=False,
        max_length=30,
        help_text="没有要求可不填，例如“药学”。",
    )
    winners_shown = forms.ChoiceField(
        label="抽中名单可见范围", choices=WinnersShown, widget=forms.RadioSelect
    )

    def __init__(
        self,
        *args,
        plan: AnnualPlan,
        task: PlanTask | None = None,
        scope: SavedScope | None = None,
        **kwargs,
    ):
        shown = values_of(task) if task else defaults(plan.bureau) | _whole_year(plan.year)
        shown["partners"] = partner_lines(shown["partners"])
        super().__init__(*args, initial=shown, **kwargs)
        self.fields["items"].queryset = plannable(plan.bureau)
        self.fields["tags"].queryset = FacilityTag.objects.filter(bureau=plan.bureau)
        wanted = taken_up(scope) if scope else {}
        chosen = [*shown["regions"], *wanted.get("regions", ())]
        self.fields["regions"] = regions_field(plan.bureau, chosen, label="所在乡镇街道", none="不限")
        if not self.fields["tags"].choices:
            self.fields["tags"].widget = forms.MultipleHiddenInput()
        if task:
            self.amends(task, bearer=plan)
        # Only now: what the page was opened with is the task as it stands.
        self.initial |= wanted

    def clean_partners(self) -> list[dict]:
        partners = []
        for line in self.cleaned_data["partners"].splitlines():
            department, _, items = line.replace(":", "：").partition("：")
            if department.strip():
                named = [item.strip() for item in items.replace("；", "、").split("、")]
                partners.append({"department": department.strip(), "items": list(filter(None, named))})
        return partners

    def values(self) -> dict:
        """The input of plans.add_task and plans.amend_task."""
        given = self.cleaned_data
        plain = {name: given[name] for name in TASK_FIELDS if name in given}
        return plain | {name: list(given[name]) for name in MANY}

    def sections(self):
        for title, names in self.SECTIONS:
            yield title, [self[name] for name in names if not self[name].is_hidden]


def _whole_year(year: int) -> dict:
    return {"starts_on": f"{year}-01-01", "ends_on": f"{year}-12-31"}
