"""The recipe 'Add a feature' of CONTRIBUTING.md, followed in a scratch copy of the code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from saas.config import ROOT

COPIED = ("saas", "tenants", "billing", "templates", "migrations", "docs", "pyproject.toml")
RECIPE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Add a feature")[1]
RECIPE = RECIPE.split("\n## ")[0]

MODELS = '''"""The table of hats."""

from __future__ import annotations

import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import READ, WRITE, Base, TenantRow, Wall
from saas.database.scope import LoginRole


class Hat(TenantRow, Base):
    """A hat that somebody left after a meeting."""

    __tablename__ = "hat"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
    )
    wall: ClassVar[Wall] = Wall(
        grants={LoginRole.PROVIDER: WRITE, LoginRole.PROVIDER_READER: READ}
    )

    case_id: Mapped[uuid.UUID]
    colour: Mapped[str]
'''
DOOR = '''"""The provider looks at lost hats."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.frame import Door

pages = DoorPages("provider_hats", __name__, door=Door.PROVIDER, url_prefix="/provider")


@pages.page("/hats", permission=Permission.SEE_CASES)
def hats(_session: ScopedSession) -> ResponseReturnValue:
    return render_template("tenants/hats/hats.html")
'''


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text, f"{path.name} has no {before!r}"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "ENVIRONMENT": "development", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "data")
            shutil.copytree(source, tmp_path / name, ignore=ignored)
        else:
            shutil.copy(source, tmp_path / name)
    return tmp_path


def test_a_feature_is_added_as_the_recipe_says(copy: Path) -> None:
    # 1. Its floor.
    edit(
        copy / "pyproject.toml",
        '    "panel",\n    "agreements"',
        '    "panel",\n    "hats",\n    "agreements"',
    )
    # 2. The folder and its rooms. 6. Its template.
    room = copy / "tenants/hats"
    room.mkdir()
    (room / "__init__.py").write_text('"""Hats that were left after meetings."""\n')
    (room / "models.py").write_text(MODELS)
    (room / "provider.py").write_text(DOOR)
    (copy / "templates/tenants/hats").mkdir()
    (copy / "templates/tenants/hats/hats.html").write_text('{% extends "saas/base.html" %}\n')
    # 3. Its door's pages.
    views = copy / "saas/views.py"
    edit(
        views,
        "from tenants.mediation import authority",
        "from tenants.hats import provider as provider_hats\n"
        "from tenants.mediation import authority",
    )
    edit(
        views,
        "    provider_panel.pages,\n",
        "    provider_panel.pages,\n    provider_hats.pages,\n",
    )
    # 4. Its table.
    tables = copy / "saas/tables.py"
    edit(
        tables,
        "from tenants.mediation import models",
        "from tenants.hats import models as _hats\nfrom tenants.mediation import models",
    )
    edit(tables, "    _mediation,\n", "    _hats,\n    _mediation,\n")

    bin_folder = Path(sys.executable).parent
    run(copy, str(bin_folder / "lint-imports"), "--no-cache")
    flask = (sys.executable, "-m", "flask", "--app", "saas.app")
    assert "/provider/hats" in run(copy, *flask, "routes")
    walls = run(copy, *flask, "database", "walls", "hat")
    assert "ALTER TABLE hat FORCE ROW LEVEL SECURITY" in walls
    made = run(copy, *flask, "database", "new-migration", "add_hats")
    path = re.search(r"migrations/versions/\d{4}_add_hats\.py", made)
    assert path and (copy / path[0]).is_file()


@pytest.mark.parametrize(
    "step",
    [
        "pyproject.toml",
        "saas/views.py",
        "saas/tables.py",
        "saas/listeners.py",
        "docs/architecture.md",
    ],
)
def test_what_the_recipe_names_is_there(step: str) -> None:
    assert f"`{step}`" in RECIPE
    assert (ROOT / step).is_file()
