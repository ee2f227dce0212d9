from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property

from registries.fields import EncryptedTextField
from registries.models.bureaus import Bureau
from registries.models.pairs import together


class UserManager(BaseUserManager):
    def create_user(
        self, username: str, *, bureau: Bureau, display_name: str, password: str | None = None, **fields
    ):
        user = self.model(username=username, bureau=bureau, display_name=display_name, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username):
        return self.get(username=username)


class User(AbstractBaseUser):
    """An account of one person at one bureau. What it may do follows from its roles alone (registries/access.py)."""

    username = models.CharField(
        "用户名",
        max_length=60,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": "这个用户名已有人使用，请换一个。"},
    )
    display_name = models.CharField("姓名", max_length=40)
    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="users", verbose_name="所属医保局")
    email = models.EmailField("电子邮箱", blank=True)
    is_active = models.BooleanField("在用", default=True)
    password_is_temporary = models.BooleanField("须先修改密码", default=False)
    created_at = models.DateTimeField("开设时间", default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "账号"
        ordering = ["bureau__path", "username"]

    def __str__(self) -> str:
        return self.display_name

    def set_password(self, raw_password):
        """A password that the person chose ends the temporary one; registries.people marks those it hands out."""
        super().set_password(raw_password)
        self.password_is_temporary = False

    @cached_property
    def roles(self) -> tuple[str, ...]:
        return tuple(sorted(grant.role for grant in self.role_grants.all()))


class RoleGrant(models.Model):
    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants", verbose_name="账号")
    role = models.CharField("角色", max_length=20)
    granted_at = models.DateTimeField("授予时间", default=timezone.now)
    granted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="授予人")

    class Meta:
        verbose_name = "角色授予"
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_granted_once")]

    def __str__(self) -> str:
        return f"{self.user}：{self.role}"


class Sex(models.TextChoices):
    MALE = "男", "男"
    FEMALE = "女", "女"


class InspectorKind(models.TextChoices):
    INSPECTOR = "inspector", "执法检查人员"
    EXPERT = "expert", "专业技术人员"


class InspectorStatus(models.TextChoices):
    ACTIVE = "active", "在库"
    SUSPENDED = "suspended", "暂停"
    RETIRED = "retired", "退出"


class Inspector(models.Model):
    """执法检查人员 or 专业技术人员 with the columns of source 003, annex 4. An expert assists and is never drawn."""

    bureau = models.ForeignKey(Bureau, models.PROTECT, related_name="inspectors", verbose_name="医保局")
    number = models.CharField("库内编号", max_length=20, unique=True, help_text="抽取和公开时代替姓名")
    kind = models.CharField("人员类别", max_length=10, choices=InspectorKind, default=InspectorKind.INSPECTOR)
    unit = models.CharField("所属单位", max_length=60)
    name = models.CharField("姓名", max_length=40)
    post = models.CharField("职务", max_length=40)
    id_number = EncryptedTextField("身份证号")
    id_number_hash = models.CharField(max_length=64, editable=False)
    sex = models.CharField("性别", max_length=1, choices=Sex)
    certificate_number = models.CharField("执法证号", max_length=40, blank=True)
    certificate_issued_on = models.DateField("发证时间", null=True, blank=True)
    certificate_valid_until = models.DateField("执法证有效期至", null=True, blank=True)
    certificate_kind = models.CharField("执法证类型", max_length=40, blank=True)
    certificate_issuer = models.CharField("发证机关", max_length=60, blank=True)
    phone = EncryptedTextField("联系电话")
    department = models.CharField("所属部门", max_length=60, blank=True)
    qualifications = models.JSONField("专业特长", default=list, blank=True)
    allowed_items = models.ManyToManyField(
        "registries.InspectionItem",
        blank=True,
        related_name="+",
        verbose_name="可检查的事项",
        help_text="不选为全部事项",
    )
    regions = models.JSONField(
        "可检查的区域", default=list, blank=True, help_text="机构所在乡镇街道；不填为全部区域"
    )
    status = models.CharField("状态", max_length=10, choices=InspectorStatus, default=InspectorStatus.ACTIVE)
    user = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="inspector", verbose_name="登录账号"
    )
    revision = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "检查人员"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["bureau", "id_number_hash"], name="inspector_once_in_a_bureau"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.number}）"


