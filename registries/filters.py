"""Filters of the lists, kept in the address."""

import django_filters as filters
from django import forms
from django.db.models import Q, TextChoices

from registries import health
from registries.access import ROLES
from registries.forms.decisions import DateInput
from registries.models import (
    AgreementStatus,
    CreditGrade,
    Facility,
    Inspector,
    ItemCategory,
    TrailEntry,
    User,
)
from registries.models.facilities import FacilityKind
from registries.models.items import InspectionItem, ItemListKind
from registries.models.people import InspectorKind, InspectorStatus


class Standing(TextChoices):
    BLACKLISTED = "yes", "在黑名单"
    OTHERS = "no", "不在黑名单"


class AccountStanding(TextChoices):
    ACTIVE = "yes", "在用"
    CLOSED = "no", "停用"


def search(*paths: str, label: str) -> filters.CharFilter:
    """One field that searches several columns."""

    def matching(queryset, name, value):
        words = Q()
        for path in paths:
            words |= Q(**{f"{path}__icontains": value.strip()})
        found = queryset.filter(words)
        return found.distinct() if any("tags__" in path for path in paths) else found

    return filters.CharFilter(method=matching, label=label)


def choice(field: str, choices, label: str) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(field_name=field, choices=choices.choices, label=label, empty_label="全部")


class InSight(filters.FilterSet):
    """Offers the bureaus below the user's where there are any."""

    def __init__(self, data, queryset, *, user: User):
        super().__init__(data, queryset)
        bureaus = list(user.bureau.with_descendants())
        self.user = user
        if len(bureaus) > 1:
            by_bureau = [(bureau.code, bureau.name) for bureau in bureaus]
            self.filters["bureau"] = filters.ChoiceFilter(
                field_name="bureau__code", choices=by_bureau, label="医保局", empty_label="全部"
            )


class FacilityFilter(InSight):
    q = search("name", "insurance_code", "social_credit_code", "tags__name", label="名称、编码或标签")
    kind = choice("kind", FacilityKind, "类型")
    grade = choice("grade", CreditGrade, "信用等级")
    agreement = choice("agreement_status", AgreementStatus, "协议状态")
    blacklist = filters.ChoiceFilter(
        method="standing", choices=Standing.choices, label="黑名单", empty_label="全部"
    )
    sort = filters.OrderingFilter(
        fields=("insurance_code", "name", "kind", "grade"), widget=forms.HiddenInput, label="排序"
    )

    class Meta:
    health = filters.ChoiceFilter(
        method="in_need",
        choices=[(key, condition.label) for key, condition in health.CONDITIONS.items()],
        label="待核对",
        empty_label="全部",
    )
        model = Facility
        fields = ()

    def standing(self, queryset, name, value):
        listed = Facility.on_blacklist()
        return queryset.filter(listed if value == Standing.BLACKLISTED else ~listed)


class InspectorFilter(InSight):
    q = search("name", "number", "certificate_number", label="姓名、编号或执法证号")
    kind = choice("kind", InspectorKind, "人员类别")
    status = choice("status", InspectorStatus, "状态")
    department = search("unit", "department", label="单位或部门")
    qualification = filters.CharFilter(method="holding", label="专业特长")
    sort = filters.OrderingFilter(
        fields=("number", "name", "certificate_valid_until"), widget=forms.HiddenInput, label="排序"
    )

    class Meta:
        model = Inspector
        fields = ()

    def in_need(self, queryset, name, value):
        return queryset.filter(health.rows_with(value, self.user.bureau))


class ItemFilter(InSight):
    q = search("name", label="事项名称")
    list_kind = choice("list_kind", ItemListKind, "清单")
    category = filters.ChoiceFilter(
        method="of_category", choices=ItemCategory.choices, label="事项类别", empty_label="全部"
    )

    class Meta:
        model = InspectionItem
        fields = ()

    def of_category(self, queryset, name, value):
        return queryset.filter(
            versions__category=value, versions__state__in=["published", "draft"]
        ).distinct()


class AccountFilter(InSight):
    q = search("display_name", "username", label="姓名或用户名")
    role = filters.ChoiceFilter(
        field_name="role_grants__role",
        choices=[(name, role.title) for name, role in ROLES.items()],
        label="角色",
        empty_label="全部",
    )
    active = filters.ChoiceFilter(
        method="standing", choices=AccountStanding.choices, label="状态", empty_label="全部"
    )

    class Meta:
        model = User
        fields = ()

    def standing(self, queryset, name, value):
        return queryset.filter(is_active=value == AccountStanding.ACTIVE)


class TrailFilter(InSight):
    person = search("actor_name", label="操作人")
    subject = search("subject_name", label="对象")
    event = search("event", label="事件")
    since = filters.DateFilter(field_name="at", lookup_expr="date__gte", label="从", widget=DateInput)
    until = filters.DateFilter(field_name="at", lookup_expr="date__lte", label="到", widget=DateInput)

    class Meta:
        model = TrailEntry
        fields = ()
