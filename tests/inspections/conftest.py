"""A task and its draw at each step, for the rooms that test draws."""

import pytest

from tests.factories.draws import drawable_task, held_draw, sealed_draw, witnessed_draw


@pytest.fixture
def task(county, drafter):
    return drawable_task(county, by=drafter)


@pytest.fixture
def sealed(task, drafter):
    return sealed_draw(task, by=drafter)


@pytest.fixture
def witnessed(task, drafter, witness):
    return witnessed_draw(task, by=drafter, witness=witness)


@pytest.fixture
def held(task, drafter, witness):
    return held_draw(task, by=drafter, witness=witness)
