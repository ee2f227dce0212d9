"""The record's form, made from its spec. Lenient: what cannot be read is named and left out, the rest is saved."""

import datetime as dt

from django import forms
from django.utils import timezone

from inspections.checklists import onsite_v1
from inspections.checklists.onsite_v1 import Kind
from inspections.models import Answer, InspectionRecord
from inspections.records import companions

MOMENT = "%Y-%m-%dT%H:%M"
# The first and the last years of the calendar have moments that do not exist in another time zone.
YEARS = range(2000, 2101)


class Tick(forms.CharField):
    """A checkbox whose value is the moment at which a phone ticked it, perhaps long before it found a network."""

    def clean(self, value):
        if not value:
            return False
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            return True
        return moment if timezone.is_aware(moment) and moment.year in YEARS else True


class Moment(forms.DateTimeField):
    def validate(self, value):
        super().validate(value)
        if value and value.year not in YEARS:
            raise forms.ValidationError(f"{value.year}年不可能是检查的年份，请核对日期。")


class Text(forms.CharField):
    """As it was typed, but with one kind of line end: browsers send another than they show."""

    def __init__(self, **kwargs):
        super().__init__(strip=False, required=False, **kwargs)

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


class Choices(forms.MultipleChoiceField):
    def clean(self, value):
        return super().clean([one for one in value or [] if one])


def _people(spec, record):
    return forms.ModelMultipleChoiceField(companions(record.visit), label=spec.label, required=False)


def _text(spec, record):
    return Text(label=spec.label, max_length=spec.length)


FIELDS = {
    Kind.MOMENT: lambda spec, record: Moment(
        label=spec.label, required=False, input_formats=[MOMENT, "%Y-%m-%d %H:%M"]
    ),
    Kind.LINE: _text,
    Kind.TEXT: _text,
    Kind.TICK: lambda spec, record: Tick(label=spec.label, required=False),
    Kind.CHOICES: lambda spec, record: Choices(label=spec.label, required=False, choices=spec.choices),
    Kind.PEOPLE: _people,
}


class RecordForm(forms.Form):
    """Takes only those sections that the page names in `section`: what was not shown is not emptied."""

    def __init__(self, data, record: InspectionRecord):
        super().__init__(data)
        self.rows = []
        for section in onsite_v1.SECTIONS:
            if section.key not in data.getlist("section"):
                continue
            for spec in section.fields:
                if spec.kind == Kind.ROWS:
                    self._add_rows(record)
                elif spec.kind in FIELDS:
                    self.fields[spec.name] = FIELDS[spec.kind](spec, record)

    def _add_rows(self, record):
        self.rows = list(record.answers.values_list("row_id", flat=True))
        for row in self.rows:
            self.fields[f"answers-{row}"] = forms.ChoiceField(
                choices=[("", ""), *Answer.choices], required=False
            )
            self.fields[f"finding-{row}"] = Text(max_length=20_000)

    def values(self) -> dict:
        """What can be saved (fieldwork.save); see `errors` for the rest."""
        self.is_valid()
        values = {name: value for name, value in self.cleaned_data.items() if "-" not in name}
        answers = {}
        for row in self.rows:
            given = {"answer": f"answers-{row}", "finding": f"finding-{row}"}
            answers[row] = {
                part: self.cleaned_data[name] for part, name in given.items() if name in self.cleaned_data
            }
        return values | {"answers": answers} if answers else values

    def refusals(self) -> list[tuple[str, str]]:
        return [
            (name, f"{self.fields[name].label or '检查内容'}：{error}")
            for name, errors in self.errors.items()
            for error in errors
        ]


def as_sent(record: InspectionRecord) -> dict:
    """The record in the shape in which record.js reads the form, to compare and to merge."""
    sent = {}
    for spec in onsite_v1.FIELDS.values():
        if spec.kind == Kind.MOMENT:
            moment = getattr(record, spec.name)
            sent[spec.name] = f"{timezone.localtime(moment):{MOMENT}}" if moment else ""
        elif spec.kind in (Kind.LINE, Kind.TEXT):
            sent[spec.name] = getattr(record, spec.name)
        elif spec.kind == Kind.TICK:
            moment = getattr(record, f"{spec.name}_at")
            sent[spec.name] = moment.isoformat() if moment else ""
        elif spec.kind == Kind.CHOICES:
            sent[spec.name] = sorted(getattr(record, spec.name))
        elif spec.kind == Kind.PEOPLE:
            sent[spec.name] = sorted(str(pk) for pk in record.present.values_list("pk", flat=True))
    for answer in record.answers.all():
        sent[f"answers-{answer.row_id}"] = answer.answer
        sent[f"finding-{answer.row_id}"] = answer.finding
    return sent
