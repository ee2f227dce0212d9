import datetime as dt

from django.db import models
from django.utils import timezone

from registries.fields import EncryptedTextField
from registries.models.bureaus import Bureau
from registries.models.pairs import together
from registries.models.people import User


class FacilityKind(models.TextChoices):
    GENERAL_HOSPITAL = "general_hospital", "综合医院"
    TCM_HOSPITAL = "tcm_hospital", "中医医院"
    SPECIALIST_HOSPITAL = "specialist_hospital", "专科医院"
    COMMUNITY_CENTER = "community_center", "社区卫生服务机构"
    TOWNSHIP_CENTER = "township_center", "乡镇卫生院"
    VILLAGE_CLINIC = "village_clinic", "村卫生室"
    OUTPATIENT = "outpatient", "门诊部"
    CLINIC = "clinic", "诊所"
    PHARMACY = "pharmacy", "零售药店"
    OTHER = "other", "其他"


class FacilityLevel(models.TextChoices):
    THREE_A = "3a", "三级甲等"
    THREE_B = "3b", "三级乙等"
    THREE = "3", "三级"
    TWO_A = "2a", "二级甲等"
    TWO_B = "2b", "二级乙等"
    TWO = "2", "二级"
    ONE_A = "1a", "一级甲等"
    ONE = "1", "一级"
    NONE = "none", "未定级"


class Ownership(models.TextChoices):
    PUBLIC = "public", "公立"
    PRIVATE_PROFIT = "private_profit", "民营（营利性）"
    PRIVATE_NON_PROFIT = "private_non_profit", "民营（非营利性）"
    COLLECTIVE = "collective", "集体"
    INDIVIDUAL = "individual", "个体"


class AgreementStatus(models.TextChoices):
    ACTIVE = "active", "有效"
    SUSPENDED = "suspended", "协议中止"
    ENDED = "ended", "协议解除"
    DEREGISTERED = "deregistered", "注销"
    MOVED_AWAY = "moved_away", "迁出"


class CreditGrade(models.TextChoices):
    """A low risk … D high; NONE for those without an enterprise grade, such as public hospitals."""

    A = "A", "A级"
    B = "B", "B级"
    C = "C", "C级"
    D = "D", "D级"
    NONE = "NONE", "未评级"


class FacilityTag(models.Model):
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="facility_tags", verbose_name="医保局")
    name = models.CharField("标签", max_length=30)

    class Meta:
        verbose_name = "机构标签"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["bureau", "name"], name="facility_tag_once")]

    def __str__(self) -> str:
        return self.name


class FacilityQuerySet(models.QuerySet):
    def in_registry(self):
        """Without the duplicates that were merged: whatever lists, counts, draws or publishes asks this."""
        return self.filter(merged_into__isnull=True)

    def blacklisted(self, on: dt.date | None = None):
        return self.filter(self.model.on_blacklist(on))


class Facility(models.Model):
    """定点医药机构 (检查对象). Its insurance code is its name in every draw."""

    # An index less for each that `facility_scope` serves or nobody asks for: a nation's list fills them all.
    bureau = models.ForeignKey(
        Bureau, models.PROTECT, db_index=False, related_name="facilities", verbose_name="医保局"
    )
    insurance_code = models.CharField("国家医保编码", max_length=20, unique=True)
    social_credit_code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    name = models.CharField("机构名称", max_length=100)
    kind = models.CharField("机构类型", max_length=20, choices=FacilityKind)
    level = models.CharField("机构等级", max_length=5, choices=FacilityLevel, default=FacilityLevel.NONE)
    ownership = models.CharField("所有制", max_length=20, choices=Ownership, blank=True)
    address = models.CharField("地址", max_length=200)
    region = models.CharField("所在乡镇街道", max_length=40, blank=True)
    person_in_charge = models.CharField("负责人", max_length=40, blank=True)
    phone = EncryptedTextField("联系电话", blank=True)
    agreement_status = models.CharField(
        "协议状态", max_length=12, choices=AgreementStatus, default=AgreementStatus.ACTIVE
    )
    agreement_from = models.DateField("协议起始日", null=True, blank=True)
    agreement_to = models.DateField("协议截止日", null=True, blank=True)
    grade = models.CharField("信用等级", max_length=4, choices=CreditGrade, default=CreditGrade.NONE)
    blacklist_reason = models.CharField("列入黑名单的原因", max_length=200, blank=True)
    blacklisted_at = models.DateTimeField("列入黑名单时间", null=True, blank=True)
    blacklisted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name="列入人"
    )
    blacklisted_until = models.DateField(
        "黑名单截止日", null=True, blank=True, help_text="当日仍在黑名单中；不填为长期"
    )
    moving_to = models.ForeignKey(
        Bureau, models.PROTECT, null=True, blank=True, related_name="arriving", verbose_name="迁往"
    )
    moving_at = models.DateTimeField("提出迁出时间", null=True, blank=True)
    moving_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name="提出迁出人",
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name="已并入"
    )
    merged_at = models.DateTimeField("合并时间", null=True, blank=True)
    merged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, db_index=False, related_name="+", verbose_name="合并人"
    )
    tags = models.ManyToManyField(FacilityTag, blank=True, related_name="facilities", verbose_name="标签")
    revision = models.PositiveIntegerField(default=1, editable=False)

    objects = FacilityQuerySet.as_manager()

    class Meta:
        verbose_name = "定点医药机构"
        ordering = ["insurance_code"]
        indexes = [models.Index(fields=["bureau", "kind", "grade"], name="facility_scope")]
        constraints = [
            together("facility", "blacklisted"),
            together("facility", "moving"),
            together("facility", "merged"),
            models.CheckConstraint(
                name="facility_not_merged_into_itself",
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("pk")),
            ),
            models.CheckConstraint(
                name="agreement_ends_after_it_begins",
                condition=models.Q(agreement_to__isnull=True)
                | models.Q(agreement_from__isnull=True)
                | models.Q(agreement_to__gte=models.F("agreement_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def on_blacklist(on: dt.date | None = None) -> models.Q:
        """Who stands on the blacklist on a day, today when none is given: an end that has passed needs no lifting."""
        running = models.Q(blacklisted_until__isnull=True) | models.Q(
            blacklisted_until__gte=on or timezone.localdate()
        )
        return models.Q(blacklisted_at__isnull=False) & running

    @property
    def is_blacklisted(self) -> bool:
        return self.is_blacklisted_on(timezone.localdate())

    def is_blacklisted_on(self, day: dt.date) -> bool:
        return self.blacklisted_at is not None and not (
            self.blacklisted_until and self.blacklisted_until < day
        )


class GradeChange(models.Model):
    """One step in a facility's credit history; Facility.grade repeats the newest."""

    facility = models.ForeignKey(Facility, models.CASCADE, related_name="grade_changes", verbose_name="机构")
    grade = models.CharField("信用等级", max_length=4, choices=CreditGrade)
    source = models.CharField("来源", max_length=100)
    effective_on = models.DateField("生效日期")
    changed_at = models.DateTimeField("登记时间", default=timezone.now)
    changed_by = models.ForeignKey(
        User, models.PROTECT, db_index=False, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = "信用等级变动"
        ordering = ["-effective_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.facility} {self.grade}"
