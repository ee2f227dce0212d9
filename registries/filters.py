"""Filters of the lists, kept in the address."""

import django_filters as filters
from django import forms
from django.db.models import Q, TextChoices

from registries import health
from registries.access import ROLES
from registries.facility_search import named_or_tagged
from registries.forms.decisions import DateInput
from registries.models import (
    AgreementStatus,
    CreditGrade,
    Facility,
    ItemCategory,
    TrailEntry,
    User,
)
from registries.models.facilities import FacilityKind
from registries.models.items import InspectionItem, ItemListKind

# More is no word, and more than SQLite compares with.
LONGEST_WORD = 60


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
        return queryset.filter(words)

    return filters.CharFilter(method=matching, label=label)


def choice(field: str, choices, label: str) -> filters.ChoiceFilter:
    return filters.ChoiceFilter(field_name=field, choices=choices.choices, label=label, empty_label="全部")


def chosen(filterset: filters.FilterSet) -> dict[str, str]:
    """What the filters say, as a person reads it: label and value of each that is set, the order aside."""
    fields = {field.name: field for field in filterset.form.visible_fields()}
    values = {name: filterset.form.cleaned_data.get(name) for name in fields}
    return {
        fields[name].label: str(dict(getattr(fields[name].field, "choices", ())).get(value, value))
        for name, value in values.items()
        if value
    }


class InSight(filters.FilterSet):
    """Offers the bureaus below the user's where there are any."""

    def __init__(self, data, queryset, *, user: User):
        super().__init__(data, queryset)
        self.user = user
        bureaus = list(user.bureau.with_descendants())
        keys = {bureau.code: bureau.pk for bureau in bureaus}
        if len(bureaus) > 1:
            self.filters["bureau"] = filters.ChoiceFilter(
                # By its key: of a bureau's code the database does not know how many rows it has.
                method=lambda rows, name, code: rows.filter(bureau=keys[code]),
                choices=[(bureau.code, bureau.name) for bureau in bureaus],
                label="医保局",
                empty_label="全部",
            )


class FacilityFilter(InSight):
    q = filters.CharFilter(method="searched", max_length=LONGEST_WORD, label="名称、编码开头或标签")
    kind = choice("kind", FacilityKind, "类型")
    grade = choice("grade", CreditGrade, "信用等级")
    agreement = choice("agreement_status", AgreementStatus, "协议状态")
    blacklist = filters.ChoiceFilter(
        method="standing", choices=Standing.choices, label="黑名单", empty_label="全部"
    )
    health = filters.ChoiceFilter(
        method="in_need",
        choices=[(key, condition.label) for key, condition in health.CONDITIONS.items()],
        label="待核对",
        empty_label="全部",
    )
    sort = filters.OrderingFilter(
        fields=("insurance_code", "name", "kind", "grade"), widget=forms.HiddenInput, label="排序"
    )

    class Meta:
        model = Facility
        fields = ()

    def standing(self, queryset, name, value):
        listed = Facility.on_blacklist()
        return queryset.filter(listed if value == Standing.BLACKLISTED else ~listed)

    @property
    def is_search(self) -> bool:
        return bool(self.form.cleaned_data.get("q"))

    def searched(self, queryset, name, value):
        return named_or_tagged(queryset, value)

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
