"""Words and masks of the registry pages."""

from django import template

from registries import timeline
from registries.identifiers import mask_id_number, mask_phone

register = template.Library()


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
