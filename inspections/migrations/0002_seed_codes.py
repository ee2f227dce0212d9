from django.db import migrations

# (code, label, exclusive). An exclusive result stands alone: nothing was found, or nothing could be inspected.
RESULTS = [
    ("nothing_found", "未发现问题", True),
    ("corrected", "发现问题已责令改正", False),
    ("pending", "发现问题待后续处理", False),
    ("no_such_business", "未发现开展本次抽查涉及的经营活动", True),
    ("unreachable", "通过登记的住所（经营场所）无法联系", True),
    ("closed_down", "已关闭停业或正在组织清算", True),
    ("noncooperation", "不配合检查情节严重", False),
    ("deregistered", "注销", True),
    ("licence_revoked", "被吊销", True),
    ("registration_revoked", "被撤销", True),
    ("moved_away", "迁出", True),
    ("agreement_suspended", "协议中止", True),
    ("agreement_ended", "协议解除", True),
]

HANDLINGS = [
    ("none", "无需后续处置", True),
    ("on_the_spot", "当场纠正", False),
    ("ordered", "责令改正并跟踪", False),
    ("case_filed", "移送办案机构（立案）", False),
    ("other_department", "抄告或移送其他部门", False),
    ("judicial", "移送司法机关", False),
    ("daily_supervision", "停止检查反馈日常监管", False),
    ("other", "其他", False),
]


def seed(apps, schema_editor):
    results = apps.get_model("inspections", "ResultCode")
    handlings = apps.get_model("inspections", "HandlingCode")
    results.objects.bulk_create(
        results(code=code, label=label, is_exclusive=exclusive, position=position)
        for position, (code, label, exclusive) in enumerate(RESULTS, 1)
    )
    handlings.objects.bulk_create(
        handlings(code=code, label=label, closes_at_once=closes, position=position)
        for position, (code, label, closes) in enumerate(HANDLINGS, 1)
    )


class Migration(migrations.Migration):
    dependencies = [("inspections", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
