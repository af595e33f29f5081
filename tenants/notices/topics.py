"""Which events people are told of, in which words. Pure.

A notice says the event and the case's reference. It never says the name of a child, a need, what
anyone chose or how a meeting ended: an e-mail is a postcard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tenants.casework.kinds import FactKind


class Topic(StrEnum):
    """What a person may choose to be told of by e-mail."""

    MEETINGS = "meetings"
    CERTIFICATES = "certificates"
    AGREEMENTS = "agreements"
    DOCUMENTS = "documents"
    PROGRESS = "progress"
    REMINDERS = "reminders"
    # One list in the morning, of those who work on cases for an authority.
    DAILY = "daily"
    # Of those of the provider who handle them.
    COMPLAINTS = "complaints"


TOPIC_WORDS = {
    Topic.MEETINGS: "Meetings: a date is fixed, changed or cancelled",
    Topic.CERTIFICATES: "Certificates: issued or withdrawn",
    Topic.AGREEMENTS: "Agreements and agreed steps",
    Topic.DOCUMENTS: "Documents and summaries",
    Topic.PROGRESS: "Other news of a case",
    Topic.REMINDERS: "Reminders of dates that come near or have passed",
    Topic.DAILY: "At 8 on working days: what is yours to do",
    Topic.COMPLAINTS: "Complaints: one arrived, or must be answered soon",
}
# What a family may choose among.
FAMILY_TOPICS = tuple(topic for topic in Topic if topic not in (Topic.DAILY, Topic.COMPLAINTS))


class Reader(StrEnum):
    """Who is told, as a side."""

    FAMILY = "family"
    AUTHORITY = "authority"
    PROVIDER = "provider"
    # One who has to sign an agreement, for health, a school or otherwise.
    SIGNER = "signer"
    # One who comes to the meeting and is neither of the family nor of the authority: a school.
    PARTICIPANT = "participant"


EVERYONE = frozenset({Reader.FAMILY, Reader.AUTHORITY, Reader.PROVIDER})
STAFF = frozenset({Reader.AUTHORITY, Reader.PROVIDER})
PROVIDER_ALONE = frozenset({Reader.PROVIDER})
FAMILY_ALONE = frozenset({Reader.FAMILY})
SIGNER_ALONE = frozenset({Reader.SIGNER})
PARTICIPANT_ALONE = frozenset({Reader.PARTICIPANT})
# Whoever sits at the table.
ALL_WHO_MEET = EVERYONE | PARTICIPANT_ALONE


@dataclass(frozen=True)
class Event:
    """A kind of notice. `says` follows 'Case TRA-2026-0042: ' and ends a heading."""

    topic: Topic
    says: str
    readers: frozenset[Reader]
    more: str = ""


_ON_THE_CASE_PAGE = "The case page says what it is, and how it is done."
_CHANGE_CALL = "You can move or cancel the call on your page until an hour before it."
_NO_CLOCK = "This service does not stop or lengthen the time to appeal."

# Facts that somebody other than the one who records them should hear of.
OF_FACTS: Mapping[FactKind, Event] = {
    FactKind.CERTIFICATE_ISSUED: Event(Topic.CERTIFICATES, "certificate issued", EVERYONE),
    FactKind.CERTIFICATE_WITHDRAWN: Event(Topic.CERTIFICATES, "certificate withdrawn", EVERYONE),
    FactKind.ADVISER_INFORMED_AUTHORITY: Event(
        Topic.PROGRESS,
        "mediation asked for",
        STAFF,
        "The authority must now take part: see what is to be done, and by when, on the case page.",
    ),
    FactKind.FAMILY_INFORMED_AUTHORITY: Event(Topic.PROGRESS, "mediation asked for", STAFF),
    FactKind.HEALTH_TOLD_AUTHORITY: Event(Topic.PROGRESS, "health is part of it", STAFF),
    FactKind.AUTHORITY_TOLD_ICB: Event(Topic.PROGRESS, "the ICB is told", STAFF),
    FactKind.AUTHORITY_CANNOT_ARRANGE: Event(
        Topic.PROGRESS, "mediation cannot be arranged in time", EVERYONE
    ),
    FactKind.MEDIATOR_APPOINTED: Event(
        Topic.PROGRESS, "the mediator or facilitator is appointed", EVERYONE
    ),
    FactKind.REPRESENTATIVE_NAMED: Event(
        Topic.PROGRESS, "the authority named its representative", PROVIDER_ALONE
    ),
    FactKind.DATES_OFFERED: Event(
        Topic.MEETINGS, "dates offered", EVERYONE, "Please say which of them you can make."
    ),
    FactKind.DATES_ANSWERED: Event(Topic.MEETINGS, "dates answered", PROVIDER_ALONE),
    FactKind.CONSENT_GIVEN: Event(Topic.PROGRESS, "consent given", STAFF, _NO_CLOCK),
    FactKind.CONSENT_REFUSED: Event(Topic.PROGRESS, "consent refused", STAFF, _NO_CLOCK),
    FactKind.MEETING_FIXED: Event(Topic.MEETINGS, "meeting date fixed", ALL_WHO_MEET),
    FactKind.MEETING_CANCELLED: Event(Topic.MEETINGS, "meeting cancelled", ALL_WHO_MEET),
    FactKind.ENDED_EARLY: Event(Topic.PROGRESS, "it ended before a meeting", EVERYONE),
    FactKind.SUMMARIES_EXCHANGED: Event(
        Topic.DOCUMENTS, "both sides' summaries can be read now", EVERYONE
    ),
    FactKind.AGENDA_AGREED: Event(Topic.MEETINGS, "agenda agreed", EVERYONE, _NO_CLOCK),
    FactKind.SUMMARY_SHARED: Event(Topic.DOCUMENTS, "summary shared", EVERYONE),
    FactKind.AGREEMENT_DRAFTED: Event(
        Topic.AGREEMENTS,
        "agreement drafted",
        EVERYONE,
        "Please read it and sign it if it is right.",
    ),
    FactKind.AGREEMENT_SIGNED: Event(Topic.AGREEMENTS, "agreement signed", PROVIDER_ALONE),
    FactKind.AGREEMENT_MADE: Event(Topic.AGREEMENTS, "agreement made", EVERYONE),
    FactKind.COPIES_SENT: Event(Topic.AGREEMENTS, "copies of the agreement sent", EVERYONE),
    FactKind.STEP_DONE: Event(Topic.AGREEMENTS, "an agreed step is recorded as done", EVERYONE),
    FactKind.APPEAL_REGISTERED: Event(Topic.PROGRESS, "appeal recorded", PROVIDER_ALONE),
    FactKind.CLOSED: Event(Topic.PROGRESS, "case closed", STAFF),
}

MEETING_CHANGED = "meeting_changed"
DOCUMENT_SHARED = "document_shared"
DOCUMENT_WITHDRAWN = "document_withdrawn"
DOCUMENT_RECEIVED = "document_received"
DOCUMENT_TAKEN_BACK = "document_taken_back"
SUMMARY_RECEIVED = "summary_received"
SUMMARY_WITHDRAWN = "summary_withdrawn"
PERSONAL_LINK = "personal_link"
SIGNING_LINK = "signing_link"
MESSAGE_BOUNCED = "message_bounced"
STEP_DUE_SOON = "step_due_soon"
STEP_OVERDUE = "step_overdue"
CERTIFICATE_AT_RISK = "certificate_at_risk"
TASK_DUE_SOON = "task_due_soon"
TASK_WAITS = "task_waits"
AGREEMENT_QUESTIONED = "agreement_questioned"
CORRECTION_PROPOSED = "correction_proposed"
CALL_BOOKED = "call_booked"
CALL_MOVED = "call_moved"
CALL_CANCELLED = "call_cancelled"
CALL_SOON = "call_soon"
OWN_CALL_BOOKED = "own_call_booked"
OWN_CALL_MOVED = "own_call_moved"
OWN_CALL_CANCELLED = "own_call_cancelled"
STEP_NOT_DONE = "step_not_done"
FEEDBACK_ASKED = "feedback_asked"

# What has no fact of its own.
OTHERS: Mapping[str, Event] = {
    MEETING_CHANGED: Event(Topic.MEETINGS, "meeting date changed", ALL_WHO_MEET),
    STEP_NOT_DONE: Event(
        Topic.AGREEMENTS,
        "the family says that an agreed step was not done",
        PROVIDER_ALONE,
        "The case page says which, and what they write.",
    ),
    FEEDBACK_ASKED: Event(
        Topic.PROGRESS,
        "how was your meeting?",
        ALL_WHO_MEET - PROVIDER_ALONE,
        "Five short questions at most, and only we read the answers.",
    ),
    DOCUMENT_SHARED: Event(Topic.DOCUMENTS, "document added", EVERYONE),
    # That the other side's summary is there is told to nobody before the exchange.
    SUMMARY_RECEIVED: Event(Topic.DOCUMENTS, "summary received", PROVIDER_ALONE),
    DOCUMENT_WITHDRAWN: Event(Topic.DOCUMENTS, "document withdrawn", EVERYONE),
    # What one of a family gave us in confidence is no business of the others.
    DOCUMENT_RECEIVED: Event(Topic.DOCUMENTS, "document received", PROVIDER_ALONE),
    DOCUMENT_TAKEN_BACK: Event(Topic.DOCUMENTS, "document taken back", PROVIDER_ALONE),
    SUMMARY_WITHDRAWN: Event(Topic.DOCUMENTS, "summary withdrawn", PROVIDER_ALONE),
    PERSONAL_LINK: Event(
        Topic.PROGRESS,
        "your personal link",
        FAMILY_ALONE,
        "It opens your own page: appointments, the last day to appeal, your papers.",
    ),
    SIGNING_LINK: Event(
        Topic.AGREEMENTS,
        "an agreement for you to sign",
        SIGNER_ALONE,
        "It opens this one agreement: its text, who has signed, and the place to sign.",
    ),
    MESSAGE_BOUNCED: Event(
        Topic.PROGRESS,
        "an e-mail came back",
        PROVIDER_ALONE,
        "Somebody was not told what we wrote. Ask for another address, or tell them in another "
        "way.",
    ),
    AGREEMENT_QUESTIONED: Event(
        Topic.AGREEMENTS,
        "somebody who has to sign asks about the agreement",
        PROVIDER_ALONE,
        "The page of the agreement says who, and what they write.",
    ),
    CORRECTION_PROPOSED: Event(
        Topic.PROGRESS,
        "the authority says that something is wrong",
        PROVIDER_ALONE,
        "The case page says what it proposes.",
    ),
    CALL_BOOKED: Event(Topic.MEETINGS, "we will call you", FAMILY_ALONE, _CHANGE_CALL),
    CALL_MOVED: Event(Topic.MEETINGS, "our call has another time", FAMILY_ALONE, _CHANGE_CALL),
    CALL_CANCELLED: Event(
        Topic.MEETINGS,
        "our call is cancelled",
        FAMILY_ALONE,
        "You can choose another time on your page.",
    ),
    CALL_SOON: Event(Topic.REMINDERS, "we will call you soon", FAMILY_ALONE, _CHANGE_CALL),
    # To the adviser whose call it is.
    OWN_CALL_BOOKED: Event(Topic.MEETINGS, "a call is booked with you", PROVIDER_ALONE),
    OWN_CALL_MOVED: Event(Topic.MEETINGS, "your call has another time", PROVIDER_ALONE),
    OWN_CALL_CANCELLED: Event(
        Topic.MEETINGS,
        "your call is cancelled",
        PROVIDER_ALONE,
        "That time is free again for another family.",
    ),
    STEP_DUE_SOON: Event(Topic.REMINDERS, "an agreed step is due soon", STAFF),
    STEP_OVERDUE: Event(Topic.REMINDERS, "an agreed step is overdue", STAFF),
    CERTIFICATE_AT_RISK: Event(Topic.REMINDERS, "a certificate is due", PROVIDER_ALONE),
    TASK_DUE_SOON: Event(
        Topic.REMINDERS, "the authority has something to do soon", STAFF, _ON_THE_CASE_PAGE
    ),
    TASK_WAITS: Event(
        Topic.REMINDERS, "something waits for the authority", STAFF, _ON_THE_CASE_PAGE
    ),
}
EVENTS: Mapping[str, Event] = {**{k.value: e for k, e in OF_FACTS.items()}, **OTHERS}

# Whoever may read a fact or a paper may be told of it, and nobody else.
READERS_OF_AUDIENCE: Mapping[str, frozenset[Reader]] = {
    "provider": PROVIDER_ALONE,
    "authority": STAFF,
    "family": frozenset({Reader.FAMILY, Reader.PROVIDER}),
    "parties": ALL_WHO_MEET | SIGNER_ALONE,
}


LAST_WORDS = {
    Reader.FAMILY: "Open your personal page to read it:",
    Reader.SIGNER: "Read it, and sign it if it is right:",
    Reader.PARTICIPANT: "Your own page says when and where, and asks you afterwards how it was:",
}


def readers(event: str, audience: str) -> frozenset[Reader]:
    """The sides to tell of an event whose record this audience may read."""
    return EVENTS[event].readers & READERS_OF_AUDIENCE[audience]


def heading(event: str, reference: str) -> str:
    """The subject line of the e-mail."""
    return f"Case {reference}: {EVENTS[event].says}"


def paragraphs(event: str, reference: str, *, reader: Reader, when: str = "") -> tuple[str, ...]:
    """What the e-mail says before its link.

    Args:
        when: the meeting or due date in words, where the event has one.
    """
    known = EVENTS[event]
    end = "" if known.says.endswith("?") else "."
    first = f"In case {reference}: {known.says}{f' ({when})' if when else ''}{end}"
    last = LAST_WORDS.get(reader, "Sign in to read it:")
    return tuple(text for text in (first, known.more, last) if text)
