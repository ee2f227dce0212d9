import calendar as months
import datetime as dt

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from registries.access import Permission, may, requires, signed_in
from registries.calendar import enter_notice
from registries.forms.calendar import NoticeForm
from registries.models import HolidayDay, HolidayNotice

YEARS_AHEAD = 1


@signed_in
def calendar(request):
    notices = {notice.year: notice for notice in HolidayNotice.objects.select_related("entered_by")}
    this_year = timezone.localdate().year
    years = sorted({*notices, *range(this_year, this_year + YEARS_AHEAD + 1)}, reverse=True)
    year = {str(each): each for each in years}.get(request.GET.get("year"), this_year)
    context = {
        "years": [(each, notices.get(each)) for each in years],
        "year": year,
        "notice": notices.get(year),
        "months": _grid(year),
        "may_enter": may(request.user, Permission.CALENDAR_EDIT),
    }
    return render(request, "registries/calendar.html", context)


@requires(Permission.CALENDAR_EDIT)
def enter(request):
    form = NoticeForm(request.POST or None, initial={"year": request.GET.get("year")})
    if form.carried_out(
        lambda values: enter_notice(
            values["year"],
            values["document"],
            off_days=list(values["off_days"]),
            makeup_days=values["makeup_days"],
            names=values["off_days"],
            by=request.user,
        )
    ):
        messages.success(request, f"{form.outcome.year}年的通知已登记，暂定的期限已按它重新计算。")
        return redirect(f"{reverse('registries:calendar')}?year={form.outcome.year}")
    return render(request, "registries/calendar_form.html", {"form": form})


def _grid(year: int) -> list[tuple[int, list[list[tuple[dt.date | None, HolidayDay | None]]]]]:
    """For each month its weeks, for each week seven days; None where the day belongs to another month."""
    special = {day.date: day for day in HolidayDay.objects.filter(date__year=year)}
    weeks = months.Calendar().monthdatescalendar
    return [
        (
            month,
            [
                [(day, special.get(day)) if day.month == month else (None, None) for day in week]
                for week in weeks(year, month)
            ],
        )
        for month in range(1, 13)
    ]
