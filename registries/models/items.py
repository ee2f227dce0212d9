from django.db import models
from django.utils import timezone

from registries.models.bureaus import Bureau
from registries.models.pairs import together
from registries.models.people import User


class ItemCategory(models.TextChoices):
    ORDINARY = "ordinary", "一般检查事项"
    KEY = "key", "重点检查事项"


class ItemListKind(models.TextChoices):
    DOUBLE_RANDOM = "double_random", "“双随机、一公开”抽查事项"
    OUTSIDE = "outside", "非“双随机、一公开”事项"


class InspectionItem(models.Model):
    """An item's identity through all its versions."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="items", verbose_name="医保局")
    name = models.CharField("抽查事项", max_length=100)
    list_kind = models.CharField(
        "清单", max_length=15, choices=ItemListKind, default=ItemListKind.DOUBLE_RANDOM
    )
    based_on = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="supplements",
        verbose_name="依据的上级事项",
        help_text="下级可以在上级事项上增加要求，不能放宽",
    )

    class Meta:
        verbose_name = "抽查事项"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "name"], name="item_once_in_a_bureau"),
            models.UniqueConstraint(
                fields=["bureau", "based_on"],
                condition=models.Q(based_on__isnull=False),
                name="one_supplement_of_an_item_in_a_bureau",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ItemVersionState(models.TextChoices):
    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已公布"
    SUPERSEDED = "superseded", "已被替代"
    WITHDRAWN = "withdrawn", "已停用"


class ItemVersion(models.Model):
    """What the item list says from one day to another. Once published it is never edited; a new version follows."""

    item = models.ForeignKey(InspectionItem, models.PROTECT, related_name="versions", verbose_name="抽查事项")
    number = models.PositiveIntegerField("版本")
    state = models.CharField("状态", max_length=12, choices=ItemVersionState, default=ItemVersionState.DRAFT)
    department = models.CharField("部门名称", max_length=60, blank=True)
    sub_item = models.CharField("子项", max_length=100, blank=True)
    content = models.TextField("检查内容", blank=True)
    legal_basis = models.TextField("抽查依据")
    inspecting_body = models.CharField("检查主体", max_length=60)
    category = models.CharField(
        "事项类别", max_length=10, choices=ItemCategory, default=ItemCategory.ORDINARY
    )
    target = models.CharField("检查对象", max_length=100, default="定点医药机构")
    method = models.CharField("检查方式", max_length=60, default="实地检查")
    ratio_a_bp = models.PositiveIntegerField("A级比例（万分之）", default=500)
    ratio_b_bp = models.PositiveIntegerField("B级比例（万分之）", default=1000)
    ratio_c_bp = models.PositiveIntegerField("C级比例（万分之）", default=1500)
    ratio_d_bp = models.PositiveIntegerField("D级比例（万分之）", default=2000)
    frequency_per_year = models.PositiveSmallIntegerField("抽查频次（次/年）", default=2)
    qualification = models.CharField("人员专业要求", max_length=30, blank=True)
    materials = models.TextField("需提供的材料", blank=True)
    remarks = models.TextField("备注", blank=True)
    joint_only = models.BooleanField("跨部门开展，本单位不再单独开展", default=False)
    effective_from = models.DateField("生效日期", null=True, blank=True)
    effective_to = models.DateField("失效日期", null=True, blank=True)
    drafted_at = models.DateTimeField("起草时间", default=timezone.now)
    drafted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="起草人")
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    published_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="公布人"
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "事项版本"
        ordering = ["item", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="item_version_number_once"),
            models.UniqueConstraint(
                fields=["item"], condition=models.Q(state="draft"), name="one_draft_of_an_item_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["item"],
                condition=models.Q(state="published"),
                name="one_published_version_of_an_item",
            ),
            together("item_version", "published"),
        ]

    def __str__(self) -> str:
        return f"{self.item.name}（第{self.number}版）"

    @property
    def bureau(self) -> Bureau:
        return self.item.bureau


class LegalSource(models.Model):
    """A law, regulation or rule that items rest on. Its validity is a fact of the world, not of a version: when it
    ends, every version that names it is flagged."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="legal_sources", verbose_name="医保局")
    title = models.CharField("名称", max_length=150)
    valid_from = models.DateField("施行日期", null=True, blank=True)
    valid_until = models.DateField(
        "废止日期", null=True, blank=True, help_text="最后一个有效日；仍然有效的不填"
    )
    remarks = models.CharField("说明", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "法律依据"
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "title"], name="legal_source_once_in_a_bureau"),
            models.CheckConstraint(
                name="legal_source_ends_after_it_begins",
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_until__isnull=True)
                | models.Q(valid_until__gte=models.F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BasisEntry(models.Model):
    """One of the sources that a version rests on, with the articles it means."""

    version = models.ForeignKey(ItemVersion, models.CASCADE, related_name="basis", verbose_name="事项版本")
    position = models.PositiveIntegerField("序号")
    source = models.ForeignKey(LegalSource, models.PROTECT, related_name="entries", verbose_name="法律依据")
    article = models.CharField("条款", max_length=100, blank=True)

    class Meta:
        verbose_name = "抽查依据条目"
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="basis_entry_position_once"),
            models.UniqueConstraint(fields=["version", "source", "article"], name="basis_entry_once"),
        ]

    def __str__(self) -> str:
        return f"《{self.source.title}》{self.article}"


class ChecklistRow(models.Model):
    """One line that the inspector answers on site 符合/不符合/不适用/未检查."""

    version = models.ForeignKey(ItemVersion, models.CASCADE, related_name="rows", verbose_name="事项版本")
    position = models.PositiveIntegerField("序号")
    content = models.CharField("检查内容", max_length=300)
    how = models.CharField("检查方法", max_length=300, blank=True)
    legal_basis = models.CharField("依据", max_length=200, blank=True)
    is_key = models.BooleanField("关键项", default=False)
    is_veto = models.BooleanField("否决项", default=False, help_text="不符合时，整个事项即判为不符合")

    class Meta:
        verbose_name = "检查内容行"
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="checklist_row_position_once")
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.content}"
