"""What the web server serves."""

import sys

from saas.app import create_app
from saas.config import SettingsError

try:
    app = create_app()
except SettingsError as refused:
    sys.exit(str(refused))
