"""Looking after the service: backups, metrics, the state of its parts, the day it is down."""
