"""The key of personal data is replaced while people work: nothing is lost, nothing is done twice, nothing forgotten."""

import ast
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection

from registries import id_numbers, inspectors, key_rotation, trail
from registries.errors import DomainError
from registries.fields import (
    EncryptedFileField,
    KeyMissing,
    cipher,
    key_age,
    keyed_hash,
    opened_all,
    sealed,
    sealed_all,
)
from registries.models import Facility, ImportDraft, Inspector, TrailEntry
from tests.factories import id_number, make_facility, make_inspector

pytestmark = pytest.mark.django_db

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
ROOT = Path(__file__).resolve().parents[2]
LIST = b"410403198001010011,13900000001"


@pytest.fixture(autouse=True)
def _under_the_old_key(settings, tmp_path):
    settings.FIELD_KEYS = [OLD]
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def new_key(settings):
    """new_key() puts the new key before the old one; new_key(alone=True) drops the old one."""

    def put(*, alone=False):
        settings.FIELD_KEYS = [NEW] if alone else [NEW, OLD]

    return put


@pytest.fixture
def draft(county, drafter):
    draft = ImportDraft(bureau=county, kind="inspectors", filename="名单.xlsx", uploaded_by=drafter)
    draft.file.save("list", ContentFile(cipher().encrypt(LIST)), save=False)
    draft.save()
    return draft


@pytest.fixture
def rotated(django_capture_on_commit_callbacks):
    def run():
        with django_capture_on_commit_callbacks(execute=True):
            return key_rotation.rotate()

    return run


def tokens(table, column):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def content(draft):
    with draft.file.open() as stored:
        return stored.read()


def test_after_a_rotation_the_old_key_can_be_dropped(county, draft, new_key, rotated):
    make_facility(county, 1, phone="0375-2220001")
    make_facility(county, 2, phone="")
    make_inspector(county, 1)
    new_key()
    rotation = rotated()
    # Phone of the facility; ID number, its hash and phone of the inspector; the uploaded list.
    assert (rotation.rotated, rotation.refused) == (5, [])
    new_key(alone=True)
    assert [one.phone for one in Facility.objects.all()] == ["0375-2220001", ""]
    one = Inspector.objects.get()
    assert (one.id_number, one.phone) == (id_number(1), "13900000001")
    assert one.id_number_hash == keyed_hash(id_number(1))
    draft.refresh_from_db()
    assert cipher().decrypt(content(draft)) == LIST
    assert key_rotation.ages() == {0: 5}


def test_the_file_under_the_old_key_is_gone(draft, new_key, rotated):
    before = draft.file.name
    new_key()
    rotated()
    draft.refresh_from_db()
    assert draft.file.name != before
    assert not draft.file.storage.exists(before)


def test_a_file_that_is_gone_needs_no_key(draft, new_key, rotated):
    draft.file.storage.delete(draft.file.name)
    new_key()
    assert (rotated().rotated, key_rotation.ages()) == (0, {})


def test_an_interrupted_rotation_goes_on_where_it_stopped(county, new_key, monkeypatch):
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    for n in range(1, 8):
        make_facility(county, n)
    new_key()

    def killed(model, seen):
        if seen == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate(progress=killed)
    first = tokens("registries_facility", "phone")
    assert [key_age(token) for token in first] == [0, 0, 0, 0, 1, 1, 1]
    assert key_rotation.rotate().rotated == 3
    assert tokens("registries_facility", "phone")[:4] == first[:4]
    assert [one.after["更换"] for one in TrailEntry.objects.order_by("pk")] == [4, 3]


def test_a_second_run_changes_nothing_and_leaves_no_entry(county, new_key, rotated):
    make_inspector(county, 1)
    new_key()
    rotated()
    before = tokens("registries_inspector", "id_number")
    assert rotated().rotated == 0
    assert tokens("registries_inspector", "id_number") == before
    assert TrailEntry.objects.count() == 1


def test_the_trail_says_how_many_and_that_it_was_the_system(province, county, new_key, rotated):
    make_facility(county, 1)
    new_key()
    rotated()
    entry = trail.about(province).get()
    assert (entry.event, entry.actor_name, entry.after) == (
        "更换个人信息密钥", "系统", {"更换": 1, "未能更换": 0}
    )  # fmt: skip


def test_an_edit_made_meanwhile_is_kept(county, new_key, monkeypatch):
    """Somebody saves after the batch was read and before its rows are locked."""
    facility = make_facility(county, 1, phone="13800000001")
    new_key()
    locked = key_rotation._rotate_rows

    def edited_first(*args, **kwargs):
        Facility.objects.filter(pk=facility.pk).update(phone="13811112222")
        return locked(*args, **kwargs)

    monkeypatch.setattr(key_rotation, "_rotate_rows", edited_first)
    key_rotation.rotate()
    facility.refresh_from_db()
    assert facility.phone == "13811112222"
    assert key_rotation.ages() == {0: 1}


def test_a_rotation_does_not_make_an_open_form_stale(county, drafter, new_key, rotated):
    facility, inspector = make_facility(county, 1), make_inspector(county, 1)
    new_key()
    rotated()
    assert (Facility.objects.get().revision, Inspector.objects.get().revision) == (
        facility.revision,
        inspector.revision,
    )


