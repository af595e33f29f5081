"""What is said of single routes: what anyone may open, what is an exception, and why it may be."""

from __future__ import annotations

from saas.identity.permissions import Permission
from saas.web.access import AUTHORITY_ARGUMENT, BY_LINK, LINK_ARGUMENT, SIGNING_ARGUMENT
from saas.web.frame import Door

# What anyone may open without signing in. A route that is missing here, or gone, fails.
OPEN_TO_ANYONE = {
    # The API asks for a key of its own.
    "api_v1.breakdown",
    "api_v1.cases",
    "api_v1.measures",
    "api_v1.openapi",
    "api_v1.sen2_list",
    # Its answer is the same for everyone, and goes to an address that we hold.
    "family_link.ask",
    # Whoever complains has no account; it reads nothing back.
    "complain.complain",
    # Their address is the key to one meeting.
    "participant.meeting",
    "participant.participant_meeting_file",
    # Its address is the key to one person's meetings.
    "public_calendar.feed",
    "front_door.help_page",
    "front_door.home",
    "front_door.postcode",
    "public_areas.area_page",
    "public_areas.areas",
    "public_areas.easy_read",
    "public_areas.leaflet",
    "public_guide.guide_page",
    "public_quotations.quotations",
    "public_texts.accessibility",
    "public_texts.contact",
    "public_texts.cookies",
    "public_texts.privacy",
    "public_texts.your_data",
    # An address is asked by e-mail whether it wants the news; the keys are in that e-mail.
    "public_mailing.confirm_page",
    "public_mailing.join",
    "public_mailing_leave.leave_page",
    # A referral is handed in and cannot be read again; a draft is found by its browser's own key.
    "front_referral.check",
    "front_referral.come_again",
    "front_referral.done",
    "front_referral.elsewhere",
    "front_referral.later",
    "front_referral.start",
    "front_referral.step",
    "front_referral.stopped",
    "health.live",
    "health.ready",
    # For whoever has METRICS_TOKEN, or this machine alone: numbers of the whole service.
    "metrics.metrics",
    # Whoever gave the right password a moment ago; the key of an e-mailed link.
    "account_links.choose",
    "account_links.forgotten",
    "second_step.second",
    "identity.sign_in",
    "identity.sign_out",
    # Whoever typed an address of a council that has a sign-in of its own.
    "work_account.go",
    "work_account.offered",
    # Stripe proves itself by its signature over the body.
    "stripe_hooks.stripe_event",
}
# What other services call: their own proof stands where a form has its token.
CALLED_BY_OTHERS = {"stripe_hooks.stripe_event", "public_mailing_leave.leave_page"}
# A text in an address that is neither an id nor a number, and why it may be.
TEXTS_IN_ADDRESSES = {
    AUTHORITY_ARGUMENT,
    LINK_ARGUMENT,
    SIGNING_ARGUMENT,
    "by",
    "calendar_key",
    "account_key",
    "area",
    "news_key",
    "participant_key",
}
# Open without signing in: to anyone, or to whoever has the link that opens it.
NO_SIGN_IN = {Permission.ANYONE, *BY_LINK}
# Pages for those who see a case, which ask once more who records in it.
ASK_MORE = {
    "provider_cases.document_upload",
    "provider_cases.document_withdrawal",
    "provider_cases.summaries",
}
# Taking a file away is logged; a tray and a calendar remember when they were asked last; a public
# page counts that it was opened.
WRITTEN_BY_READING = {
    "audit_entry",
    "platform_audit_entry",
    "tray_visit",
    "calendar_feed",
    "page_count",
}
# What a mediator may do, in the cases to which he or she is appointed and in no others.
OF_THE_APPOINTED = {
    Permission.SEE_APPOINTED_CASES,
    Permission.ARRANGE_MEETINGS,
    Permission.WRITE_AGREEMENTS,
}
# Leads back to signing in who gave no password, or no address, a moment ago.
AFTER_A_PASSWORD = {"second_step.second", "work_account.go", "work_account.offered"}
# A marked row has no paper printed of it, or waits still.
NEED_A_FILE = {
    "authority_billing.own_credit_note_file",
    "authority_protection.certificate",
    "finance_billing.credit_note_file",
    "provider_protection.certificate",
    "provider_protection.subject_file",
    # Where no meeting is fixed, and where no letter waits.
    "family_case.meeting_file",
    "provider_cases.letter_paper",
}
PREFIXES = {
    Door.AUTHORITY: "/authority/",
    Door.PROVIDER: "/provider/",
    Door.MANAGER: "/manager/",
    Door.FINANCE: "/finance/",
    Door.FAMILY: "/family/",
    Door.SIGNER: "/sign/",
}
# Of a page, with the look into the trail that is noted.
MOST_STATEMENTS = 9
