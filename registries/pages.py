"""Pages of a list that may have a million rows: counted and turned only as far as a person does."""

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000
# The order of facilities that an index has for one bureau and for a nation; by code alone a city is far down.
BUREAU_BY_BUREAU = ("bureau_id", "insurance_code")


class Pages(Paginator):
    """`more` says that there are more rows than `count`, beyond the last page."""

    @cached_property
    def counted(self) -> int:
        return self.object_list.order_by()[: MOST_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.counted, MOST_COUNTED)

    @property
    def more(self) -> bool:
        return self.counted > MOST_COUNTED


class FoundPages(Pages):
    """Pages of a search: what is found is put in order afterwards.

    A database that looks for a word in the order of the list reads the whole nation for the name of its last town.
    """

    def __init__(self, found: QuerySet, per_page: int, *, among: QuerySet):
        """`among` are the rows before the search, with what the page needs besides."""
        super().__init__(found, per_page)
        self.among = among

    @cached_property
    def keys(self) -> list:
        order = self.object_list.query.order_by or self.object_list.model._meta.ordering
        names = [name.removeprefix("-") for name in order]
        rows = list(self.object_list.order_by().values_list("pk", *names)[: MOST_COUNTED + 1])
        for place, name in reversed(list(enumerate(order, start=1))):
            rows.sort(key=lambda row, place=place: row[place], reverse=name.startswith("-"))
        return [row[0] for row in rows]

    @cached_property
    def counted(self) -> int:
        return len(self.keys)

    def page(self, number) -> Page:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        keys = self.keys[: self.count][start : start + self.per_page]
        rows = {row.pk: row for row in self.among.filter(pk__in=keys)}
        return self._get_page([rows[key] for key in keys if key in rows], number, self)


def pages_of(filterset, rows: QuerySet, per_page: int) -> Pages:
    if getattr(filterset, "is_search", False):
        return FoundPages(rows, per_page, among=filterset.queryset)
    return Pages(rows, per_page)
