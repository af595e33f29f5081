"""Where most people have their e-mail, and what is likely a slip in writing one of these. Pure."""

from __future__ import annotations

COMMON = (
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "outlook.com"),
    *("live.co.uk", "yahoo.com", "yahoo.co.uk", "icloud.com", "btinternet.com"),
    *("virginmedia.com", "talktalk.net", "ntlworld.com", "protonmail.com", "blueyonder.co.uk"),
)
# Real, though one letter from those above.
ALSO_REAL = frozenset(
    {"ymail.com", "mail.com", "email.com", "live.com", "hotmail.ca", "yahoo.co", "gmx.com"}
)


def likely_meant(email: str) -> str:
    """The address that was likely meant; '' where nothing looks like a slip."""
    name, at, domain = email.strip().lower().rpartition("@")
    if not at or domain in COMMON or domain in ALSO_REAL:
        return ""
    meant = next((known for known in COMMON if _one_slip_apart(domain, known)), "")
    return f"{name}@{meant}" if meant else ""


def _one_slip_apart(written: str, meant: str) -> bool:
    """Whether one letter too many, too few, wrong, or two that changed places, tell them apart."""
    first = next(
        (n for n, pair in enumerate(zip(written, meant, strict=False)) if pair[0] != pair[1]),
        min(len(written), len(meant)),
    )
    rest, wanted = written[first:], meant[first:]
    return rest != wanted and (
        rest[1:] == wanted
        or rest == wanted[1:]
        or rest[1:] == wanted[1:]
        or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:])
    )
