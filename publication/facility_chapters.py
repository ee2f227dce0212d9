"""What was published about a facility, by whatever bureau, told to the registries when they ask (registries/callouts.py)."""

from django.db.models import Q
from django.urls import reverse

from publication.models import Notice, NoticeState
from publication.states import PUBLIC
from registries.models import Facility, User
from registries.timeline import Chapter, Event


def facility_events(facility: Facility, user: User) -> list[Event]:
    """For everybody, since it is public."""
    theirs = Q(visit__facility=facility) | Q(visit__facility__merged_into=facility)
    return [
        _event(notice) for notice in Notice.objects.filter(theirs, state__in=PUBLIC).select_related("bureau")
    ]


def _event(notice: Notice) -> Event:
    said = notice.content
    lines = [
        f"检查完成日期：{said['ended_on']}",
        "检查结果：" + "、".join(result["label"] for result in said["results"]),
    ]
    if said["handling"]:
        lines.append(f"后续处置：{said['handling']['label']}")
    if notice.correction_reason:
        lines.append(f"更正原因：{notice.correction_reason}")
    text = "更正检查结果公示" if notice.version > 1 else "公示检查结果"
    if notice.state == NoticeState.CORRECTED:
        text += "（已被更正）"
    return Event(
        notice.published_at,
        notice.bureau.name,
        text,
        "\n".join(lines),
        reverse("public:result", args=[notice.visit_id]),
        Chapter.PUBLICATION,
    )
