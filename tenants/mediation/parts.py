"""What a member of the panel is appointed as. Pure."""

from __future__ import annotations

from tenants.casework.kinds import Service
from tenants.panel.members import Part


def part_of(service: Service) -> Part:
    """What somebody is appointed as in a case of this kind."""
    return Part.FACILITATOR if service is Service.FACILITATION else Part.MEDIATOR
