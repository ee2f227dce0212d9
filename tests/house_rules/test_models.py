"""Rules that hold for every model."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from inspections import states

OURS = [
    model
    for app in ("registries", "inspections", "publication")
    for model in apps.get_app_config(app).get_models()
]


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_who_and_when_travel_together(model):
    """Every `<verb>_at` beside a `<verb>_by` is held to it by a constraint, or is never empty."""
    names = {field.name for field in model._meta.get_fields()}
    constrained = {constraint.name for constraint in model._meta.constraints}
    loose = []
    for name in names:
        verb = name.removesuffix("_at")
        if not name.endswith("_at") or f"{verb}_by" not in names:
            continue
        optional = model._meta.get_field(name).null
        if optional and not any(known.endswith(f"{verb}_at_with_by") for known in constrained):
            loose.append(name)
    assert loose == []


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_every_field_has_a_chinese_name(model):
    unnamed = [
        field.name
        for field in model._meta.concrete_fields
        if field.editable
        and not field.primary_key
        and isinstance(field, models.Field)
        and str(field.verbose_name).isascii()
        and field.name not in {"sha256", "password", "last_login"}
    ]
    assert unnamed == []


@pytest.mark.parametrize("enumeration", states.ALLOWED, ids=lambda kind: kind.__name__)
def test_every_state_has_a_label_and_a_row_in_the_table_of_moves(enumeration):
    moves = states.ALLOWED[enumeration]
    assert set(moves) == set(enumeration)
    for state in enumeration:
        assert not state.label.isascii()
        assert all(type(following) is enumeration for following in moves[state])
