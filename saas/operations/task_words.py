"""What each task of the worker is called on a page."""

from __future__ import annotations

WORDS = {
    "forget_sign_in_attempts": "Forget old attempts to sign in",
    "post_waiting_notices": "Send the notices that wait",
    "send_account_links": "Send invitations and new passwords",
    "link_trails": "Link the trails",
    "link_trails_whole": "Link the trails, whole",
    "look_after_accounts": "Suspend accounts that nobody uses",
    "do_billing_tasks": "Tell Stripe",
    "do_invoice_runs": "Invoice runs",
    "send_payment_reminders": "Remind of payments",
    "settle_contracts": "Settle contracts that are over",
    "compare_accounts_with_stripe": "Compare accounts with Stripe",
    "take_in_reported_facts": "Take in what a party reported",
    "turn_cases_of_passed_dates": "Turn cases whose date has passed",
    "write_daily_reminders": "Write the day's reminders",
    "write_morning_lists": "Write the morning's lists",
    "scan_documents_again": "Scan files again",
    "tidy_documents": "Remove uploads that were undone",
    "make_quarterly_packs": "Draft the quarter's packs",
    "send_news_confirmations": "Ask who wants the news",
    "send_news_to_readers": "Send the news to the mailing list",
    "forget_unconfirmed_addresses": "Forget addresses that were not confirmed",
    "remove_old_entries_of_trails": "Remove what trails kept long enough",
    "erase_cases_that_are_due": "Erase cases",
    "look_after_authorities": "Look after who is suspended or leaves",
    "make_exports": "Make exports of whole authorities",
    "delete_rests_of_authorities": "Delete what is left of authorities",
    "count_service": "Count what this page shows",
    "retry_stalled_jobs": "Take up jobs that were cut short",
    "remove_finished_jobs": "Remove finished jobs",
}


def words_of(task: str) -> str:
    """The task's name for people; of one that is not known here, its own."""
    return WORDS.get(task, task.replace("_", " ").capitalize())
