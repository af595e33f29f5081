"""What an agreement says: built once when it is sent to be signed, hashed, and then only read.

Pure: no database, no today.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from saas.documents.agreement import AgreementContent, PrintedSignature, PrintedStep
from saas.documents.content import Provider
from saas.reference.calendar_words import long_date
from saas.reference.written import within_sentence
from tenants.agreements.models import Way
from tenants.casework.kinds import SERVICE_WORDS, SIDE_WORDS, Service, Side
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import ALTERNATIVES, NewStep, bound_by_law
from tenants.law.clocks import CLOCK_LAW

OWN_DATE = (
    "The Regulations give a time to the authority and the ICB alone: give each step of the family,"
    " the school or somebody else the date that was agreed"
)
WAY_WORDS = {
    Way.SIGN_IN: "On our website, signed in",
    Way.PERSONAL_LINK: "On our website, by a personal link",
    Way.PAPER: "On paper",
}


@dataclass(frozen=True)
class Signer:
    """One who has to sign. `key` is the word of the side; for the family, with the person's id."""

    key: str
    side: Side
    name: str
    role: str


@dataclass(frozen=True)
class DraftStep:
    """A step as it is written, before any day is known from which its time runs."""

    kind: str
    wording: str
    responsible: Side
    who: str
    agreed_due_on: dt.date | None

    def as_new_step(self, *, statutory: bool) -> NewStep:
        return NewStep(
            kind=self.kind,
            wording=self.wording,
            responsible=self.responsible,
            who=self.who,
            due_on=self.agreed_due_on,
            statutory=statutory,
        )


def times_of(kind: str, on: dt.date) -> list[str]:
    """The times that the Regulations give a kind of step, in words, as they stood on a day.

    Source: SEND Regs 2014 regs 42 and 44, from the clocks' own rules.
    """
    words: list[str] = []
    for versions in CLOCK_LAW.versions.values():
        for rule in versions:
            if rule.step != kind or not rule.in_force(on):
                continue
            count = rule.counts[0]
            unit = count.unit if count.length != 1 else count.unit.removesuffix("s")
            when = f"within {count.length} {unit} of" if count.length else "at once, on"
            said = f"{rule.name}: {when} the date of this agreement"
            ways = ALTERNATIVES.get((kind, rule.part))
            if ways is not None and words and rule.part == ways[0]:
                # One of the two done ends both.
                said = f"{words.pop()}; or {within_sentence(said)}"
            words.append(said)
    return words


def by_when(step: DraftStep, *, statutory: bool, on: dt.date) -> tuple[str, ...]:
    """By when a step is to be done, in words that need no table of the law beside them."""
    if step.agreed_due_on is None:
        return tuple(times_of(step.kind, on))
    agreed = f"By {long_date(step.agreed_due_on)}"
    if not (statutory and bound_by_law(step.responsible)):
        return (agreed,)
    # Reg 42(5): the parties may agree another period, if the agreement says so.
    return (f"{agreed}, as we agree here in place of the time in the Regulations (reg 42(5))",)


