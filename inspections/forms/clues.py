import django_filters as filters
from django import forms
from django.utils import timezone

from inspections import scopes
from inspections.clue_rules import ALONE, LONGEST_TEXT, concerned, inspectable, ways_of
from inspections.models import Clue, ClueSource, ClueWay, SavedScope
from inspections.plan_versions import scope as in_words
from inspections.states import ClueState
from registries.filters import choice, search
from registries.forms.amending import Amending
from registries.forms.decisions import DateInput, Decided, row_fields
from registries.forms.facility_field import FacilityField
from registries.forms.items import PercentField
from registries.models import User

ERRAND = ("ends_on", "method", "team_size", "qualification", "cap_ground")


class ClueFilter(filters.FilterSet):
    state = choice("state", ClueState, "状态")
    source = choice("source", ClueSource, "来源")
    q = search("number", "facility__name", label="编号或机构名称")

    class Meta:
        model = Clue
        fields = ()


class ClueForm(Amending, forms.Form):
    """For a new clue; with `clue`, for amending it."""

    source = forms.ChoiceField(label="来源", choices=ClueSource, widget=forms.RadioSelect)
    facility = FacilityField(label="涉及机构")
    received_on = forms.DateField(label="收到日期", widget=DateInput)
    content = forms.CharField(
        label="线索内容",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="只写反映的问题：时间、项目、做法。请勿写举报人、投诉人的姓名、电话、身份证号等个人信息。"
        "线索内容不公开，检查人员也看不到，需要他们了解的请当面交代。",
    )

    def __init__(self, *args, user: User, clue: Clue | None = None, **kwargs):
        shown = {name: getattr(clue, name) for name in self.base_fields} if clue else {}
        if clue:
            shown["facility"] = concerned(clue).insurance_code
        super().__init__(*args, initial=shown, **kwargs)
        self.fields["facility"].within_sight_of(user)
        if clue:
            self.fields["facility"].help_text += f"现为“{concerned(clue)}”。"
            self.amends(clue)


class ScopeField(forms.ModelChoiceField):
    def label_from_instance(self, scope: SavedScope) -> str:
        return f"{scope}：{in_words(scope)}"


class ProposalForm(Decided, forms.Form):
    way = forms.ChoiceField(
        label="办理方式",
        widget=forms.RadioSelect,
        help_text="可选的方式由本局规则中的线索办理方式决定。",
    )
    items = forms.ModelMultipleChoiceField(
        None,
        label="检查事项",
        widget=forms.CheckboxSelectMultiple,
        help_text="只列出现行已公布的事项，清单之外不得检查。触发定向抽查只能选“双随机、一公开”事项。",
    )

    def __init__(self, *args, clue: Clue, **kwargs):
        offered = ways_of(clue)
        shown = {name: getattr(clue, name) for name in ERRAND}
        way = clue.way if clue.way in offered else offered[0] if offered else ""
        shown |= {"way": way, "items": list(clue.items.all())}
        super().__init__(*args, initial=shown, **kwargs)
        self.fields["way"].choices = [(way, way.label) for way in offered]
        self.fields["items"].queryset = inspectable(clue.bureau, timezone.localdate())
        if ClueWay.DRAW in offered:
            self._asks_whom_to_draw(clue)
            self.order_fields(["way", "scope", "ratio_bp"])
        self.fields |= row_fields(Clue, ERRAND)
        self.fields["ends_on"].required = True
        self.fields["team_size"].help_text = "不少于 2 名执法检查人员。"
        self.fields["qualification"].help_text = "没有要求可不填，例如“药学”。"
        self.fields[
            "cap_ground"
        ].help_text = "本年度检查次数已达上限时才填写；触发定向抽查的，随抽查任务公开。"

    def _asks_whom_to_draw(self, clue: Clue) -> None:
        self.fields["scope"] = ScopeField(
            scopes.of(clue.bureau),
            label="抽查范围",
            required=False,
            widget=forms.RadioSelect,
            empty_label="，比例 ".join(ALONE.values()),
            blank=True,
            initial=clue.scope,
            help_text="触发定向抽查时选择。选用本局保存的范围的，涉及机构须在范围内，不一定抽中；范围和比例随抽查任务公开。",
        )
        self.fields["ratio_bp"] = PercentField(
            label="抽查比例（%）",
            required=False,
            initial=clue.ratio_bp,
            help_text="选用保存的范围时填写，各信用等级相同，大于 0%，不超过 100%；仅抽查涉及机构的不填。",
        )


class CloseForm(Decided, forms.Form):
    outcome = forms.CharField(
        label="办理结论",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="写明查了什么、是否属实、如何处理；不需要检查的写明理由。仅供本局查阅，不公开，请勿写个人信息。",
    )
