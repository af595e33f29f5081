"""The provider as it stands on invoices."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from billing.addresses import ElectronicAddress, of_vat_number
from saas.config import Settings
from saas.documents.content import Provider, lines_of


class Payer(Protocol):
    """An authority as far as where it pays: line by line, '' where that is our own account."""

    pay_into: Any


@dataclass(frozen=True)
class Supplier:
    """Who issues the invoices, and where they are paid."""

    provider: Provider
    vat_number: str
    bank_details: tuple[str, ...]
    # As a company or charity, in words, and where it is on Peppol.
    registration: str = ""
    address: ElectronicAddress | None = None
    # Whether invoices go to Stripe, which gives each authority an account of its own to pay into.
    through_stripe: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Supplier:
        return cls(
            Provider.of(settings),
            settings.provider_vat_number.strip(),
            lines_of(settings.provider_bank_details),
            settings.provider_registration.strip(),
            of_vat_number(settings.provider_vat_number),
            bool(settings.stripe_secret_key),
        )

    def paid_by(self, contact: Payer | None) -> Supplier:
        """The same, paid into the account that Stripe gave the authority, where there is one."""
        if contact is None or not (self.through_stripe and contact.pay_into):
            return self
        return replace(self, bank_details=tuple(contact.pay_into.splitlines()))

    def as_words(self) -> dict[str, object]:
        return {
            **self.provider.as_content(),
            "vat_number": self.vat_number,
            "bank_details": list(self.bank_details),
            "registration": self.registration,
            "peppol": asdict(self.address) if self.address else None,
        }
