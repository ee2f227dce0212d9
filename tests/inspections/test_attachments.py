"""Evidence photos: real pictures only, the very bytes, once each, and never gone without a trace."""

import hashlib
import io
import zipfile

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFile

from inspections import attachments, fieldwork
from inspections.attachments import attach, check_picture, detach, thumbnail
from registries import trail
from registries.errors import DomainError
from tests.factories import make_item
from tests.factories.fieldwork import (
    ARRIVED,
    LEFT,
    account,
    fill,
    jpeg,
    make_team_visit,
    png,
    sign_everything,
    stored,
    upload,
    webp,
)


@pytest.fixture
def visit(county, drafter):
    return make_team_visit(county, drafter)


@pytest.fixture
def member(visit):
    return account(visit, 1)


@pytest.fixture
def record(visit, member):
    return fieldwork.start(visit, by=member, now=ARRIVED)


@pytest.mark.parametrize(
    ("make", "content_type"), [(jpeg, "image/jpeg"), (png, "image/png"), (webp, "image/webp")]
)
def test_the_bytes_are_kept_as_they_came_with_their_digest(record, member, make, content_type):
    content = make()
    photo = attach(record, None, upload(content, "whatever.exe"), "key-0001", "门头", by=member, now=ARRIVED)
    assert stored(photo) == content
    assert photo.sha256 == hashlib.sha256(content).hexdigest()
    assert (photo.content_type, photo.size, photo.caption) == (content_type, len(content), "门头")
    assert (photo.uploaded_by, photo.uploaded_at) == (member, ARRIVED)


def test_a_photo_that_a_phone_packs_with_a_second_one_is_a_photo():
    out = io.BytesIO()
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (20, 15), "blue")
    first.save(out, "MPO", save_all=True, append_images=[second])
    assert check_picture(out.getvalue()) == "image/jpeg"


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "text")
    return out.getvalue()


NO_PHOTOS = {
    "empty": b"",
    "text": b"this is no photo",
    "page": b"<html><script>alert(1)</script></html>",
    "drawing that can run scripts": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "paper": b"%PDF-1.7\n" + jpeg(),
    "archive in front of a photo": zipped() + jpeg(),
    "page in front of a photo": b"<html>" + jpeg(),
    "only the beginning": jpeg(400, 400)[:-200],
    "only the magic bytes": b"\xff\xd8\xff\xe0" + b"\0" * 100,
    "GIF": b"GIF89a" + b"\0" * 50,
    "broken PNG": png()[:40] + b"\0" * 40,
}


@pytest.mark.parametrize("content", NO_PHOTOS.values(), ids=NO_PHOTOS)
def test_what_is_no_whole_photo_is_refused_and_nothing_is_kept(record, member, content):
    with pytest.raises(DomainError, match="不是完整的照片"):
        attach(record, None, upload(content), "key-0001", by=member)
    assert record.attachments.count() == 0


def test_half_a_photo_is_refused_after_the_printer_allowed_truncated_pictures_for_itself(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(DomainError, match="不是完整的照片"):
        check_picture(jpeg(400, 400)[:-200])


def test_a_photo_over_ten_megabytes_is_refused_before_it_is_read(record, member):
    class Huge(SimpleUploadedFile):
        def read(self, *args):
            raise AssertionError("It was read.")

    huge = Huge("photo.jpg", b"x")
    huge.size = attachments.MAX_BYTES + 1
    with pytest.raises(DomainError, match="超过10MB"):
        attach(record, None, huge, "key-0001", by=member)


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused_before_it_is_decoded(
    record, member, monkeypatch
):
    bomb = png(8192, 6145, stroke=False)
    assert len(bomb) < attachments.MAX_BYTES

    def decode(self):
        raise AssertionError("It was decoded.")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", decode)
    with pytest.raises(DomainError, match="像素过大"):
        attach(record, None, upload(bomb), "key-0001", by=member)


def test_the_same_photo_sent_twice_is_kept_once(record, member):
    first = attach(record, None, upload(jpeg()), "key-0001", by=member)
    again = attach(record, None, upload(jpeg()), "key-0001", by=member)
    assert first == again
    assert record.attachments.count() == 1


def test_a_key_names_one_photo_only(record, member):
    attach(record, None, upload(jpeg()), "key-0001", by=member)
    with pytest.raises(DomainError, match="已用于另一张"):
        attach(record, None, upload(jpeg(colour="blue")), "key-0001", by=member)


@pytest.mark.parametrize("key", ["", "short", "../../etc/passwd", "x" * 41])
def test_a_key_that_no_page_of_ours_made_is_refused(record, member, key):
    with pytest.raises(DomainError, match="没有收到完整"):
        attach(record, None, upload(jpeg()), key, by=member)


def test_a_photo_belongs_to_a_row_of_this_visit_or_to_none(record, member, county, drafter):
    row = record.answers.first().row
    assert attach(record, row, upload(jpeg()), "key-0001", by=member).row == row
    foreign = make_item(county, drafter, name="另一事项").rows.first()
    with pytest.raises(DomainError, match="不在这次检查中"):
        attach(record, foreign, upload(jpeg()), "key-0002", by=member)


def test_a_removed_photo_stays_with_its_bytes_and_says_who_removed_it(record, visit, member):
    colleague = account(visit, 2)
    photo = attach(record, None, upload(jpeg()), "key-0001", by=member, now=ARRIVED)
    removed = detach(photo, by=colleague, now=LEFT)
    assert (removed.removed_by, removed.removed_at) == (colleague, LEFT)
    assert default_storage.exists(removed.file.name)
    assert [entry.event for entry in trail.about(visit)][:2] == ["撤下证据照片", "上传证据照片"]


def test_removing_twice_changes_nothing(record, visit, member):
    photo = attach(record, None, upload(jpeg()), "key-0001", by=member)
    detach(photo, by=member, now=ARRIVED)
    detach(photo, by=account(visit, 2))
    photo.refresh_from_db()
    assert (photo.removed_by, photo.removed_at) == (member, ARRIVED)


def test_after_a_signature_photos_neither_come_nor_go(record, member):
    record = fill(record, by=member)
    photo = attach(record, None, upload(jpeg()), "key-0001", by=member)
    sign_everything(record, by=member)
    with pytest.raises(DomainError, match="已有人在记录上签名"):
        attach(record, None, upload(jpeg(colour="blue")), "key-0002", by=member)
    with pytest.raises(DomainError, match="已有人在记录上签名"):
        detach(photo, by=member)


def test_a_thumbnail_is_small_upright_and_tells_nothing_but_the_picture(record, member):
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6  # lying on its side
    exif[0x010F] = "phone maker"
    Image.new("RGB", (1600, 1200), "red").save(out, "JPEG", exif=exif)
    photo = attach(record, None, upload(out.getvalue()), "key-0001", by=member)
    small = thumbnail(photo, 400)
    assert b"phone maker" not in small
    with Image.open(io.BytesIO(small)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (300, 400))


@pytest.mark.parametrize("mode", ["P", "L", "LA", "RGBA", "CMYK", "I;16"])
def test_a_thumbnail_can_be_made_of_every_kind_of_picture(record, member, mode):
    out = io.BytesIO()
    Image.new(mode, (50, 40)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    photo = attach(record, None, upload(out.getvalue()), "key-0001", by=member)
    with Image.open(io.BytesIO(thumbnail(photo))) as picture:
        assert picture.size == (50, 40)


def test_a_full_disk_is_told_and_leaves_nothing_behind(record, member, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(DomainError, match="没有空间"):
        attach(record, None, upload(jpeg()), "photo-0001", by=member)
    assert not record.attachments.exists()
