import django_filters as filters
from django import forms
from django.db.models import Case, CharField, Value, When

from inspections import roster_sheet
from inspections.draw_sheet import reason
from inspections.lottery import MIN_CONTRIBUTION
from inspections.models import Draw, RosterFacility, SubstitutionReason
from inspections.states import DrawState
from inspections.substitutions import LONGEST_EXPLANATION
from inspections.witnessing import LONGEST_CONTRIBUTION, LONGEST_VALUE
from registries.filters import InSight, choice, search
from registries.forms.decisions import Decided
from registries.models import CreditGrade, User


class DrawFilter(InSight):
    year = filters.NumberFilter(label="年度")
    state = choice("state", DrawState, "状态")
    q = search("number", "task__name", "task__number", label="编号或任务")

    class Meta:
        model = Draw
        fields = ()


class RosterFilter(filters.FilterSet):
    """The frozen facility roster of one draw, as far as this person may be told."""

    q = search("facility__name", "code", label="机构名称或编码")
    grade = choice("grade", CreditGrade, "信用等级")

    class Meta:
        model = RosterFacility
        fields = ()

    def __init__(self, data, draw: Draw, *, user: User):
        told = roster_sheet.told(draw, user)
        known = told.order_by("told").values_list("told", flat=True).distinct()
        words = Case(
            *(When(told=status, then=Value(reason(status))) for status in known), output_field=CharField()
        )
        rows = told.select_related("facility").annotate(reason=words)
        super().__init__(data, rows.order_by("code"))
        self.filters["status"] = filters.ChoiceFilter(
            field_name="told",
            choices=[(status, reason(status)) for status in known],
            label="入池状态",
            empty_label="全部",
        )


class SealForm(Decided, forms.Form):
    round = forms.IntegerField(widget=forms.HiddenInput, label="轮次")
    public_source = forms.CharField(
        label="公开随机数的来源",
        required=False,
        max_length=200,
        help_text="可不填。封存时公布、封存之后才产生的公开数值，例如“某日某期福利彩票开奖号码”。填写后，录入该数值才能抽取。",
    )


class ContributionForm(Decided, forms.Form):
    # Hashed exactly as entered: nothing may be trimmed on the way.
    text = forms.CharField(
        label="随机内容",
        strip=False,
        min_length=MIN_CONTRIBUTION,
        max_length=LONGEST_CONTRIBUTION,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "min_length": "随机内容不少于%(limit_value)d个字符，现在只有%(show_value)d个。请接着写下去，然后再提交。"
        },
        help_text=f"掷六面骰{MIN_CONTRIBUTION}次以上，把点数依次写下，例如 4266135521364215；也可以是别的一行文字，不少于{MIN_CONTRIBUTION}个字符。",
    )


class ValueForm(Decided, forms.Form):
    value = forms.CharField(
        label="公开随机数",
        strip=False,
        max_length=LONGEST_VALUE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="照公布的原文录入，录入后不能更改，任何人都可以对照来源核对。",
    )


class VoidForm(Decided, forms.Form):
    reason = forms.CharField(
        label="作废原因",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="作废原因、提出人和批准人会向社会公开，请勿写入个人信息。",
    )


class SubstitutionForm(Decided, forms.Form):
    reason = forms.ChoiceField(label="调换原因", choices=SubstitutionReason.choices, widget=forms.RadioSelect)
    explanation = forms.CharField(
        label="具体情况",
        max_length=LONGEST_EXPLANATION,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="供审批人判断。",
    )
