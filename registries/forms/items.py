from django import forms
from django.utils import timezone

from registries import checklists, checks, items
from registries.errors import DomainError
from registries.forms.amending import Amending
from registries.forms.decisions import DateInput, Decided, row_fields
from registries.inheritance import RATIOS
from registries.models import InspectionItem, ItemVersion

LONG_TEXTS = ("legal_basis", "materials", "remarks")


class PercentField(forms.DecimalField):
    """Shown and typed in per cent, kept in ten-thousandths: two decimals are exact."""

    def __init__(self, **kwargs):
        super().__init__(min_value=0, max_value=100, decimal_places=2, **kwargs)

    def prepare_value(self, value):
        return f"{value / 100:g}" if isinstance(value, int) else value

    def clean(self, value):
        typed = super().clean(value)
        return None if typed is None else int(typed * 100)


class ItemForm(Amending, forms.Form):
    """A first version, or with `version` the one to start from: a draft to amend, or the last one to follow.

    `otherwise` holds what the start says differently, such as the inspecting body of a supplement.
    """

    HELP = {
        "content": "一行是现场检查的一项：内容｜检查方法｜依据｜标记，后三段可以不写；也可以从 Excel 复制四列粘贴。"
        "标记写“关键项”或“否决项”，否决项不符合，整个事项即判为不符合。全部留空则采用《条例》第三十八至四十条的标准内容。",
        "legal_basis": "一行一部，写作《名称》第几条。没有登记过的名称会自动登记为本局的法律依据。",
        "materials": "一行一种。",
        "qualification": "检查组中须有人具备的专业特长，例如“会计”；没有要求请留空。",
    }

    def __init__(self, *args, version: ItemVersion | None = None, otherwise: dict | None = None, **kwargs):
        self.version, self.rows = version, ()
        super().__init__(*args, initial=self._initial() | (otherwise or {}), **kwargs)
        if version is None:
            self.fields |= row_fields(InspectionItem, ("name", "list_kind"))
        widgets = {name: forms.Textarea(attrs={"rows": 3}) for name in LONG_TEXTS}
        widgets["content"] = forms.Textarea(attrs={"rows": 12})
        self.fields |= row_fields(ItemVersion, items.FIELDS, widgets=widgets, help_texts=self.HELP)
        for name, label in RATIOS.items():
            self.fields[name] = PercentField(label=f"{label}机构抽查比例（%）", initial=self._ratio(name))
        if version and version.state == "draft":
            self.amends(version)

    def _ratio(self, name: str) -> int:
        return ItemVersion._meta.get_field(name).default

    def _initial(self) -> dict:
        if self.version is None:
            return {}
        shown = {name: getattr(self.version, name) for name in items.FIELDS}
        return shown | {"content": checklists.as_text(items.checklist_of(self.version))}

    def clean_content(self) -> str:
        """The rows with their methods and marks; the content of the annexes is their first part."""
        try:
            self.rows = checklists.from_text(self.cleaned_data["content"])
        except DomainError as refusal:
            raise forms.ValidationError(refusal.message) from refusal
        return "\n".join(row.content for row in self.rows)

    def clean(self):
        values = checks.tidy(self.cleaned_data)
        name = self.version.item.name if self.version else values.get("name", "")
        self.add_problems(checks.item_problems(name, values))


class CompareForm(forms.Form):
    """Two of `versions`, the newest first; what the address does not say is the newest and the one before it."""

    def __init__(self, data, *, versions: list[ItemVersion]):
        self.versions = {str(version.pk): version for version in versions}
        newest, before = [*self.versions, None, None][:2]
        super().__init__({"left": before or newest, "right": newest} | data.dict())
        choices = [(pk, self._words(version)) for pk, version in self.versions.items()]
        self.fields["left"] = forms.ChoiceField(label="左边", choices=choices)
        self.fields["right"] = forms.ChoiceField(label="右边", choices=choices)

    def chosen(self) -> tuple[ItemVersion | None, ItemVersion | None]:
        if not self.is_valid():
            return None, None
        return tuple(self.versions[self.cleaned_data[side]] for side in ("left", "right"))

    def _words(self, version: ItemVersion) -> str:
        return f"{version.bureau.name}第{version.number}版（{version.get_state_display()}）"


class PublishForm(Decided, forms.Form):
    effective_from = forms.DateField(label="生效日期", initial=timezone.localdate, widget=DateInput)