def test_what_no_key_opens_is_named_without_its_text_and_stops_nothing(county, new_key, rotated, settings):
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    lost = make_facility(county, 1)
    settings.FIELD_KEYS = [OLD]
    make_facility(county, 2)
    new_key()
    rotation = rotated()
    assert rotation.rotated == 1
    assert rotation.refused == [f"定点医药机构 {lost.pk} 的联系电话用现有的密钥都打不开"]
    assert key_rotation.ages() == {0: 1, None: 1}


def test_reading_without_the_key_says_what_to_do(county, new_key):
    make_facility(county, 1)
    new_key(alone=True)
    with pytest.raises(KeyMissing, match="put it back as the last one"):
        Facility.objects.get()


def test_somebody_is_found_before_during_and_after_the_rotation(county, drafter, new_key, rotated):
    one = make_inspector(county, 1)
    for step in (lambda: None, new_key, rotated, lambda: new_key(alone=True)):
        step()
        assert id_numbers.find(id_number(1), by=drafter) == [one]


def test_nobody_is_registered_twice_in_the_middle_of_a_rotation(county, drafter, new_key):
    """The one in the registry is under the old key's hash, the one who comes would be under the new one's."""
    make_inspector(county, 1)
    other = make_inspector(county, 2)
    new_key()
    values = {
        "unit": "局", "name": "检查员一", "post": "科员", "id_number": id_number(1), "sex": "男",
        "phone": "13912345678",
    }  # fmt: skip
    with pytest.raises(DomainError, match="已在本局名录库中"):
        inspectors.register(county, values, by=drafter)
    with pytest.raises(DomainError, match="已在本局名录库中"):
        inspectors.amend(other, {"id_number": id_number(1), "sex": "男"}, revision=1, by=drafter)
    assert Inspector.objects.count() == 2


def test_one_person_entered_twice_by_hosts_with_different_keys_is_named(county, new_key, rotated, settings):
    make_inspector(county, 1)
    settings.FIELD_KEYS = [NEW]
    twin = make_inspector(county, 1, number="410403-777")
    new_key()
    rotation = rotated()
    assert len(rotation.refused) == 1
    assert "与另一条记录重复" in rotation.refused[0]
    assert key_rotation.ages() == {0: 5, 1: 1}
    twin.delete()
    assert rotated().refused == []
    assert key_rotation.ages() == {0: 3}


def test_the_command_counts_rotates_and_says_when_the_old_key_can_go(county, new_key, capsys):
    make_inspector(county, 1)
    new_key()
    call_command("rotate_keys", check=True)
    assert "最新密钥：0 个值\n第 2 把密钥：3 个值\n" in capsys.readouterr().out
    assert TrailEntry.objects.count() == 0
    call_command("rotate_keys")
    out = capsys.readouterr().out
    assert "本次更换 3 个值。" in out
    assert "第 2 把密钥：0 个值" in out
    assert "可以从 FIELD_KEYS 中删去旧密钥" in out


def test_the_command_does_not_let_the_old_key_go_while_something_is_left(
    county, new_key, monkeypatch, capsys
):
    make_inspector(county, 1)
    monkeypatch.setattr(key_rotation, "rotate", lambda **how: key_rotation.Rotation(0, ["检查人员 1 的……"]))
    new_key()
    with pytest.raises(CommandError, match="还有 3 个值不在最新密钥下"):
        call_command("rotate_keys")
    assert "可以从" not in capsys.readouterr().out


def test_with_one_key_the_command_says_how_to_begin():
    with pytest.raises(CommandError, match="只有一把密钥"):
        call_command("rotate_keys")


def test_every_place_that_encrypts_is_known_to_the_rotation():
    """Who stores what `cipher()` made elsewhere than in these must let key_rotation find it."""
    users = {
        str(path.relative_to(ROOT))
        for app in ("config", "registries", "inspections", "publication")
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "cipher"
    }
    assert users == {"registries/fields.py", "registries/key_rotation.py", "registries/imports/stored.py"}
    kept = {field.name for field in ImportDraft._meta.fields if isinstance(field, EncryptedFileField)}
    assert kept == {"file", "marked_copy"}


@pytest.mark.parametrize(
    "text", ["1", "0375-2000001", "一二三四五", "0" * 15, "0" * 16, "0" * 17, "长" * 100]
)
def test_a_sealed_text_is_a_token_like_any_other(text):
    token = sealed(text)
    assert cipher().decrypt(token).decode() == text
    assert len(token) == len(cipher().encrypt(text.encode()))
    assert token != sealed(text)


def test_a_column_is_sealed_and_opened_as_each_of_its_texts_would_be():
    texts = ["13800000001", "", "0375-2000001-123456", "电话", "0" * 15, "0" * 16, "13800000001"]
    tokens = sealed_all(texts)
    assert [cipher().decrypt(token).decode() if token else "" for token in tokens] == texts
    assert tokens[0] != tokens[-1]
    assert opened_all(tokens) == opened_all([sealed(text) if text else "" for text in texts]) == texts


def test_a_column_is_opened_whichever_key_sealed_it(new_key):
    old = sealed_all(["13800000001"])
    new_key()
    assert opened_all([*sealed_all(["13800000002"]), *old]) == ["13800000002", "13800000001"]
    with pytest.raises(KeyMissing):
        opened_all([f"{old[0][:40]}{'A' * 10}{old[0][50:]}"])
