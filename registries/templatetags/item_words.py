"""Words of the item list's pages."""

from django import template

register = template.Library()


@register.filter
def of(answers: dict, key):
    """What a dictionary holds for a key that is itself a variable."""
    return answers.get(key, ())
