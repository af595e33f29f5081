"""The provider as it stands on invoices."""

from __future__ import annotations

from dataclasses import dataclass, replace

from saas.config import Settings
from saas.documents.content import Provider, lines_of

# So that a demonstration can issue invoices. Production is refused without its own.
INVENTED_ADDRESS = ("1 Example Yard", "London N1 1AA")
INVENTED_VAT_NUMBER = "GB 000 0000 00"
INVENTED_BANK = ("Example Bank", "Sort code 00-00-00", "Account number 00000000")


@dataclass(frozen=True)
class Supplier:
    """Who issues the invoices, and where they are paid."""

    provider: Provider
    vat_number: str
    bank_details: tuple[str, ...]

    @classmethod
    def of(cls, settings: Settings) -> Supplier:
        supplier = cls(
            Provider.of(settings),
            settings.provider_vat_number.strip(),
            lines_of(settings.provider_bank_details),
        )
        if settings.is_production:
            return supplier
        provider = supplier.provider
        if not provider.address:
            provider = replace(provider, address=INVENTED_ADDRESS)
        return cls(
            replace(provider, email=provider.email or "accounts@provider.example"),
            supplier.vat_number or INVENTED_VAT_NUMBER,
            supplier.bank_details or INVENTED_BANK,
        )

    def as_words(self) -> dict[str, object]:
        return {
            **self.provider.as_content(),
            "vat_number": self.vat_number,
            "bank_details": list(self.bank_details),
        }
