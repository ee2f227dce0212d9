"""The demo's item list in depth: laws with their dates, one that has ended, rows that decide alone, a supplement."""

import datetime as dt

from django.utils import timezone

from publication.demo.people import Cast
from registries import items, legal_sources
from registries.checklists import Row

LAWS = {
    "医疗保障基金使用监督管理条例": {"valid_from": dt.date(2021, 5, 1)},
    "零售药店医疗保障定点管理暂行办法": {"valid_from": dt.date(2021, 2, 1)},
    "城镇职工基本医疗保险定点零售药店管理暂行办法": {
        "valid_until": dt.date(2021, 1, 31),
        "remarks": "由《零售药店医疗保障定点管理暂行办法》代替",
    },
}
ITEM = "门诊统筹定点零售药店专项检查"
VALUES = {
    "department": "市医疗保障局",
    "inspecting_body": "市医疗保障局",
    "target": "定点零售药店",
    "legal_basis": "《医疗保障基金使用监督管理条例》第三十八条\n《城镇职工基本医疗保险定点零售药店管理暂行办法》",
    "materials": "购销存台账\n外配处方",
}
ROWS = (
    Row(
        "参保人员与医保凭证相符",
        "现场核对，电话回访",
        "《医疗保障基金使用监督管理条例》第四十条",
        is_veto=True,
    ),
    Row("药品购进、销售、库存与结算数据相符", "盘点并比对结算明细", is_key=True),
    Row("药师在岗并审核外配处方", "查看排班和审方记录"),
)
ADDED = Row("药品追溯码随结算上传", "抽查当日结算单", is_key=True)


def tell(cast: Cast, now: dt.datetime) -> None:
    """Once the plans are made: none of them changes by it."""
    by, above = cast["jingban1"], cast["shiju1"]
    for title, values in LAWS.items():
        legal_sources.register(cast.city, values | {"title": title}, by=above, now=now)
    rows = [*ROWS]
    item = items.draft_item(cast.city, ITEM, VALUES | _content(rows), rows, by=above, now=now)
    today = timezone.localdate(now)
    items.publish(item, effective_from=today, by=above, now=now)
    rows.append(ADDED)
    ours = items.supplement(item.item, {"ratio_d_bp": 3000} | _content(rows), rows, by=by, now=now)
    items.publish(ours, effective_from=today, by=by, now=now)


def _content(rows: list[Row]) -> dict:
    return {"content": "\n".join(row.content for row in rows)}
