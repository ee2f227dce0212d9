"""Words and masks of the registry pages."""

from django import template
from django.utils import timezone

from registries import certificates, timeline
from registries.identifiers import mask_id_number, mask_phone

register = template.Library()


@register.inclusion_tag("registries/_certificate_standing.html")
def validity_badge(valid_until, name=""):
    """Nothing for a certificate that holds longer than the sixty days before its end."""
    standing = certificates.validity(valid_until, on=timezone.localdate())
    return {"name": name, "standing": standing}


@register.filter
def masked_phone(phone: str) -> str:
    return mask_phone(phone or "")


@register.filter
def masked_id_number(number: str) -> str:
    return mask_id_number(number or "")


@register.filter
def percent(ten_thousandths: int) -> str:
    return f"{ten_thousandths / 100:g}%"


@register.filter
def trail_words(entry) -> str:
    return timeline.in_words(entry)
