"""What the database keeps sealed: secrets that the service has to read again, and nobody else."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet


def seal_of(secret: str, use: bytes) -> Fernet:
    """The seal of one use; what was sealed for another use is not opened by it.

    Args:
        use: a name of at most 16 bytes.
    """
    key = hashlib.blake2b(secret.encode(), person=use, digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(key))