def build_text(
    *,
    reference: str,
    version: int,
    service: Service,
    child_name: str,
    authority_name: str,
    decision: str,
    held_on: dt.date,
    agreed_on: dt.date | None,
    wording: str,
    steps: Sequence[DraftStep],
    signers: Sequence[Signer],
    sent_on: dt.date,
    provider: Provider,
    parties: tuple[Side, Side] = (Side.FAMILY, Side.AUTHORITY),
) -> dict[str, Any]:
    """The text to be signed, whole.

    Args:
        parties: who met, and so has to sign.
        agreed_on: the day that counts as that of the agreement; None for that of the last
            signature.

    Raises:
        RuleBroken: nothing is agreed in it, nobody has to sign it, or a step has no time.
    """
    if not steps and not wording.strip():
        raise RuleBroken("wording", "Write what was agreed, or add a step")
    sides = {signer.side for signer in signers}
    if not sides.issuperset(parties):
        other = "ICB" if Side.HEALTH in parties else "authority"
        raise RuleBroken("signers", f"The family and the {other} both have to sign")
    statutory = service is Service.MEDIATION
    for step in steps:
        if statutory and not bound_by_law(step.responsible) and step.agreed_due_on is None:
            raise RuleBroken("steps", OWN_DATE)
        step.as_new_step(statutory=statutory).due_dates(agreed_on or sent_on)
        first = agreed_on or held_on
        if step.agreed_due_on and step.agreed_due_on < first:
            raise RuleBroken("steps", "A step is due before the day on which it was agreed")
    return {
        "reference": reference,
        "version": version,
        "service": service.value,
        "child_name": child_name,
        "authority_name": authority_name,
        "decision": decision,
        "held_on": held_on.isoformat(),
        "agreed_on": agreed_on.isoformat() if agreed_on else None,
        "wording": wording.strip(),
        "steps": [
            {
                "kind": step.kind,
                "wording": step.wording,
                "responsible": step.responsible.value,
                "who": step.who,
                "agreed_due_on": step.agreed_due_on.isoformat() if step.agreed_due_on else None,
                "by_when": list(by_when(step, statutory=statutory, on=sent_on)),
            }
            for step in steps
        ],
        "signers": [asdict(signer) | {"side": signer.side.value} for signer in signers],
        "sent_on": sent_on.isoformat(),
        "provider": provider.as_content(),
    }


def hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the text: the same words in the same places give the same hash."""
    written = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


def signers_of(content: Mapping[str, Any]) -> list[Signer]:
    return [
        Signer(one["key"], Side(one["side"]), one["name"], one["role"])
        for one in content["signers"]
    ]


def steps_of(content: Mapping[str, Any]) -> list[DraftStep]:
    return [
        DraftStep(
            kind=one["kind"],
            wording=one["wording"],
            responsible=Side(one["responsible"]),
            who=one["who"],
            agreed_due_on=_day(one["agreed_due_on"]),
        )
        for one in content["steps"]
    ]


def who_does(step: Mapping[str, Any], authority_name: str) -> str:
    """The side that does a step, and who of it."""
    side = Side(step["responsible"])
    name = authority_name if side is Side.AUTHORITY else SIDE_WORDS[side]
    return f"{name}: {step['who']}" if step["who"] else name


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def as_paper(
    content: Mapping[str, Any],
    *,
    text_hash: str,
    signatures: Iterable[Any],
    agreed_on: dt.date | None,
    called_back: bool,
) -> AgreementContent:
    """The paper of a text that was sent to be signed, with the signatures on it so far.

    Args:
        signatures: rows with signer, typed_name, signed_at, signed_on and way.
        agreed_on: the day of the agreement, once everyone signed.

    Raises:
        ContentRefused: the paper lacks something.
    """
    there = {one.signer: one for one in signatures}
    printed = []
    for signer in signers_of(content):
        one = there.get(signer.key)
        printed.append(
            PrintedSignature(name=signer.name, role=signer.role)
            if one is None
            else PrintedSignature(
                name=signer.name,
                role=signer.role,
                typed_name=one.typed_name,
                # What was signed on paper has a day alone.
                signed_at=None if one.way == Way.PAPER else one.signed_at,
                signed_on=one.signed_on,
                how=WAY_WORDS[Way(one.way)],
            )
        )
    service = Service(content["service"])
    provider = content["provider"]
    return AgreementContent(
        case_reference=content["reference"],
        version=content["version"],
        service=SERVICE_WORDS[service],
        child_name=content["child_name"],
        authority_name=content["authority_name"],
        decision=content["decision"],
        held_on=dt.date.fromisoformat(content["held_on"]),
        wording=content["wording"],
        steps=tuple(
            PrintedStep(
                wording=step["wording"],
                who=who_does(step, content["authority_name"]),
                by_when=tuple(step["by_when"]),
            )
            for step in content["steps"]
        ),
        signatures=tuple(printed),
        sent_on=dt.date.fromisoformat(content["sent_on"]),
        text_hash=text_hash,
        provider=Provider(**{**provider, "address": tuple(provider["address"])}),
        statutory=service is Service.MEDIATION,
        agreed_on=agreed_on,
        called_back=called_back,
    )
