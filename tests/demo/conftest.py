"""The city with and without irregularities, made once."""

import pytest

from perfanalysis.demo import make_city, planted


@pytest.fixture(scope="session")
def city():
    return make_city()


@pytest.fixture(scope="session")
def plain_city():
    return make_city(irregularities=False)


@pytest.fixture(scope="session")
def irregular():
    return planted()
