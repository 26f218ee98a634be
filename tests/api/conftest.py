"""What the API's tests share: one desk for a file (each test is rolled back), and programs of its people."""

import pytest

from tests.support.api import Program, program_of
from tests.support.desk import SmallDesk, small_desk
from tests.support.held import held

desk = held(small_desk)


@pytest.fixture
def agent(desk: SmallDesk, db: None) -> Program:
    """Works on tickets at tier 1."""
    return program_of(desk.agents[1])


@pytest.fixture
def requester(desk: SmallDesk, db: None) -> Program:
    """Asks for help."""
    return program_of(desk.requester)
