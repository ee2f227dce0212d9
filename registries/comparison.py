"""Two versions of an item side by side: what was removed, added and changed, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

from registries import items
from registries.checklists import Row
from registries.inheritance import RATIOS
from registries.models import ItemVersion

# The rows say what the content says, with their methods and marks.
FIELDS = tuple(name for name in items.FIELDS if name != "content")
LISTS = frozenset({"legal_basis", "materials"})
# Below this a row is a new one rather than the old one in other words.
SAME_MATTER = 0.6


class Kind(StrEnum):
    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


LABELS = {Kind.SAME: "相同", Kind.CHANGED: "有改动", Kind.ADDED: "新增", Kind.REMOVED: "删去"}
TONES = {Kind.SAME: "neutral", Kind.CHANGED: "warn", Kind.ADDED: "ok", Kind.REMOVED: "danger"}


@dataclass(frozen=True)
class Pair:
    """One field or row of both versions, each as lines that say whether the other has them too."""

    label: str
    kind: Kind
    left: Sequence[tuple[str, Kind]] = field(default_factory=tuple)
    right: Sequence[tuple[str, Kind]] = field(default_factory=tuple)

    @property
    def word(self) -> str:
        return LABELS[self.kind]

    @property
    def tone(self) -> str:
        return TONES[self.kind]


@dataclass(frozen=True)
class Comparison:
    left: ItemVersion
    right: ItemVersion
    fields: list[Pair]
    rows: list[Pair]

    @property
    def differences(self) -> int:
        return sum(pair.kind != Kind.SAME for pair in (*self.fields, *self.rows))

    @property
    def parts(self) -> list[tuple[str, list[Pair]]]:
        """What differs comes first; whoever wants to read all finds it below."""
        titles = {
            "有变化的规定": (self.fields, False),
            "检查内容": (self.rows, None),
            "没有变化的规定": (self.fields, True),
        }
        return [
            (title, [pair for pair in pairs if same is None or (pair.kind == Kind.SAME) == same])
            for title, (pairs, same) in titles.items()
        ]


def compare(left: ItemVersion, right: ItemVersion) -> Comparison:
    return Comparison(
        left,
        right,
        [_field(name, left, right) for name in FIELDS],
        list(_rows(items.checklist_of(left), items.checklist_of(right))),
    )


def _field(name: str, left: ItemVersion, right: ItemVersion) -> Pair:
    label = (
        f"{RATIOS[name]}机构抽查比例" if name in RATIOS else ItemVersion._meta.get_field(name).verbose_name
    )
    texts = [_words(name, version).splitlines() for version in (left, right)]
    return _pair(label, *texts, changed=name not in LISTS)


def _words(name: str, version: ItemVersion) -> str:
    value = getattr(version, name)
    if name in RATIOS:
        return f"{value / 100:g}%"
    if isinstance(value, bool):
        return "是" if value else "否"
    return version.get_category_display() if name == "category" else str(value)


def _pair(label: str, left: list[str], right: list[str], *, changed: bool = True) -> Pair:
    """With `changed`, a line that has another in its place was changed; else it was removed or added."""
    kind = Kind.SAME
    if left != right:
        kind = Kind.CHANGED if left and right else Kind.ADDED if right else Kind.REMOVED
    other = Kind.CHANGED if changed and left and right else None
    return Pair(
        label,
        kind,
        tuple((line, Kind.SAME if line in right else other or Kind.REMOVED) for line in left),
        tuple((line, Kind.SAME if line in left else other or Kind.ADDED) for line in right),
    )


def _rows(left: Sequence[Row], right: Sequence[Row]) -> Iterator[Pair]:
    """In the order of the right side; what it lacks stands where the left side has it."""
    partners = _partners(left, right)
    gone = [place for place in range(len(left)) if place not in partners.values()]
    for place, row in enumerate(right):
        while gone and gone[0] <= partners.get(place, -1):
            yield _pair("检查内容", _parts(left[gone.pop(0)]), [])
        old = _parts(left[partners[place]]) if place in partners else []
        yield _pair("检查内容", old, _parts(row))
    for place in gone:
        yield _pair("检查内容", _parts(left[place]), [])


def _partners(left: Sequence[Row], right: Sequence[Row]) -> dict[int, int]:
    """Right place → left place: the same content wherever it moved to, then the most alike in other words."""
    free = {row.content: place for place, row in reversed(list(enumerate(left)))}
    found = {place: free.pop(row.content) for place, row in enumerate(right) if row.content in free}
    for place, row in enumerate(right):
        if place in found or not free:
            continue
        alike = {_likeness(content, row.content): content for content in free}
        if max(alike) >= SAME_MATTER:
            found[place] = free.pop(alike[max(alike)])
    return found


def _likeness(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    # The quick answer is never too low, and spares most pairs of two long lists the slow one.
    return matcher.ratio() if matcher.quick_ratio() >= SAME_MATTER else 0


def _parts(row: Row) -> list[str]:
    parts = (
        row.content,
        row.how and f"方法：{row.how}",
        row.legal_basis and f"依据：{row.legal_basis}",
        row.marks,
    )
    return [part for part in parts if part]
