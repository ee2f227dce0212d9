"""No personal data, no secret and no seed gets out through any public page or file (A8, F2; draw protocol, 5)."""

import datetime as dt
import re
import zipfile
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspections import joint
from inspections.models import AnnualPlan, Draw, PlanTask, Visit, WinnersShown
from publication.open_data import TABLES
from publication.urls.public import urlpatterns
from registries import interests
from registries.models import Facility, InspectionItem, Inspector, User
from tests.factories import NOW, make_item
from tests.factories.draws import (
    drawable_task,
    finished_draw,
    held_draw,
    person,
    sealed_draw,
    voided_draw,
    witnessed_draw,
)
from tests.factories.published import correct_result, publish_result

OPEN_DICE, WAITING_DICE = "1 1 2 3 5 8 1 3 2 1 3 4", "3 1 4 1 5 9 2 6 5 3 5 8 9"
PERSONAL_COLUMNS = re.compile(
    r'"registries_inspector"\."(?:name|post|id_number|id_number_hash|sex|certificate_number|phone)"'
    r'|"registries_facility"\."(?:phone|person_in_charge|blacklist_reason)"'
    r'|"inspections_draw"\."(?:secret|seed)"'
    r'|"inspections_contribution"\."(?:text|name|role)"'
    r'|"inspections_(?:inspectionrecord|inspectionreport|signature|attachment|partner(?:inspector|result))"'
    r'|"registries_(?:user|interest|trailentry)"|"django_session"'
)


@pytest.fixture
def story(county):
    """A draw whose evidence is out with results and a correction, one on the way, one void, one only witnessed."""
    task = drawable_task(county, grades="AAAABBBBCCCC", inspectors=5)
    Facility.objects.update(person_in_charge="钱负责")
    person(county, "staff")
    interests.declare(
        Inspector.objects.first(), Facility.objects.first(), "配偶在此任职", by=person(county, "staff")
    )
    finished = finished_draw(task)
    first, second, *_ = finished.visits.all()
    correct_result(publish_result(first), "更正后的情况。")
    publish_result(second)
    held = held_draw(task, round=2, text=OPEN_DICE, now=NOW + dt.timedelta(days=60))
    return {"finished": finished, "held": held, "result": first}


@pytest.fixture
def later_draws(county, story):
    """Of another task of the plan: one void, one sealed and witnessed."""
    item = make_item(county, person(county, "staff"), "对医保结算的监督检查")
    task = drawable_task(county, grades="DDDD", inspectors=1, items=[item])
    voided_draw(sealed_draw(task, now=NOW + dt.timedelta(days=70)), now=NOW + dt.timedelta(days=70, hours=1))
    return witnessed_draw(task, text=WAITING_DICE, now=NOW + dt.timedelta(days=71))


def addresses() -> list[str]:
    """Every public address there is, for every object there is, public or not."""
    draws = list(Draw.objects.values_list("pk", flat=True))
    objects = {
        "item": InspectionItem.objects.values_list("pk", flat=True),
        "plan": AnnualPlan.objects.values_list("pk", flat=True),
        "facility": Facility.objects.values_list("insurance_code", flat=True),
        "draw": draws,
        "seal": draws,
        "evidence": draws,
        "by_hand": draws,
        "tickets": draws,
        "result": Visit.objects.values_list("pk", flat=True),
    }
    files = [(name, kind) for name in TABLES for kind in ("json", "csv", "xlsx")]
    arguments = {name: [(one,) for one in found] for name, found in objects.items()} | {"data_file": files}
    return [
        reverse(f"public:{pattern.name}", args=args)
        for pattern in urlpatterns
        for args in (arguments[pattern.name] if pattern.pattern.converters else [()])
    ]


