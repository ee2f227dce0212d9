from django import forms

from inspections import embargo, teams
from inspections.records import may_lead
from inspections.states import VisitState
from registries.models import Inspector


class VisitFilter(forms.Form):
    """Filters of the list; whatever makes no sense filters nothing."""

    q = forms.CharField(label="机构名称或编码", required=False, max_length=100)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *VisitState.choices])
    mine = forms.BooleanField(label="只看我的", required=False)
    draw = forms.IntegerField(required=False, max_value=2**63 - 1, widget=forms.HiddenInput)

    def apply(self, visits, user):
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("q"):
            word, visits = wanted["q"].strip(), embargo.named(visits, user)
            visits = visits.filter(facility__name__icontains=word) | visits.filter(code__iexact=word)
        if wanted.get("state"):
            visits = visits.filter(state=wanted["state"])
        if wanted.get("draw"):
            visits = visits.filter(draw=wanted["draw"])
        if wanted.get("mine"):
            visits = visits.filter(members__inspector__user=user, members__is_active=True)
        return visits


class LeaderForm(forms.Form):
    leader = forms.ModelChoiceField(Inspector.objects.none(), label="组长", empty_label=None)

    def __init__(self, data, visit):
        super().__init__(data, initial={"leader": visit.leader_id})
        self.fields["leader"].queryset = Inspector.objects.filter(pk__in=[one.pk for one in may_lead(visit)])


class ScheduleForm(forms.Form):
    planned_on = forms.DateField(
        label="计划检查日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class AssignForm(forms.Form):
    inspectors = forms.ModelMultipleChoiceField(
        Inspector.objects.none(), label="选派检查人员", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data, visit):
        super().__init__(data)
        self.fields["inspectors"].queryset = teams.eligible(visit)
