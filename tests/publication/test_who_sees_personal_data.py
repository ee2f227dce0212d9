"""Who sees whose data where: every address of the system is opened as everybody (A8, F2).

The addresses come from the URLconf and the objects from the database, so that a new page is walked without being named.
"""

import re
import zipfile
from io import BytesIO
from itertools import product

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client, override_settings

from inspections.models import (
    AnnualPlan,
    Approval,
    Attachment,
    Clue,
    Document,
    Draw,
    PlanTask,
    TeamMember,
    Visit,
)
from publication.models import Message, Notice
from publication.open_data import TABLES
from registries import interests
from registries.access import ROLES
from registries.imports.formats import FORMS
from registries.models import (
    Certificate,
    Facility,
    FacilityTag,
    ImportDraft,
    InspectionItem,
    Inspector,
    Interest,
    Leave,
    LegalSource,
    TrailEntry,
    Training,
    User,
)
from registries.models.bureaus import BureauLevel
from tests.cast import make_bureau, make_user
from tests.factories.draws import drawable_task, finished_draw, held_draw, sealed_draw
from tests.factories.published import correct_result, publish_result
from tests.house_rules.test_urls import ADDRESSES

pytestmark = pytest.mark.django_db

LANDLINE, IN_CHARGE, RELATION = "0375-8765432", "钱负责之名", "妻妹在该院任会计"
MAIL = "@example.test"
PURPOSE = "电话通知到岗"
CITY, NEIGHBOUR = "city staff", "neighbour"
EVERYBODY = (*ROLES, CITY, NEIGHBOUR, "public")
# What the number before or after it in an address stands for; any other noun is tried with the ids of every model.
NOUNS = {
    "accounts": User,
    "approvals": Approval,
    "certificates": Certificate,
    "clues": Clue,
    "documents": Document,
    "draws": Draw,
    "facilities": Facility,
    "imports": ImportDraft,
    "inspectors": Inspector,
    "interests": Interest,
    "items": InspectionItem,
    "leaves": Leave,
    "legal-sources": LegalSource,
    "members": TeamMember,
    "messages": Message,
    "notices": Notice,
    "photos": Attachment,
    "plans": AnnualPlan,
    "results": Visit,
    "tags": FacilityTag,
    "tasks": PlanTask,
    "trainings": Training,
    "visits": Visit,
}
WORDS = {"facilities": lambda: [Facility.objects.first().insurance_code], "data": lambda: list(TABLES)}
# Leaving ends the session of those who walk on.
EXITS = {"logout/"}


