from django import forms

from inspections.models import ApprovalOutcome
from registries.forms.decisions import Decided

# The words that the buttons of components/decision.html send.
DECISIONS = {"approve": ApprovalOutcome.APPROVED, "return": ApprovalOutcome.RETURNED}


class DecisionForm(Decided, forms.Form):
    decision = forms.TypedChoiceField(
        label="结论", choices=[(word, said.label) for word, said in DECISIONS.items()], coerce=DECISIONS.get
    )
    reason = forms.CharField(label="意见", required=False, max_length=1000)
