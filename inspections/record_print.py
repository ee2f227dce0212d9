"""What the printed 现场检查记录 shows, with its pictures as bytes."""

import base64

from inspections import record_sheet
from inspections.attachments import thumbnail
from inspections.models import InspectionRecord, SignerRole
from inspections.records import team


def context(record: InspectionRecord, *, closed_by, closed_at) -> tuple[dict, dict[str, bytes]]:
    """(template context, pictures by the name under which the template asks for them)."""
    visit = record.visit
    photos = record_sheet.kept_photos(record)
    signatures = list(record.signatures.select_related("inspector"))
    values = {
        "record": record,
        "visit": visit,
        "errand": visit.errand,
        "facility": visit.facility,
        "team": [record_sheet.person(one) for one in team(visit)],
        "items": visit.errand.items.select_related("item"),
        "sections": record_sheet.sections(record),
        "rows": record_sheet.rows(record),
        "photos": photos,
        "facility_signature": next((one for one in signatures if one.role == SignerRole.FACILITY), None),
        "witness_signature": next((one for one in signatures if one.role == SignerRole.WITNESS), None),
        "inspector_signatures": [one for one in signatures if one.role == SignerRole.INSPECTOR],
        "closed_by": closed_by,
        "closed_at": closed_at,
    }
    pictures = {f"photo-{photo.pk}": thumbnail(photo) for photo in photos}
    pictures |= {f"signature-{one.pk}": base64.b64decode(one.image) for one in signatures}
    return values, pictures