@pytest.fixture(scope="module")
def story(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two rounds of a task, one over and published, one on its way, a sealed draw, a list that waits; told once."""
    with (
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("media")),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        yield _told()
        transaction.set_rollback(True)


def _told() -> dict[str, User]:
    province = make_bureau("410000", "河南省医疗保障局", "豫医保", BureauLevel.PROVINCE)
    city = make_bureau("410400", "平顶山市医疗保障局", "平医保", BureauLevel.CITY, province)
    county = make_bureau("410403", "卫东区医疗保障局", "卫医保", BureauLevel.COUNTY, city)
    neighbour = make_bureau("410402", "新华区医疗保障局", "新医保", BureauLevel.COUNTY, city)
    people = {role: make_user(role, f"某{role}", county, role) for role in ROLES}
    people[CITY] = make_user("city", "某市局", city, "staff")
    people[NEIGHBOUR] = make_user("neighbour", "某邻县", neighbour, "staff")
    task = drawable_task(county, grades="AABBCC", inspectors=5)
    for facility in Facility.objects.all():
        facility.person_in_charge = IN_CHARGE
        facility.phone = LANDLINE if facility.pk % 2 else facility.phone
        facility.save()
    first, second, *_ = finished_draw(task).visits.all()
    correct_result(publish_result(first), "更正后的情况。")
    publish_result(second)
    held = held_draw(task, round=2, text="1 1 2 3 5 8 1 3 2 1 3 4")
    member = held.visits.last().members.first().inspector
    Inspector.objects.filter(pk=member.pk).update(user=people["inspector"])
    for one in Inspector.objects.all():
        interests.declare(one, Facility.objects.last(), RELATION, by=people["staff"])
    sealed_draw(drawable_task(county, grades="AB", inspectors=0, items=list(task.items.all())))
    return people


def personal_numbers() -> set[str]:
    of_inspectors = {number for one in Inspector.objects.all() for number in (one.id_number, one.phone)}
    return of_inspectors | {one.phone for one in Facility.objects.all()}


def shown(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    return content.decode(errors="replace")


def addresses(who: str) -> list[tuple[str, str]]:
    """(route, address) of every page that does not refuse this person outright, for two objects of every kind.

    tests/house_rules/test_urls.py has those that do.
    """
    held = ROLES.get(who, ROLES["staff"]).permissions
    found = []
    for route, view in ADDRESSES:
        public = view.access in ("public", "open door")
        refused = not isinstance(view.access, str) and held.isdisjoint(view.access)
        if route in EXITS or refused or public != (who == "public"):
            continue
        gaps = list(re.finditer(r"(?:([\w-]+)/)?<(\w+):(\w+)>", route))
        for values in product(*(_fitting(gap, place) for place, gap in enumerate(gaps))):
            found.append((route, "/" + re.sub(r"<\w+:\w+>", "{}", route).format(*values)))
    return found


def _fitting(gap: re.Match, place: int) -> list:
    noun, kind, _ = gap.groups()
    if kind == "int":
        models = [NOUNS[noun]] if noun in NOUNS else apps.get_models()
        return sorted({pk for model in models for pk in _few(model)}) or [1]
    if noun in WORDS:
        return WORDS[noun]()
    return ["json", "csv", "xlsx"] if place else list(FORMS)


def _few(model) -> set[int]:
    """The first and the last: what came early in the story is over, what came late is on its way."""
    pks = [pk for pk in model.objects.order_by("pk").values_list("pk", flat=True) if isinstance(pk, int)]
    return {*pks[:1], *pks[-1:]}


def client_of(who: str, story) -> Client:
    client = Client()
    if who in story:
        client.force_login(story[who])
    return client


def holding(secrets, pages) -> set[tuple[str, str]]:
    """(route, secret) wherever one of `secrets` stands in one of `pages`, which are (route, text)."""
    return {(route, secret) for route, text in pages for secret in secrets if secret in text}


def opened(who, story) -> list[tuple[str, str]]:
    client, pages = client_of(who, story), []
    for route, address in addresses(who):
        response = client.get(address, follow=True)
        assert response.status_code in (200, 403, 404, 405, 409), address
        pages.append((route, shown(response)))
    return pages


def pressed(who, story) -> list[tuple[str, str]]:
    """Every button, with a purpose and nothing else; each taken back before the next. A look has its entry."""
    client, pages = client_of(who, story), []
    numbers, looks = personal_numbers(), TrailEntry.objects.filter(note__contains="用途：")
    client.raise_request_exception = False
    for route, address in addresses(who):
        with transaction.atomic():
            response = client.post(address, {"purpose": PURPOSE})
            told = getattr(response.wsgi_request, "_messages", ())
            text = shown(response) + "".join(map(str, told))
            if any(number in text for number in numbers):
                assert looks.filter(actor=story[who]).exists(), address
            pages.append((route, text))
            transaction.set_rollback(True)
    return pages


READERS = {
    IN_CHARGE: {"staff", "supervisor", "witness", "inspector", CITY},
    # Whose relative works where: those who act on it and the person alone.
    RELATION: {"staff", "inspector"},
    MAIL: {"system_admin", "security_admin"},
}
UNMASKED = {
    "staff": {
        "office/registries/facilities/<int:pk>/reveal/",
        "office/registries/inspectors/<int:pk>/reveal/",
        "office/registries/exports/<str:kind>/clear/",
    },
    "inspector": {"office/visits/<int:pk>/contact/"},
}


@pytest.mark.parametrize("who", EVERYBODY)
def test_opening_every_page_shows_no_number_and_other_private_words_only_to_those_concerned(who, story):
    pages = opened(who, story)
    assert len(pages) >= 10
    assert holding(personal_numbers(), pages) == set()
    readable = {secret for secret, readers in READERS.items() if who in readers}
    assert {secret for _, secret in holding(READERS, pages)} == readable


@pytest.mark.parametrize("who", EVERYBODY)
def test_pressing_every_button_unmasks_numbers_for_those_permitted_and_nowhere_else(who, story):
    assert {route for route, _ in holding(personal_numbers(), pressed(who, story))} == UNMASKED.get(
        who, set()
    )
