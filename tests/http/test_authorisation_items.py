"""Events and polls with all that hangs on them, and attributes, against rules_items.py: see test_authorisation.py."""

import pytest

import matrix
import rules_items


@pytest.fixture(scope="module")
def world(daemon):
    world = matrix.World(daemon)
    yield world
    world.close()


@pytest.mark.parametrize(**matrix.rows_of(rules_items.all_rules()))
def test_matrix(world, rule, state):
    assert matrix.judge(world, rule, state) == []
