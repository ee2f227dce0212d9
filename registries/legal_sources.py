"""法律依据: the laws and rules that items rest on, and from which day to which day each of them holds (A1)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet

from registries import basis, checks, trail
from registries.access import Permission, require
from registries.errors import DomainError
from registries.identifiers import normalise
from registries.models import BasisEntry, Bureau, ItemVersion, LegalSource, User
from registries.models.items import ItemVersionState
from registries.revisions import refuse_stale

FIELDS = ("title", "valid_from", "valid_until", "remarks")


@transaction.atomic
def register(bureau: Bureau, values: dict, *, by: User, now: dt.datetime | None = None) -> LegalSource:
    require(by, Permission.REGISTRY_EDIT, bureau=bureau)
    facts = _facts(values)
    if above := known_to(bureau).filter(title=facts["title"]).exclude(bureau=bureau).first():
        raise DomainError(f"{above.bureau.name}已经登记了《{above.title}》，直接引用即可。", field="title")
    with checks.once(f"本局已经登记了《{facts['title']}》，请在原记录上修改。", "title"):
        source = LegalSource.objects.create(bureau=bureau, **facts)
    _, after = trail.changes(LegalSource(), facts)
    trail.record("登记法律依据", by=by, about=source, after=after, now=now)
    return source


@transaction.atomic
def amend(
    source: LegalSource, values: dict, *, revision: int, by: User, now: dt.datetime | None = None
) -> LegalSource:
    """The title stands in published versions; only what is known of its validity may change once it is used."""
    require(by, Permission.REGISTRY_EDIT, bureau=source.bureau)
    locked = LegalSource.objects.select_for_update().get(pk=source.pk)
    refuse_stale(locked, revision)
    facts = _facts({name: getattr(locked, name) for name in FIELDS} | values)
    before, after = trail.changes(locked, facts)
    if not after:
        raise DomainError("内容没有变化，不需要保存。")
    if "title" in after and locked.entries.exists():
        raise DomainError(
            "已有事项引用这部依据，名称不能再改；名称有误请另行登记，再修改事项。", field="title"
        )
    for name, value in facts.items():
        setattr(locked, name, value)
    locked.revision += 1
    with checks.once(f"本局已经登记了《{locked.title}》。", "title"):
        locked.save()
    trail.record("修改法律依据", by=by, about=locked, before=before, after=after, now=now)
    return locked


def known_to(bureau: Bureau) -> QuerySet[LegalSource]:
    """The bureau's own and those of the bureaus above, which hold for it too; the highest first."""
    return (
        LegalSource.objects.filter(bureau__in=bureau.with_ancestors())
        .select_related("bureau")
        .order_by("bureau__path", "title")
    )


def cite(version: ItemVersion, *, by: User, now: dt.datetime | None = None) -> None:
    """Writes the entries that the version's text names; a title that nobody knows becomes the bureau's own."""
    named = basis.parse(version.legal_basis)
    known: dict[str, LegalSource] = {}
    for source in known_to(version.bureau).filter(title__in={entry.title for entry in named}):
        known.setdefault(source.title, source)
    for entry in named:
        if entry.title not in known:
            known[entry.title] = _adopt(version.bureau, entry.title, by=by, now=now)
    version.basis.all().delete()
    BasisEntry.objects.bulk_create(
        BasisEntry(version=version, position=position, source=known[entry.title], article=entry.article)
        for position, entry in enumerate(named, 1)
    )


def expired(versions: Iterable[ItemVersion], on: dt.date) -> dict[int, list[str]]:
    """By version, in words, the sources that it names and that do not hold on that day; two queries for any number.

    What a bureau above says of a law counts for the bureaus below, who may have entered the same title themselves.
    """
    entries = list(
        BasisEntry.objects.filter(version__in=[version.pk for version in versions])
        .select_related("source__bureau")
        .order_by("version", "position")
    )
    lapsed = defaultdict(list)
    titles = {entry.source.title for entry in entries}
    for source in LegalSource.objects.filter(not_valid(on), title__in=titles).select_related("bureau"):
        lapsed[source.title].append(source)
    found: dict[int, list[str]] = defaultdict(list)
    for entry in entries:
        for source in lapsed[entry.source.title]:
            sentence = why_not_valid(source, on)
            if (
                entry.source.bureau.path.startswith(source.bureau.path)
                and sentence not in found[entry.version_id]
            ):
                found[entry.version_id].append(sentence)
    return {version: sentences for version, sentences in found.items() if sentences}


def warnings(versions: Iterable[ItemVersion], on: dt.date) -> list[str]:
    """The same as sentences that name the item, for pages where several items are used."""
    versions = list({version.pk: version for version in versions}.values())
    found = expired(versions, on)
    return [
        f"抽查事项“{version.item.name}”的依据：{sentence}。"
        for version in versions
        for sentence in found.get(version.pk, ())
    ]


def not_valid(on: dt.date) -> Q:
    """The sources for which `why_not_valid` has an answer. A day that nobody has entered lies outside no period."""
    began = Q(valid_from__isnull=False, valid_from__gt=on)
    return began | Q(valid_until__isnull=False, valid_until__lt=on)


def why_not_valid(source: LegalSource, on: dt.date) -> str:
    """Empty when it holds on that day."""
    if source.valid_until and source.valid_until < on:
        return f"《{source.title}》的有效期已于 {source.valid_until} 届满"
    if source.valid_from and source.valid_from > on:
        return f"《{source.title}》自 {source.valid_from} 起施行，现在尚未生效"
    return ""


def cited_by(source: LegalSource, user: User) -> QuerySet[ItemVersion]:
    """The versions that rest on it, of every bureau in the user's sight and, when published, of those above."""
    below = Q(item__bureau__path__startswith=user.bureau.path)
    above = Q(item__bureau__in=user.bureau.ancestors())
    strangers_drafts = Q(state=ItemVersionState.DRAFT) & ~Q(item__bureau=user.bureau_id)
    return (
        ItemVersion.objects.filter(below | above, basis__source=source)
        .exclude(strangers_drafts)
        .select_related("item__bureau")
        .distinct()
        .order_by("item__bureau__path", "item__name", "-number")
    )


def _adopt(bureau: Bureau, title: str, *, by: User, now) -> LegalSource:
    source, created = LegalSource.objects.get_or_create(bureau=bureau, title=title)
    if created:
        trail.record("登记法律依据", by=by, about=source, after={"title": title}, note="随事项登记", now=now)
    return source


def _facts(values: dict) -> dict:
    facts = {name: values.get(name) for name in FIELDS}
    facts["remarks"] = normalise(facts["remarks"] or "")
    (title, article), *others = basis.parse(normalise(facts["title"] or "")) or [basis.Basis("")]
    if not title:
        raise DomainError("请填写法律、法规或规范性文件的名称。", field="title")
    if article or others:
        raise DomainError("这里只登记一部依据的名称，条款在事项中填写。", field="title")
    if message := basis.problem(f"《{title}》"):
        raise DomainError(message, field="title")
    if len(facts["remarks"]) > LegalSource._meta.get_field("remarks").max_length:
        raise DomainError("说明最多 200 字，请缩短。", field="remarks")
    begins, ends = facts["valid_from"], facts["valid_until"]
    if begins and ends and ends < begins:
        raise DomainError(f"废止日期 {ends} 早于施行日期 {begins}，请核对。", field="valid_until")
    return facts | {"title": title}
