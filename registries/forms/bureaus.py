from django import forms

from registries import bureaus
from registries.forms.amending import Amending
from registries.forms.decisions import row_fields
from registries.forms.items import PercentField
from registries.models import Bureau

CHOSEN = ("winners_public", "clue_handling")


class RulesForm(Amending, forms.Form):
    """The rules as they stand, in the order in which a year meets them."""

    HELP = {
        "winners_public": "新任务的默认值，编制任务时可以另选。",
        "names_hidden": "接受之前，检查组只看到检查事项和计划日期；没有接受的不能开始检查。",
        "report_workdays": "自检查结束之日起，最长5个工作日。",
        "publication_workdays": "自检查结束之日起，最长20个工作日。",
    }

    def __init__(self, data, *, bureau: Bureau):
        super().__init__(data, initial={name: getattr(bureau, name) for name in bureaus.RULES})
        widgets = dict.fromkeys(CHOSEN, forms.RadioSelect)
        self.fields |= row_fields(Bureau, bureaus.RULES, widgets=widgets)
        self.fields["ungraded_ratio_bp"] = PercentField(label="未评级机构抽查比例（%）")
        self.fields["floor_ratio_bp"] = PercentField(
            label="每次抽取总量下限（%）", help_text="规定不低于范围内机构的3%。"
        )
        for name, text in self.HELP.items():
            self.fields[name].help_text = text
        self.amends(bureau)
