"""Filters of the public lists, kept in the address. What makes no sense in an address is passed over."""

import django_filters as filters
from django.db.models import Q

from inspections.models import AnnualPlan, Draw
from inspections.states import DrawState
from publication import queries
from publication.models import Notice
from registries.facility_search import named
from registries.filters import LONGEST_WORD, choice
from registries.forms.decisions import DateInput
from registries.models import AgreementStatus, CreditGrade, Facility, Inspector, ItemCategory, ItemVersion
from registries.models.facilities import FacilityKind
from registries.models.items import ItemListKind
from registries.models.people import InspectorKind


def words(*paths: str, label: str) -> filters.CharFilter:
    """One field that searches several columns; a very long pattern is more than SQLite's LIKE takes."""

    def matching(queryset, name, value):
        condition = Q()
        for path in paths:
            condition |= Q(**{f"{path}__icontains": value.strip()})
        return queryset.filter(condition)

    return filters.CharFilter(method=matching, label=label, max_length=LONGEST_WORD)


def year() -> filters.NumberFilter:
    return filters.NumberFilter(
        field_name="year", label="年度", min_value=2000, max_value=2999, decimal_places=0
    )


class OfBureaus(filters.FilterSet):
    """Offers the bureaus where there are several; one that is chosen brings those below it."""

    bureau_path = "bureau"

    def __init__(self, data, queryset):
        super().__init__(data, queryset)
        self.bureaus = list(queries.bureaus())
        if len(self.bureaus) > 1:
            shown = [(one.code, "　" * (one.path.count("/") - 1) + one.name) for one in self.bureaus]
            self.filters["bureau"] = filters.ChoiceFilter(
                method=self.within, choices=shown, label="医保局（含下级）", empty_label="全部"
            )

    def within(self, queryset, name, value):
        """By their keys: how many rows a key has is known to the database (registries.access.in_sight_by_key)."""
        chosen = next(bureau.path for bureau in self.bureaus if bureau.code == value)
        keys = [bureau.pk for bureau in self.bureaus if bureau.path.startswith(chosen)]
        return queryset.filter(**{f"{self.bureau_path}__in": keys})


class ItemFilter(OfBureaus):
    bureau_path = "item__bureau"
    q = words("item__name", "content", label="事项名称或内容")
    list_kind = choice("item__list_kind", ItemListKind, "清单")
    category = choice("category", ItemCategory, "事项类别")

    class Meta:
        model = ItemVersion
        fields = ()


class PlanFilter(OfBureaus):
    year = year()

    class Meta:
        model = AnnualPlan
        fields = ()


class FacilityFilter(OfBureaus):
    q = filters.CharFilter(method="searched", max_length=LONGEST_WORD, label="名称或编码开头")
    kind = choice("kind", FacilityKind, "类型")
    grade = choice("grade", CreditGrade, "信用等级")
    agreement = choice("agreement_status", AgreementStatus, "协议状态")

    class Meta:
        model = Facility
        fields = ()

    @property
    def is_search(self) -> bool:
        return bool(self.form.cleaned_data.get("q"))

    def searched(self, queryset, name, value):
        return queryset.filter(named(value))


class InspectorFilter(OfBureaus):
    q = words("number", "unit", "department", label="编号、单位或部门")
    kind = choice("kind", InspectorKind, "人员类别")

    class Meta:
        model = Inspector
        fields = ()


class DrawFilter(OfBureaus):
    q = words("number", "task__name", "task__number", label="抽取编号或任务")
    year = year()
    state = choice("state", DrawState, "状态")

    class Meta:
        model = Draw
        fields = ()


class NoticeFilter(OfBureaus):
    # Not the visit's own number: a clue's is told to nobody outside (content.build).
    q = words("visit__facility__name", "visit__code", "visit__draw__number", label="机构名称、编码或抽取编号")
    since = filters.DateFilter(
        field_name="published_at", lookup_expr="date__gte", label="公示日期从", widget=DateInput
    )
    until = filters.DateFilter(
        field_name="published_at", lookup_expr="date__lte", label="公示日期到", widget=DateInput
    )

    class Meta:
        model = Notice
        fields = ()
