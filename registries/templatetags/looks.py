"""Template tags of the interface; a template builtin, so that no template has to load it."""

from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html

from registries.access import ROLES

register = template.Library()

SPRITE = "vendor/bootstrap-icons-1.13.2/sprite.svg"


@register.simple_tag
def icon(name: str, label: str = ""):
    """An icon of the sprite. Decoration without `label`; with it, a picture that is read out."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            label,
            static(SPRITE),
            name,
        )
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static(SPRITE), name
    )


@register.filter
def grouped(digest, size: int = 4) -> str:
    """Hexadecimal text in groups of four characters, as one reads a digest aloud."""
    text = str(digest or "")
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


@register.filter
def elided(page):
    """Page numbers around the current one, with a mark where some are left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.filter
def role_titles(user) -> str:
    return "、".join(ROLES[role].title for role in user.roles)


@register.simple_tag(takes_context=True)
def public_entry(context, name: str, title: str):
    """An entry of the public navigation, marked on its own page and on those below it."""
    here = context["request"].path.startswith(reverse(name))
    current = format_html(' aria-current="{}"', "page") if here else ""
    return format_html('<li><a href="{}"{}>{}</a></li>', public_url(context, name), current, title)


@register.simple_tag(takes_context=True)
def public_url(context, name: str, *args, **kwargs) -> str:
    """Address of a public page that keeps the reader's large type (?large=1)."""
    address = reverse(name, args=args, kwargs=kwargs)
    if context["request"].GET.get("large") == "1":
        address = f"{address}?{urlencode({'large': 1})}"
    return address
