"""What rooms above know of the registries' rows, asked without importing them.

`settings.CALLOUTS` names the functions of each question; imports still run one way (docs/adr/0014). The questions:

- `facility_events(facility, user)`: timeline.Event of inspections, findings, follow-ups and publications of one
  facility, as far as the user may see them.
- `bars_to_leaving(facility)`: sentences on what its bureau has to finish before it is merged or moved.
- `bars_to_changing_tag(tag)`: sentences on what keeps a tag from being renamed, merged or deleted.
- `unreachable_facilities(bureau)`: primary keys of facilities below the bureau that could not be reached at the last visit.
- `regrade_effects(bureau, grades)`: regrading.PlanEffects of new grades (by facility primary key) on this year's plan.
- `inspector_load(inspectors, year)`: visits of the year by inspector primary key.
"""

from collections.abc import Iterator

from django.conf import settings
from django.utils.module_loading import import_string


def answers(question: str, *args) -> Iterator:
    """The answer of each function that is named for the question; KeyError for a question that nobody declared."""
    for dotted in settings.CALLOUTS[question]:
        yield import_string(dotted)(*args)
