"""The field for towns and streets: boxes to tick where they are few, a line to write where they are many."""

from collections.abc import Collection

from django import forms

from registries import regions
from registries.models import Bureau


def words(text: str) -> list[str]:
    return text.replace("、", " ").replace("，", " ").split()


def regions_field(
    bureau: Bureau, held: Collection[str] = (), *, label: str, none: str, meaning: str = ""
) -> forms.Field:
    """Cleans to a list of names. `held` were chosen before, and stay whether a facility still bears them or not.

    `none` is what an empty field means, `meaning` what a chosen region does.
    """
    found = regions.to_tick(bureau)
    if found is None:
        return WrittenRegions(
            bureau,
            held,
            label=label,
            help_text=f"填所在乡镇街道，几个之间用顿号或空格分开；不填为{none}。{meaning}",
        )
    names = sorted({*found, *held})
    return forms.MultipleChoiceField(
        label=label,
        choices=[(name, name) for name in names],
        required=False,
        widget=forms.CheckboxSelectMultiple if names else forms.MultipleHiddenInput,
        help_text=f"不选为{none}。{meaning}",
    )


class WrittenRegions(forms.CharField):
    def __init__(self, bureau: Bureau, held: Collection[str], **kwargs):
        super().__init__(required=False, **kwargs)
        self.bureau, self.held = bureau, held

    def prepare_value(self, value):
        return "、".join(value) if isinstance(value, list) else value

    def to_python(self, value) -> list[str]:
        return words(super().to_python(value))

    def validate(self, value: list[str]) -> None:
        asked = [name for name in value if name not in self.held]
        if unknown := regions.without_facility(self.bureau, asked):
            raise forms.ValidationError(
                f"辖区名录库中没有机构在“{'、'.join(unknown)}”，请按检查对象名录库中的写法填写。"
            )
