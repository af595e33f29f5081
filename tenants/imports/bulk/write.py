"""Built cases into the database, in one transaction.

The rows go in by COPY into temporary tables and from there by INSERT, because COPY straight into a
table with row-level security is refused. Who listens to facts is not told of each of these: what is
brought in by the thousand was told and billed where it happened.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from tenants.casework import fact_listeners as listeners
from tenants.casework.kept.keeping_tasks import task_columns
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import FactKind
from tenants.casework.models import AgreedStep, CaseFact, CaseNote, CaseParty, Certificate, SenCase
from tenants.casework.row_columns import Actor, case_columns, position_columns
from tenants.certificates.text import certificate_words
from tenants.imports.bulk.acts import IdOf, id_now
from tenants.imports.bulk.build import BuiltCase, House, PaperDraft, issued_to
from tenants.imports.bulk.children import place_children
from tenants.imports.bulk.copying import copy_rows
from tenants.subscribers import reference_numbers as numbers

CASES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class WrittenCase:
    id: uuid.UUID
    reference: str


def write_cases(
    session: ScopedSession,
    built: Sequence[BuiltCase],
    house: House,
    *,
    provider: Provider | None,
    by: Actor,
    ids: IdOf = id_now,
    told: Callable[[int], None] = lambda written: None,
    at_once: int = CASES_AT_ONCE,
) -> list[WrittenCase]:
    """Write cases that `build_cases` made, in their order, in the session's transaction.

    Args:
        provider: who signs the certificates; needed if there are any.
        told: hears how many cases are written so far.
        at_once: how many are written, and counted in the summary, at a time.
    """
    written: list[WrittenCase] = []
    with listeners.batch(session) as written_now:
        for start in range(0, len(built), at_once):
            part, changed = _write(session, built[start : start + at_once], house, provider, ids)
            written_now([*(case.id for case in part), *changed])
            written += part
            told(len(written))
    audit(
        session,
        "cases recorded in bulk",
        id=ids(by.at),
        subject_kind="batch",
        subject_id=ids(by.at),
        at=by.at,
        cases=len(written),
    )
    session.flush()
    return written


def _write(
    session: ScopedSession,
    built: Sequence[BuiltCase],
    house: House,
    provider: Provider | None,
    ids: IdOf,
) -> tuple[list[WrittenCase], list[uuid.UUID]]:
    """The cases written, and those that were there and of whose child something else is known."""
    placed = place_children(session, [made.case for made in built], ids)
    earlier = _cases_of(session, placed.changed)
    references = _references(session, built, house)
    _number_certificates(session, built, references, house, provider)
    cases = [
        {
            **case_columns(
                house.tenant_id, made.id, made.case.referral, reference=reference, child_id=child_id
            ),
            "mediator_id": made.case.mediator_id,
        }
        for made, reference, child_id in zip(built, references, placed.children, strict=True)
    ]
    copy_rows(session, SenCase, cases)
    copy_rows(session, CaseParty, [row for made in built for row in made.parties])
    copy_rows(session, CaseFact, [row for made in built for row in made.facts])
    copy_rows(session, AgreedStep, [row for made in built for row in made.steps])
    copy_rows(session, CaseNote, [row for made in built for row in made.notes])
    copy_rows(session, Certificate, [row for made in built for row in made.certificates])
    copy_rows(
        session,
        CasePosition,
        [
            {
                "tenant_id": house.tenant_id,
                "case_id": made.id,
                **position_columns(made.record),
            }
            for made in built
        ],
    )
    copy_rows(
        session,
        AuthorityTask,
        [row for made in built for row in task_columns(house.tenant_id, made.id, made.record)],
    )
    written = [
        WrittenCase(made.id, reference) for made, reference in zip(built, references, strict=True)
    ]
    return written, earlier


def _cases_of(session: ScopedSession, children: Collection[uuid.UUID]) -> list[uuid.UUID]:
    if not children:
        return []
    return list(
        session.scalars(
            sa.select(SenCase.id).where(
                SenCase.tenant_id == session.tenant,
                SenCase.child_id == sa.any_(sa.literal(sorted(children), sa.ARRAY(sa.Uuid))),
            )
        )
    )


def _references(session: ScopedSession, built: Sequence[BuiltCase], house: House) -> list[str]:
    years = [made.case.referral.opened_on.year for made in built]
    free = _take(session, numbers.CASES, years)
    return [numbers.case_reference(house.prefix, year, next(free[year])) for year in years]


def _take(session: ScopedSession, series: str, years: Sequence[int]) -> dict[int, Iterator[int]]:
    """A number of the series for each of these years, taken a block a year."""
    return {
        year: iter(numbers.take(session, series, year, count))
        for year, count in sorted(Counter(years).items())
    }


def _number_certificates(
    session: ScopedSession,
    built: Sequence[BuiltCase],
    references: Sequence[str],
    house: House,
    provider: Provider | None,
) -> None:
    papers = [
        (paper["issued_at"], place, paper)
        for place, made in enumerate(built)
        for paper in made.certificates
    ]
    if not papers:
        return
    if provider is None:
        raise ValueError("A certificate names its provider: give it")
    papers.sort(key=lambda found: found[:2])
    free = _take(session, numbers.CERTIFICATES, [paper["issued_on"].year for *_, paper in papers])
    for _, place, paper in papers:
        issued_on = paper["issued_on"]
        made = built[place]
        number = numbers.certificate_number(
            house.prefix, issued_on.year, next(free[issued_on.year])
        )
        paper["number"] = number
        paper["content"] = _words(
            made, paper["content"], number, references[place], house, provider
        )
        for row in made.facts:
            withdrawn = row["kind"] == FactKind.CERTIFICATE_WITHDRAWN
            if withdrawn and row["detail"]["certificate_id"] == str(paper["id"]):
                row["detail"]["number"] = number


def _words(
    made: BuiltCase,
    draft: PaperDraft,
    number: str,
    reference: str,
    house: House,
    provider: Provider,
) -> dict[str, object]:
    referral = made.case.referral
    return certificate_words(
        number=number,
        on=draft.act.on,
        issued_to=issued_to(made, draft.act.on),
        child_name=f"{referral.given_name} {referral.family_name}",
        authority_name=house.name,
        decision=draft.decision,
        notice_sent_on=draft.notice_sent,
        issued_by=draft.act.by.name,
        issued_by_role=draft.act.role,
        case_reference=reference,
        established_on=draft.ground,
        provider=provider,
        beside_appeal_only=draft.beside_appeal_only,
    )
