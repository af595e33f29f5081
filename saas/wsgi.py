"""What the web server serves."""

import sys

from saas.app import create_app
from saas.config import SettingsError, load_settings
from saas.logs import init_logs

# Gunicorn's own code for a worker that cannot boot: the master stops then, instead of trying
# again for ever.
CANNOT_BOOT = 3

try:
    settings = load_settings()
    init_logs(settings.log_format)
    app = create_app(settings)
except SettingsError as refused:
    print(refused, file=sys.stderr)  # noqa: T201  (before there is a log)
    sys.exit(CANNOT_BOOT)
