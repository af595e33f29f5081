"""The pages of every feature, in the order in which they are put into the service."""

from __future__ import annotations

from saas.web.access import DoorPages
from tenants.front_door import public as front_door

VIEWS: tuple[DoorPages, ...] = (front_door.pages,)
