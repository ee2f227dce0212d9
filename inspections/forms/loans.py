from django import forms

from inspections import loans
from inspections.models import Loan, Substitution
from registries.forms.decisions import Decided
from registries.models import Bureau, Inspector


class LoanForm(Decided, forms.Form):
    lender = forms.ModelChoiceField(
        Bureau.objects.none(),
        label="向哪个医保局借调",
        help_text="由对方分管领导从其执法检查人员中确定一人，或者说明理由不同意。",
    )

    def __init__(self, data, substitution: Substitution):
        super().__init__(data)
        self.fields["lender"].queryset = loans.lenders(substitution.bureau)


class LendForm(Decided, forms.Form):
    inspector = forms.ModelChoiceField(
        Inspector.objects.none(),
        label="借调人员",
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "请选择借调人员。",
            "invalid_choice": "所选人员现在不能借调，请另选一人。",
        },
    )

    def __init__(self, data, loan: Loan):
        super().__init__(data)
        self.fields["inspector"].queryset = loans.lendable(loan)


class DeclineForm(Decided, forms.Form):
    reason = forms.CharField(
        label="理由", max_length=loans.LONGEST_REASON, strip=True, widget=forms.Textarea(attrs={"rows": 3})
    )
