from django import forms
from django.utils import timezone

from registries import checks, items
from registries.checklists import Row, rows_of
from registries.forms.decisions import DateInput, Decided, row_fields
from registries.models import InspectionItem, ItemVersion

RATIOS = {"ratio_a_bp": "A级", "ratio_b_bp": "B级", "ratio_c_bp": "C级", "ratio_d_bp": "D级"}
LONG_TEXTS = ("legal_basis", "materials", "remarks")


class PercentField(forms.DecimalField):
    """Shown and typed in per cent, kept in ten-thousandths: two decimals are exact."""

    def __init__(self, **kwargs):
        super().__init__(min_value=0, max_value=100, decimal_places=2, **kwargs)

    def prepare_value(self, value):
        return f"{value / 100:g}" if isinstance(value, int) else value

    def clean(self, value):
        return int(super().clean(value) * 100)


class ItemForm(Decided, forms.Form):
    """A first version, or with `version` the one to start from: a draft to amend, or the last one to follow."""

    def __init__(self, *args, version: ItemVersion | None = None, **kwargs):
        self.version = version
        super().__init__(*args, initial=self._initial(), **kwargs)
        if version is None:
            self.fields |= row_fields(InspectionItem, ("name", "list_kind"))
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in LONG_TEXTS}
        widgets["content"] = forms.Textarea(attrs={"rows": 10})
        help_texts = {
            "content": "一行是现场检查的一项内容。留空则采用《条例》第三十八至四十条的标准内容。",
            "qualification": "检查组中须有人具备的专业特长，例如“会计”；没有要求请留空。",
        }
        self.fields |= row_fields(ItemVersion, items.FIELDS, widgets=widgets, help_texts=help_texts)
        for name, label in RATIOS.items():
            self.fields[name] = PercentField(label=f"{label}机构抽查比例（%）", initial=self._ratio(name))
        if version and version.state == "draft":
            self.fields["revision"] = forms.IntegerField(widget=forms.HiddenInput)

    def _ratio(self, name: str) -> int:
        return ItemVersion._meta.get_field(name).default

    def _initial(self) -> dict:
        if self.version is None:
            return {}
        shown = {name: getattr(self.version, name) for name in (*items.FIELDS, "revision")}
        return shown | {"content": "\n".join(row.content for row in self.version.rows.all())}

    def clean(self):
        values = checks.tidy(self.cleaned_data)
        name = self.version.item.name if self.version else values.get("name", "")
        self.add_problems(checks.item_problems(name, values))

    def rows(self) -> tuple[Row, ...]:
        """The lines of the content; a line that stands as it was keeps its method, basis and mark."""
        known = {row.content: row for row in self.version.rows.all()} if self.version else {}
        return tuple(
            Row(
                row.content, known[row.content].how, known[row.content].legal_basis, known[row.content].is_key
            )
            if row.content in known
            else row
            for row in rows_of(checks.tidy(self.cleaned_data)["content"])
        )


class PublishForm(Decided, forms.Form):
    effective_from = forms.DateField(label="生效日期", initial=timezone.localdate, widget=DateInput)
