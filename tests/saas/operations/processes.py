"""The service's commands and servers as processes of their own, on a test's database."""

from __future__ import annotations

import os
import subprocess
import sys

from saas.config import ROOT, Settings

FLASK = (sys.executable, "-m", "flask", "--app", "saas.app")


def environment_of(settings: Settings, **more: str) -> dict[str, str]:
    """What a process needs to be of the same deployment as the settings."""
    given = {
        "FLASK_SKIP_DOTENV": "1",
        "ENVIRONMENT": settings.environment,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATABASE_ROLE_PREFIX": settings.database_role_prefix,
        "BACKUP_DATABASE_URL": settings.backup_database_url.get_secret_value(),
        "BACKUP_AGE_RECIPIENT": settings.backup_age_recipient,
        "VAR_DIR": str(settings.var_dir),
        "PROVIDER_EMAIL": "mediation@provider.example",
        **more,
    }
    return {**os.environ, **{name: value for name, value in given.items() if value}}


def flask(
    settings: Settings, *arguments: str, expect: int = 0, said: str = "", **more: str
) -> tuple[str, str]:
    """Run a command; what it printed and what it complained of."""
    done = subprocess.run(
        [*FLASK, *arguments],
        cwd=ROOT,
        env=environment_of(settings, **more),
        input=said,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout, done.stderr
