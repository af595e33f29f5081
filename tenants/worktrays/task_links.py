"""Where each task is done."""

from __future__ import annotations

from flask import url_for

from saas.identity.permissions import Permission
from saas.web.access import the_person
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.worktrays.task_queries import TaskRow

DONE_AT = {
    TaskKind.CONSENT: "authority_cases.consent",
    TaskKind.TELL_ICB: "authority_cases.told_icb",
    TaskKind.OFFER_DATES: "authority_mediation.offer",
    TaskKind.ANSWER_DATES: "authority_mediation.answer",
    TaskKind.NAME_REPRESENTATIVE: "authority_mediation.name_them",
    TaskKind.UPLOAD_SUMMARY: "authority_cases.document_upload",
    TaskKind.SIGN: "authority_cases.agreement",
    TaskKind.DO_STEP: "authority_cases.step_done",
}


def task_href(task: TaskRow) -> str:
    """The page of the act; none for who reads only."""
    if not the_person().may(Permission.ACT_ON_OWN_CASES):
        return ""
    # Flask leaves out of an address what is None.
    return url_for(DONE_AT[task.kind], case_id=task.case_id, step_id=task.step_id)
