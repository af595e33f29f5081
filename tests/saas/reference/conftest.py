"""The shipped files with a postcode list that loads at once, and a session to ask with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from saas.config import Settings
from saas.database import connections
from saas.reference import shipped
from saas.reference.load import load_reference
from saas.reference.progress import silent

FEW_POSTCODES = """\
pcds,lad25cd,in_codepoint_open
M33 2AA,E08000009,1
M33 2AB,E08000009,0
SG1 1AA,E07000243,1
LL14 5AA,E06000051,1
CA1 1AA,E06000063,1
"""


@pytest.fixture
def owner_connection(fresh_settings: Settings) -> Iterator[psycopg.Connection]:
    """The owner of a database of the test's own, without any reference data yet."""
    with connections.owner_connection(fresh_settings) as connection:
        connection.execute(
            "TRUNCATE education_authority, former_gss_code, district, postcode, "
            "dfe_sen2_figure, dfe_appeal_rate, reference_load CASCADE"
        )
        connection.commit()
        yield connection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped files, to be edited; with five postcodes instead of two million."""
    copy = tmp_path / "reference"
    copy.mkdir()
    for file in shipped.FOLDER.glob("*.csv"):
        shutil.copy(file, copy)
    (copy / shipped.POSTCODES).write_text(FEW_POSTCODES)
    return copy


@pytest.fixture
def loaded(owner_connection: psycopg.Connection, folder: Path) -> psycopg.Connection:
    """A database with the shipped data and the five postcodes."""
    load_reference(owner_connection, silent, folder)
    return owner_connection


@pytest.fixture
def session(owner_connection: psycopg.Connection) -> Iterator[Session]:
    """Reads what the loaders committed, over the same connection."""
    engine = sa.create_engine(
        "postgresql+psycopg://", creator=lambda: owner_connection, poolclass=StaticPool
    )
    with Session(engine) as opened:
        yield opened
