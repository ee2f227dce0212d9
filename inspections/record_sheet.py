"""A record laid out by its form spec: what the inspector's form, the reviewer's view and the paper all show."""

from dataclasses import dataclass, field

from django.utils import timezone

from inspections import handover
from inspections.checklists import onsite_v1
from inspections.checklists.onsite_v1 import Kind
from inspections.models import Attachment, InspectionRecord, RecordAnswer


@dataclass
class Row:
    number: int
    answer: RecordAnswer
    photos: list[Attachment]
    opens_item: bool
    # Where an item opens: the numbers of its veto rows that were violated. One is enough for the whole item.
    vetoes: list[int] = field(default_factory=list)
    chosen: str = ""
    finding: str = ""

    @property
    def key(self) -> str:
        return str(self.answer.row_id)

    @property
    def row(self):
        return self.answer.row

    @property
    def anchor(self) -> str:
        return f"answers-{self.answer.row_id}"


@dataclass
class Entry:
    field: onsite_v1.Field
    text: str = ""
    value: str | list[str] = ""


@dataclass
class SheetSection:
    key: str
    title: str
    entries: list[Entry]
    problems: list[tuple[str, str]] = field(default_factory=list)

    @property
    def done(self) -> bool:
        return not self.problems


def sections(record: InspectionRecord, problems=()) -> list[SheetSection]:
    """Every section with the words of its fields, and those of `problems` (completeness.problems) that lie in it."""
    return [
        SheetSection(
            section.key,
            section.title,
            [Entry(field, words(record, field)) for field in section.fields],
            [problem for problem in problems if section_of(problem[0]) == section.key],
        )
        for section in onsite_v1.SECTIONS
    ]


def fill(laid_out: list[SheetSection], rows: list[Row], values: dict) -> None:
    """Puts values by name, stored or just typed, into the places of the form."""
    for section in laid_out:
        for entry in section.entries:
            entry.value = values.get(entry.field.name, "")
    for row in rows:
        row.chosen = values[f"answers-{row.key}"]
        row.finding = values[f"finding-{row.key}"]


def section_of(name: str) -> str:
    """The section of a field, of a row (`answers-7`) or of a place to sign (`signature-7`)."""
    base = name.partition("-")[0]
    if base == "signature":
        return onsite_v1.SIGNING
    return next(
        section.key for section in onsite_v1.SECTIONS if base in {field.name for field in section.fields}
    )


def words(record: InspectionRecord, field: onsite_v1.Field) -> str:
    if field.kind in (Kind.LINE, Kind.TEXT):
        return getattr(record, field.name)
    if field.kind == Kind.MOMENT:
        return _moment(getattr(record, field.name))
    if field.kind == Kind.TICK:
        moment = getattr(record, f"{field.name}_at")
        return f"{_moment(moment)}，{getattr(record, f'{field.name}_by')}登记" if moment else ""
    if field.kind == Kind.CHOICES:
        labels = dict(field.choices)
        return "；".join(labels.get(value, value) for value in getattr(record, field.name))
    if field.kind == Kind.PEOPLE:
        present = "、".join(person(one) for one in record.present.all())
        return "；".join([*filter(None, [present]), *map(_departure, handover.replaced(record))])
    return ""


def _departure(swap) -> str:
    name, reason = swap.outgoing.inspector.name, swap.get_reason_display()
    return f"{name}因{reason}于{_moment(swap.approved_at)}调换，不再参加"


def person(inspector) -> str:
    number = inspector.certificate_number
    return (
        f"{inspector.name}（执法证号{number}）"
        if number
        else f"{inspector.name}（{inspector.get_kind_display()}）"
    )


def rows(record: InspectionRecord) -> list[Row]:
    photos: dict[int | None, list[Attachment]] = {}
    for photo in kept_photos(record):
        photos.setdefault(photo.row_id, []).append(photo)
    found, opening = [], None
    answers = record.answers.select_related("row__version__item")
    for number, answer in enumerate(answers, 1):
        opens = opening is None or opening.row.version_id != answer.row.version_id
        found.append(Row(number, answer, photos.get(answer.row_id, []), opens))
        opening = found[-1] if opens else opening
        if answer.vetoes:
            opening.vetoes.append(number)
    return found


def kept_photos(record: InspectionRecord) -> list[Attachment]:
    return list(record.attachments.filter(removed_at=None).select_related("row", "uploaded_by"))


def _moment(moment) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""
