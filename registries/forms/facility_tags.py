from django import forms

from registries import tags
from registries.forms.decisions import Decided
from registries.models import FacilityTag


class TagNameForm(Decided, forms.Form):
    name = forms.CharField(label="标签", max_length=tags.LONGEST)


class TagMergeForm(Decided, forms.Form):
    into = forms.ModelChoiceField(FacilityTag.objects.none(), label="并入", empty_label="请选择")

    def __init__(self, *args, tag: FacilityTag, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["into"].queryset = tag.bureau.facility_tags.exclude(pk=tag.pk)


class TagAllForm(TagNameForm):
    """`expected` is the number that the page showed: what changed meanwhile is not tagged unseen."""

    expected = forms.IntegerField(widget=forms.HiddenInput)
