"""What invented people write: notes, steps and reasons, without a name in them."""

from __future__ import annotations

from collections.abc import Mapping

from tenants.casework.kinds import EarlyEnd, Side
from tenants.facilitation.models import MeetingType

PROVIDER_NOTES = (
    "Prefers calls after the school run, and a text before we ring.",
    "Anxious about meeting the authority; explained that the mediator keeps the meeting calm.",
    "Would like a break halfway through the meeting.",
    "Asked whether a friend may come; explained that a supporter is welcome.",
    "Uses a screen reader: send documents as Word files.",
    "Needs an interpreter for the meeting; booking asked for.",
    "Left a message; will try again tomorrow morning.",
    "Explained the difference between the certificate and the appeal itself.",
    "Has read the reports and is unsure which one the panel saw.",
    "Signposted to SENDIASS for help with gathering evidence.",
    "Concerned that attendance has dropped since September.",
    "Wants to hear first whether the authority will look at the new report.",
)
SHARED_NOTES = (
    "Both sides will send their papers five working days before the meeting.",
    "The meeting will be by video; the link goes out the day before.",
    "The school will join for the first half hour.",
    "Venue: a room at the library, step-free, tea and coffee provided.",
    "The authority asked for the educational psychologist's report; the family has sent it.",
    "The family would like the speech therapist to attend.",
    "The young person will send their views in writing.",
)
# Kind of step, the words of it, and who does it.
Step = tuple[str, str, Side]
STEPS: Mapping[str, tuple[tuple[Step, ...], ...]] = {
    "RTA": (
        (("assess", "The authority will carry out the assessment", Side.AUTHORITY),),
        (
            ("assess", "The authority will assess, starting from the new report", Side.AUTHORITY),
            ("other", "The school will share its last three reviews", Side.SCHOOL),
        ),
        (("reconsider", "The panel will look at the new evidence", Side.AUTHORITY),),
    ),
    "RTI": (
        (("issue_plan", "The authority will make a plan", Side.AUTHORITY),),
        (("reconsider", "The panel will look at the advice again", Side.AUTHORITY),),
    ),
    "CONTENT": (
        (("amend_contents", "Section F will name the hours of therapy", Side.AUTHORITY),),
        (
            ("amend_contents", "Sections B and F will follow the new report", Side.AUTHORITY),
            ("other", "The family will send the therapist's report", Side.FAMILY),
        ),
    ),
    "PLACEMENT": (
        (("school_only", "Section I will name the school agreed", Side.AUTHORITY),),
        (("other", "The authority will consult two more schools", Side.AUTHORITY),),
    ),
    "RTRA": ((("assess", "The authority will re-assess", Side.AUTHORITY),),),
    "RTAM": (
        (("amend_contents", "The plan will be amended after the review", Side.AUTHORITY),),
        (("other", "An early review will be held", Side.SCHOOL),),
    ),
    "CEASE": (
        (("continue", "The authority will go on maintaining the plan", Side.AUTHORITY),),
        (("continue_and_amend", "The plan goes on, amended for college", Side.AUTHORITY),),
    ),
}
# What was told of a case that ended before its meeting, and by whom.
EARLY_ENDS: Mapping[EarlyEnd, tuple[tuple[str, Side], ...]] = {
    EarlyEnd.CONCEDED: (
        ("The authority will carry out the assessment after all.", Side.AUTHORITY),
        ("The panel saw the new report and changed its decision.", Side.AUTHORITY),
    ),
    EarlyEnd.WITHDRAWN: (
        ("The family settled it with the school.", Side.FAMILY),
        ("The family does not want a meeting now.", Side.FAMILY),
    ),
    EarlyEnd.SUPERSEDED: (("A new decision was sent after the review.", Side.AUTHORITY),),
    EarlyEnd.MOVED: (("The family has moved away.", Side.FAMILY),),
}
MOVED_TO = ("Kent County Council", "Leeds City Council", "Cardiff Council")
FACILITATED = (
    "annual review",
    "team around the child meeting",
    "discussion of the draft plan",
    "discussion of the plan",
    "discussion of the individual education plan",
)
WITHDRAWAL_REASONS = (
    "The date of the notice was mistyped; a corrected certificate replaces it.",
    "The name of the authority's decision was wrong; a corrected certificate replaces it.",
)
PERMISSION_WAYS = ("by telephone", "in writing", "by e-mail", "on the referral form")
ADJUSTMENTS = (
    "Large print",
    "Breaks every twenty minutes",
    "Step-free venue",
    "Written summary after each call",
    "Hearing loop",
)
LANGUAGES = ("Bengali", "Polish", "Somali", "Urdu", "Turkish", "Arabic", "BSL", "Portuguese")
WAYS_TO_REACH = ("telephone", "e-mail", "text message", "video call")
PURPOSES: Mapping[MeetingType, str] = {
    MeetingType.ANNUAL_REVIEW: "To review the plan together after a hard year at school",
    MeetingType.TEAM_AROUND_THE_CHILD: "To agree who does what while attendance is low",
    MeetingType.DRAFT_PLAN: "To go through the draft plan before comments are due",
    MeetingType.EHC_PLAN: "To talk about how the plan is carried out in lessons",
    MeetingType.IEP: "To set targets for the term that everybody can work with",
}
_AGENDA = "1. What has gone well\n2. {}\n3. What each of us can do\n4. What we agree, and by when"
AGENDAS: Mapping[MeetingType, str] = {
    MeetingType.ANNUAL_REVIEW: _AGENDA.format("Outcomes of the plan: which are met"),
    MeetingType.TEAM_AROUND_THE_CHILD: _AGENDA.format("Mornings: what makes them hard"),
    MeetingType.DRAFT_PLAN: _AGENDA.format("Sections B and F of the draft"),
    MeetingType.EHC_PLAN: _AGENDA.format("Hours of therapy: planned and given"),
    MeetingType.IEP: _AGENDA.format("Targets of last term"),
}
# What is taken on, by whom, and in how many days.
POINTS: tuple[tuple[str, str, Side, int], ...] = (
    ("Send everybody the attendance record of this term", "The SENCO", Side.SCHOOL, 7),
    ("Ask the therapist for two dates for a visit", "The SEN officer", Side.AUTHORITY, 10),
    ("Write down what a good morning looks like", "The family", Side.FAMILY, 14),
    ("Try a quiet start of the day for half a term", "The class teacher", Side.SCHOOL, 35),
    ("Share the psychologist's advice", "The SEN officer", Side.AUTHORITY, 14),
)
SUMMARY = (
    "Everybody was heard. The sides see the last year differently and agree on what matters now:"
    " a calm start of the day, and therapy that takes place as written. The action points say who"
    " does what. All meet again after half a term."
)
BROUGHT: Mapping[Side, tuple[str, ...]] = {
    Side.FAMILY: ("Supporter from SENDIASS", "Grandparent", "Friend of the family"),
    Side.AUTHORITY: ("Educational psychologist", "Commissioning officer"),
    Side.SCHOOL: ("SENCO", "Head of year"),
}
# What a manager makes of a quarter, in words that fit any figures.
COMMENTARIES = (
    "More families asked about mediation than in the quarter before, most of them after a refusal"
    " to assess. We are grateful that the team's representatives came prepared.\n\nWhere a meeting"
    " was late, a date that suited everybody was hard to find near the end of term. We suggest to"
    " hold two half days a month free for meetings.",
    "The work was steady this quarter. Families tell us that being heard matters to them as much"
    " as the outcome.\n\nAgreed steps were mostly done on time; those that were late waited for"
    " advice from others. We would like to look at these together at the next review.",
    "Summaries were exchanged earlier than before, and meetings were shorter for it.\n\nWe ask"
    " that whoever attends may decide: where somebody had to go back to a panel, the agreement"
    " took a week longer.",
)
