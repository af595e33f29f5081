"""Delivery status notifications in the shapes that mail servers write (RFC 3464)."""

from __future__ import annotations

import uuid

ID = uuid.UUID("01a200a6-7fa3-750a-9510-90a802be14e6")


def postfix(message: uuid.UUID = ID, action: str = "failed", to: str = "jo@home.example") -> bytes:
    """Postfix: the whole message that came back, the queue's own fields, a folded reason."""
    return f"""\
Return-Path: <>
Received: by mail.home.example (Postfix) id 4F1; Wed, 10 Jun 2026 10:31:00 +0100 (BST)
Date: Wed, 10 Jun 2026 10:31:00 +0100 (BST)
From: MAILER-DAEMON@mail.home.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: mediation@provider.example
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
 boundary="4F1.1780000000/mail.home.example"
Content-Transfer-Encoding: 8bit

This is a MIME-encapsulated message.

--4F1.1780000000/mail.home.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--4F1.1780000000/mail.home.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.home.example
X-Postfix-Queue-ID: 4F1
X-Postfix-Sender: rfc822; mediation@provider.example
Arrival-Date: Wed, 10 Jun 2026 10:30:58 +0100 (BST)

Final-Recipient: rfc822; {to}
Original-Recipient: rfc822;{to}
Action: {action}
Status: 5.1.1
Remote-MTA: dns; mx.home.example
Diagnostic-Code: smtp; 550 5.1.1 <{to}>: Recipient address
    rejected: User unknown

--4F1.1780000000/mail.home.example
Content-Description: Undelivered Message
Content-Type: message/rfc822
Content-Transfer-Encoding: 8bit

From: Example Mediation <mediation@provider.example>
To: {to}
Subject: Case TRA-2026-0001: meeting date fixed
Message-ID: <{message}@provider.example>
MIME-Version: 1.0
Content-Type: text/plain

In case TRA-2026-0001: meeting date fixed.

--4F1.1780000000/mail.home.example--
""".replace("\n", "\r\n").encode()


def exchange(message: uuid.UUID = ID) -> bytes:
    """Exchange Online: an HTML part in alternatives, headers alone, the reason in brackets."""
    return f"""\
From: postmaster@borough.example
To: <mediation@provider.example>
Date: Wed, 10 Jun 2026 09:31:02 +0000
Subject: Undeliverable: Case TRA-2026-0001: meeting date fixed
In-Reply-To: <{message}@provider.example>
References: <{message}@provider.example>
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"
MIME-Version: 1.0

--b1
Content-Type: multipart/alternative; boundary="b2"

--b2
Content-Type: text/plain; charset="us-ascii"

Your message to ray@borough.example couldn't be delivered.

--b2
Content-Type: text/html; charset="us-ascii"

<p>Your message couldn't be delivered.</p>

--b2--
--b1
Content-Type: message/delivery-status

Reporting-MTA: dns;LO2P123.GBRP123.PROD.OUTLOOK.COM
Received-From-MTA: dns;mail.provider.example

Final-Recipient: rfc822;ray@borough.example
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceeded

--b1
Content-Type: text/rfc822-headers

Subject: Case TRA-2026-0001: meeting date fixed
Message-ID: <{message}@provider.example>

--b1--
""".encode()


def bare(message: uuid.UUID = ID) -> bytes:
    """A small server: one block alone, no quotation; the return address says which it was."""
    return f"""\
From: <>
To: bounces+{message.hex}@provider.example
Subject: Delivery failed
Content-Type: multipart/report; report-type=delivery-status; boundary=b
MIME-Version: 1.0

--b
Content-Type: text/plain

Failed.

--b
Content-Type: message/delivery-status

Final-Recipient: rfc822; jo@home.example
Action: Failed
Status: 5.4.1

--b--
""".encode()


def out_of_office() -> bytes:
    return f"""\
From: jo@home.example
To: mediation@provider.example
Subject: Automatic reply: Case TRA-2026-0001: meeting date fixed
In-Reply-To: <{ID}@provider.example>
Auto-Submitted: auto-replied
Content-Type: text/plain

I am away until Monday.
""".encode()


def exim(message: uuid.UUID = ID) -> bytes:
    """Exim: a plain letter with the addresses in a header, and a copy at its end."""
    return f"""\
Return-path: <>
X-Failed-Recipients: jo@home.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.provider.example>
To: mediation@provider.example
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1abc-0001@mail.provider.example>

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  jo@home.example
    host mx.home.example [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<jo@home.example>:
    550 5.1.1 No such user here

------ This is a copy of your message, including all the headers. ------

Received: from web by mail.provider.example with local (Exim 4.96)
From: Example Mediation <mediation@provider.example>
To: jo@home.example
Subject: Case TRA-2026-0001: meeting date fixed
Message-ID: <{message}@provider.example>

Good morning
""".encode()


def qmail(
    message: uuid.UUID = ID, says: str = "This is a permanent error; I've given up."
) -> bytes:
    """qmail: a letter in its own format (QSBMF)."""
    return f"""\
From: MAILER-DAEMON@mail.home.example
To: mediation@provider.example
Subject: failure notice

Hi. This is the qmail-send program at mail.home.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
{says} Sorry it didn't work out.

<jo@home.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <mediation@provider.example>
From: Example Mediation <mediation@provider.example>
To: jo@home.example
Message-ID: <{message}@provider.example>

Good morning
""".encode()


def international(message: uuid.UUID = ID, action: str = "failed") -> bytes:
    """A report about an address in another script (RFC 6533)."""
    return f"""\
From: MAILER-DAEMON@mail.home.example
To: mediation@provider.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=global-delivery-status; boundary="b"

--b
Content-Type: text/plain; charset=utf-8

It could not be delivered.

--b
Content-Type: message/global-delivery-status
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; mail.home.example

Final-Recipient: utf-8; \u0434\u0436\u043e@\u0434\u043e\u043c.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user

--b
Content-Type: message/global-headers
Content-Transfer-Encoding: 8bit

From: Example Mediation <mediation@provider.example>
To: \u0434\u0436\u043e@\u0434\u043e\u043c.example
Message-ID: <{message}@provider.example>

--b--
""".encode()
