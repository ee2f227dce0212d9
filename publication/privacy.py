"""Personal data in a notice that is about to become public: where registries.privacy looks, field by field. Pure."""

from collections.abc import Iterable, Mapping

from registries.privacy import names_in, numbers_in

# Codes and numbers of the facility, the plan and the draw are public by their nature and look like anything.
PUBLIC_CODES = frozenset(
    {
        "insurance_code",
        "social_credit_code",
        "plan_number",
        "task_number",
        "document_number",
        "draw_number",
        "code",
    }
)
FREE_TEXT = frozenset({"summary", "correction_reason"})


def personal_data_problems(
    content: Mapping, labels: Mapping[str, str], *, names: Iterable[str] = ()
) -> list[str]:
    """What was found and where, one sentence each. `labels` names the fields of `content` for the reader.

    `names` are looked for in free text only.
    """
    problems = []
    for field, text in _texts(content):
        if field in PUBLIC_CODES:
            continue
        found = numbers_in(text)
        if field in FREE_TEXT:
            found += names_in(text, names, facility_name=content["facility"]["name"])
        problems += [f"“{labels.get(field, field)}”中有{one}" for one in found]
    return problems


def _texts(value, field: str = "") -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, field)
    elif isinstance(value, str):
        yield field, value
