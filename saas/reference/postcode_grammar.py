"""How a UK postcode is written, and which of them lie outside England.

Nothing here asks the database: the grammar is Royal Mail's (outward code, then a digit and two
letters), and the areas are those in use, the Crown dependencies' and the overseas territories'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = [
    "MalformedPostcodeError",
    "WrittenPostcode",
    "compact",
    "is_outside_england",
    "normalise",
]

GIROBANK = "GIR0AA"

# The inward letters leave out C, I, K, M, O and V, which are misread by hand and machine.
_UNIT = "[ABD-HJLNP-UW-Z]"
_POSTCODE = re.compile(rf"([A-Z]{{1,2}})([0-9][A-Z]?|[1-9][0-9])([0-9]{_UNIT}{{2}})")
_SHAPE = re.compile(rf"(?:{_POSTCODE.pattern}|{GIROBANK})")
# What stands between the letters of a postcode that was copied from somewhere.
_SPACES = re.compile("[\\s\u2010-\u2015\u2212-]+")


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Each of these has its own single postcode or few, written in another form.
_TERRITORIES = _codes(
    "ASCN1ZZ BBND1ZZ BIQQ1ZZ FIQQ1ZZ GX111AA PCRN1ZZ SIQQ1ZZ STHL1ZZ TDCU1ZZ TKCA1ZZ"
)

_ENGLISH_AREAS = _codes(
    """
    AL B BA BB BD BH BL BN BR BS CA CB CH CM CO CR CT CV CW DA DE DH DL DN DT DY E EC EN EX FY GL
    GU HA HD HG HP HR HU HX IG IP KT L LA LE LN LS LU M ME MK N NE NG NN NR NW OL OX PE PL PO PR
    RG RH RM S SE SG SK SL SM SN SO SP SR SS ST SW SY TA TF TN TQ TR TS TW UB W WA WC WD WF WN WR
    WS WV YO
    """
)
_NORTHERN_IRELAND = frozenset({"BT"})
_CROWN_DEPENDENCIES = frozenset({"GY", "IM", "JE"})
_SCOTTISH_AREAS = _codes("AB DD DG EH FK G HS IV KA KW KY ML PA PH TD ZE")
_WELSH_AREAS = _codes("CF LD LL NP SA")
# Banks, British forces and returned post: real codes that lie nowhere.
_PLACELESS_AREAS = frozenset({"BF", "BX", "XX"})

_OUTSIDE_AREAS = _NORTHERN_IRELAND | _CROWN_DEPENDENCIES | _SCOTTISH_AREAS | _WELSH_AREAS
_KNOWN_AREAS = _ENGLISH_AREAS | _OUTSIDE_AREAS | _PLACELESS_AREAS

# Chester's and Shrewsbury's areas reach into Wales, Galashiels' into England: along the border
# the outward code decides, by where most of its addresses are.
_WELSH_OUTWARDS = frozenset(
    ["CH5", "CH6", "CH7", "CH8"] + [f"SY{number}" for number in range(15, 26)]
)
_ENGLISH_OUTWARDS = frozenset({"TD12", "TD15"})


class MalformedPostcodeError(ValueError):
    """The text is no UK postcode; the message says why, for whoever typed it.

    `text` is the message with its places open ('%(letters)s'), as catalogues know it; `values` are
    what stands in them.
    """

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text % values if values else text)
        self.text = text
        self.values = values


@dataclass(frozen=True)
class WrittenPostcode:
    """A text that has the form of a UK postcode, in an area that exists. Whether anybody lives
    there is another question."""

    outward: str
    inward: str

    @property
    def key(self) -> str:
        """Upper case without a space, as the database keeps it."""
        return self.outward + self.inward

    @property
    def area(self) -> str:
        """The letters in front: 'M' of M33 2AA."""
        return self.outward[:1] if self.outward[1:2].isdigit() else self.outward[:2]

    def __str__(self) -> str:
        return f"{self.outward} {self.inward}"


def compact(text: str) -> str | None:
    """The text upper case and without spaces if it has the form of a postcode, else None.

    For files of millions of rows, where nobody waits to be told why.
    """
    squeezed = text.replace(" ", "").upper()
    return squeezed if _SHAPE.fullmatch(squeezed) else None


def normalise(text: str) -> WrittenPostcode:
    """Read a postcode as people write it: in any case, with spaces or hyphens anywhere or none.

    Nothing else is forgiven. A letter O for a zero would have to be guessed, and a guess sends a
    family to the wrong authority.

    Raises:
        MalformedPostcodeError: saying what is wrong with it.
    """
    squeezed = _SPACES.sub("", text)
    if not squeezed:
        raise MalformedPostcodeError("Enter a postcode, like M33 2AA.")
    if not squeezed.isascii() or not squeezed.isalnum():
        raise MalformedPostcodeError("A postcode has only letters and numbers, like M33 2AA.")
    squeezed = squeezed.upper()
    if squeezed == GIROBANK or squeezed in _TERRITORIES:
        return WrittenPostcode(squeezed[:-3], squeezed[-3:])
    written = _POSTCODE.fullmatch(squeezed)
    if written is None:
        raise MalformedPostcodeError(_what_is_wrong(squeezed))
    area, district, inward = written.groups()
    if area not in _KNOWN_AREAS:
        raise MalformedPostcodeError(
            "No UK postcode starts with %(letters)s. Check the first letters of the postcode.",
            letters=area,
        )
    return WrittenPostcode(area + district, inward)


def _what_is_wrong(squeezed: str) -> str:
    if len(squeezed) <= 4 and re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?", squeezed):
        return "That is only the first half. Enter the full postcode, like M33 2AA."
    if not 5 <= len(squeezed) <= 7:
        return "A full UK postcode has five to seven letters and numbers, like M33 2AA."
    if not re.fullmatch(rf"[0-9]{_UNIT}{{2}}", squeezed[-3:]):
        return (
            "A postcode ends in a number and two letters, like 2AA in M33 2AA "
            "(never the letters C, I, K, M, O or V)."
        )
    return "A postcode starts with one or two letters and then a number, like M33 in M33 2AA."


def is_outside_england(postcode: WrittenPostcode) -> bool:
    """Whether a postcode that England's list does not hold is known to lie elsewhere.

    Ask the list first: a few English villages have a Welsh or a Scottish area's postcode.
    """
    if postcode.key in _TERRITORIES:
        return True
    if postcode.area in _OUTSIDE_AREAS:
        return postcode.outward not in _ENGLISH_OUTWARDS
    return postcode.outward in _WELSH_OUTWARDS
