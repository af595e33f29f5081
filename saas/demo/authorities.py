"""The authorities that subscribe in the demonstration, with the letters of their references."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# By slug. Barnet and Southampton published no mediation, Hackney nothing for 2023: they show what
# the service says when a benchmark is missing.
DEMO_AUTHORITIES: Mapping[str, str] = MappingProxyType(
    {
        "barking-and-dagenham": "BAD",
        "barnet": "BNT",
        "bedford": "BDF",
        "bexley": "BEX",
        "brent": "BRE",
        "bromley": "BRO",
        "camden": "CAM",
        "croydon": "CRO",
        "ealing": "EAL",
        "enfield": "ENF",
        "greenwich": "GRE",
        "hackney": "HAC",
        "hammersmith-and-fulham": "HAF",
        "haringey": "HGY",
        "harrow": "HRW",
        "havering": "HAV",
        "hertfordshire": "HRT",
        "hillingdon": "HIL",
        "hounslow": "HOU",
        "islington": "ISL",
        "kensington-and-chelsea": "KAC",
        "kingston-upon-thames": "KUT",
        "lambeth": "LAM",
        "lewisham": "LEW",
        "luton": "LUT",
        "medway": "MED",
        "merton": "MER",
        "milton-keynes": "MKE",
        "newham": "NEW",
        "peterborough": "PET",
        "reading": "REA",
        "redbridge": "RED",
        "richmond-upon-thames": "RUT",
        "slough": "SLO",
        "southampton": "SOU",
        "southend-on-sea": "SOS",
        "southwark": "SWK",
        "sutton": "SUT",
        "thurrock": "THU",
        "tower-hamlets": "TOW",
        "trafford": "TRA",
        "waltham-forest": "WAF",
        "wandsworth": "WAN",
    }
)
