from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from publication import counts, finding, worklist
from publication.views.public import searched
from registries.access import Permission as P
from registries.access import may, signed_in

TASKS_SHOWN = 30
# What an empty list says: the first line that fits the person.
WHAT_IS_NEXT = (
    (P.PLAN_DRAFT, "可以查看年度计划的进度，安排下一次抽取。", "inspections:plans", "查看年度计划"),
    (P.PLAN_APPROVE, "有计划、调换、报告提请审批，或有公示待复核时，会出现在这里。", "notices", "查看公示"),
    (P.DRAW_WITNESS, "有抽取封存名单后，会请您到场见证。", "inspections:draws", "查看抽取"),
    (P.RECORD_FILL, "抽中您参加检查后，任务会出现在这里。", "inspections:visits", "查看检查任务"),
    (P.TRAIL_VIEW, "可以随时查看操作留痕。", "registries:trail", "查看操作留痕"),
    (P.ACCOUNT_MANAGE, "可以开设或停用账号。", "registries:accounts", "管理账号"),
    (P.ROLE_GRANT, "没有等待授权的账号。", "registries:accounts", "查看账号"),
)


@signed_in
def home(request):
    tasks = worklist.for_user(request.user, timezone.now())
    return render(
        request,
        "publication/home.html",
        {
            "tasks": tasks[:TASKS_SHOWN],
            "not_shown": max(0, len(tasks) - TASKS_SHOWN),
            "overdue": sum(task.urgency == "overdue" for task in tasks),
            "figures": counts.for_user(request.user),
            "next": _what_is_next(request.user),
        },
    )


def _what_is_next(user) -> dict:
    for permission, text, name, label in WHAT_IS_NEXT:
        if may(user, permission):
            return {"text": text, "url": reverse(name), "label": label}
    return {"text": "您的账号还没有角色，请联系安全保密管理员授予。"}


@signed_in
def search(request):
    text = searched(request.GET.get("q", ""))
    long_enough = len(text) >= finding.SHORTEST
    sections = finding.find(request.user, text) if long_enough else []
    return render(
        request,
        "publication/search.html",
        {"search_text": text, "sections": sections, "long_enough": long_enough},
    )