class Certificate(models.Model):
    """What an inspector or expert holds beside the 执法证: a profession, a title, a licence."""

    inspector = models.ForeignKey(
        Inspector, models.PROTECT, related_name="certificates", verbose_name="检查人员"
    )
    kind = models.CharField("证书类型", max_length=40)
    number = models.CharField("证书编号", max_length=40, blank=True)
    issuer = models.CharField("发证机关", max_length=60, blank=True)
    issued_on = models.DateField("发证时间", null=True, blank=True)
    valid_until = models.DateField("有效期至", null=True, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    removed_at = models.DateTimeField("注销时间", null=True, blank=True)
    removed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="注销人"
    )

    class Meta:
        verbose_name = "资格证书"
        ordering = ["kind", "pk"]
        constraints = [together("certificate", "removed")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}".strip()


class Leave(models.Model):
    """Days on which somebody cannot be sent (leave, training, secondment), both ends included."""

    inspector = models.ForeignKey(Inspector, models.PROTECT, related_name="leaves", verbose_name="检查人员")
    begins_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    reason = models.CharField("事由", max_length=100)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")
    cancelled_at = models.DateTimeField("撤销时间", null=True, blank=True)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="撤销人"
    )

    class Meta:
        verbose_name = "请假"
        ordering = ["-begins_on", "-pk"]
        constraints = [
            together("leave", "cancelled"),
            models.CheckConstraint(
                name="leave_ends_after_it_begins", condition=models.Q(ends_on__gte=models.F("begins_on"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspector.number} {self.begins_on}—{self.ends_on}"


class Training(models.Model):
    inspector = models.ForeignKey(
        Inspector, models.PROTECT, related_name="trainings", verbose_name="检查人员"
    )
    title = models.CharField("培训内容", max_length=100)
    held_on = models.DateField("培训日期")
    hours = models.PositiveSmallIntegerField("学时")
    result = models.CharField("考核结果", max_length=40, blank=True)
    recorded_at = models.DateTimeField("登记时间", default=timezone.now)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登记人")

    class Meta:
        verbose_name = "培训记录"
        ordering = ["-held_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["inspector", "title", "held_on"], name="training_once"),
        ]

    def __str__(self) -> str:
        return f"{self.inspector.number} {self.title}"


class RelatedPerson(models.TextChoices):
    SELF = "self", "本人"
    SPOUSE = "spouse", "配偶"
    PARENT_OR_CHILD = "parent_or_child", "父母或子女"
    SIBLING = "sibling", "兄弟姐妹"
    IN_LAW = "in_law", "配偶的近亲属"
    OTHER = "other", "其他可能影响公正的人"


class Interest(models.Model):
    """A declared relation between an inspector and a facility: from it recusal (执法回避, 002§13) follows by itself."""

    inspector = models.ForeignKey(
        Inspector, models.PROTECT, related_name="interests", verbose_name="检查人员"
    )
    facility = models.ForeignKey(
        "registries.Facility", models.PROTECT, related_name="interests", verbose_name="机构"
    )
    who = models.CharField("何人", max_length=20, choices=RelatedPerson, default=RelatedPerson.SELF)
    relation = models.CharField("关系说明", max_length=200)
    since = models.DateField("自何时", null=True, blank=True)
    until = models.DateField("至何时", null=True, blank=True, help_text="当日仍须回避；不填为长期")
    confirmed_at = models.DateTimeField("核实时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核实人"
    )
    declared_at = models.DateTimeField("申报时间", default=timezone.now)
    declared_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申报人")
    ended_at = models.DateTimeField("解除时间", null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解除人"
    )

    class Meta:
        verbose_name = "利害关系申报"
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "facility"],
                condition=models.Q(ended_at__isnull=True),
                name="interest_once",
            ),
            together("interest", "ended"),
            together("interest", "confirmed"),
            models.CheckConstraint(
                name="interest_ends_after_it_begins",
                condition=models.Q(since__isnull=True)
                | models.Q(until__isnull=True)
                | models.Q(until__gte=models.F("since")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspector.number} — {self.facility}"