def body(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as book:
            content = b"".join(book.read(name) for name in book.namelist())
    return content.decode()


def read(client, address):
    response = client.get(address)
    assert response.status_code in (200, 404)
    return body(response)


def is_evidence_or_void(address) -> bool:
    """Of these two the draw protocol itself asks for the witnesses' names, the secret, the names on a void."""
    void = [reverse("public:draw", args=[draw.pk]) for draw in Draw.objects.filter(state="voided")]
    return address.endswith("evidence.json") or address in void


def test_no_public_page_or_file_holds_personal_data(client, story, later_draws):
    personal = {"钱负责", "配偶在此任职"}
    for inspector in Inspector.objects.all():
        personal |= {
            inspector.name, inspector.id_number, inspector.phone, inspector.certificate_number, inspector.post,
        }  # fmt: skip
    personal |= {facility.phone for facility in Facility.objects.all()}
    accounts = {name for names in User.objects.values_list("display_name", "username") for name in names}
    assert len(personal) > 30
    for address in addresses():
        forbidden = personal if is_evidence_or_void(address) else personal | accounts
        text = read(client, address)
        assert [secret for secret in forbidden if secret in text] == [], address


def test_what_other_departments_found_and_whom_they_sent_is_theirs_to_publish(client, county, story):
    visit, by = story["result"], person(county, "staff")
    PlanTask.objects.update(joint_kind="lead", partners=[{"department": "区市场监督管理局", "items": []}])
    visit.partner_inspectors.create(
        department="区市场监督管理局", name="赵市监", certificate_number="16049999001", entered_by=by
    )
    joint.record_result(visit, "区市场监督管理局", "发现过期药品两盒。", by=by, now=NOW)
    pages = {address: read(client, address) for address in addresses()}
    assert "区市场监督管理局" in pages[reverse("public:plan", args=[story["finished"].task.plan_id])]
    for address, text in pages.items():
        assert [one for one in ("过期药品", "赵市监", "16049999001") if one in text] == [], address


@pytest.mark.parametrize("text", ["钱负责", "检查员1", "13800000001", "内部情况"])
def test_nobody_is_found_by_name_phone_or_id_number(client, story, text):
    assert not client.get("/search/", {"q": text}).context["found"]
    for name in ("facilities", "inspectors", "results", "draws"):
        assert not client.get(reverse(f"public:{name}"), {"q": text}).context["page"].object_list


@pytest.mark.parametrize("name", ["search", "facilities", "inspectors", "results", "draws"])
def test_an_address_with_an_id_number_is_not_answered(client, story, name):
    answer = client.get(reverse(f"public:{name}"), {"q": "410403198001010011"})
    assert (answer.status_code, answer["Location"]) == (302, reverse(f"public:{name}"))


def test_no_public_page_or_file_foretells_a_draw(client, story, later_draws):
    waiting = [story["held"], later_draws]
    secrets = {OPEN_DICE, WAITING_DICE} | {draw.secret for draw in waiting} | {story["held"].seed}
    for address in addresses():
        text = read(client, address)
        assert [secret for secret in secrets if secret in text] == [], address


def with_seed(draw) -> set[str]:
    """Where the seed of a finished draw stands: in its evidence, and where a ticket is computed from it by hand."""
    return {reverse(f"public:{name}", args=[draw.pk]) for name in ("evidence", "by_hand", "tickets")}


def test_secret_and_seed_of_a_finished_draw_stand_where_it_is_verified_and_nowhere_else(client, story):
    draw = story["finished"]
    texts = {address: read(client, address) for address in addresses()}
    assert {address for address in texts if draw.secret in texts[address]} == {
        reverse("public:evidence", args=[draw.pk])
    }
    assert {address for address in texts if draw.seed in texts[address]} == with_seed(draw)


def test_personal_columns_are_not_even_read(client, story, later_draws):
    for address in set(addresses()) - with_seed(story["finished"]):
        if is_evidence_or_void(address):
            continue
        with CaptureQueriesContext(connection) as queries:
            read(client, address)
        asked = {found.group() for query in queries for found in PERSONAL_COLUMNS.finditer(query["sql"])}
        assert asked == set(), address


def test_who_was_drawn_is_nowhere_before_the_visits_are_over(client, story):
    draw = story["held"]
    assert draw.task.winners_shown == WinnersShown.OFFICE
    tickets = {visit.ticket[:8] for visit in draw.visits.all()} | {
        visit.ticket for visit in draw.visits.all()
    }
    for address in addresses():
        text = read(client, address)
        assert [ticket for ticket in tickets if ticket in text.replace(" ", "")] == [], address


def test_the_inner_part_of_a_report_stays_inside(client, story):
    assert [address for address in addresses() if "内部情况说明" in read(client, address)] == []
