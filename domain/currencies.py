"""The currencies in use, by their ISO 4217 codes, and how many decimals each has.

Source: ISO 4217:2015, list one as its maintenance agency publishes it (SIX, "List one: current
currency & funds code list"). Funds codes such as CLF or UYW are no money that anybody pays with,
and metals and test codes are none at all; so no currency here has more than three decimals.
"""

from typing import NewType

from domain.messages import msg
from domain.objections import Objection, refuse

CurrencyCode = NewType("CurrencyCode", str)

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD
CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD
GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV
WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""

CURRENCIES = frozenset(_CODES.split())
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
WITHOUT_DECIMALS = frozenset(_WITHOUT.split())
WITH_THREE_DECIMALS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
MOST_DECIMALS = 3


def minor_units(currency: str) -> int:
    """How many decimals amounts of a currency have: 0 for JPY, 3 for KWD, 2 for most.

    2 as well for a code that is no currency: doors refuse such a code, but what was kept before
    they did is still read. `minor_unit_digits` says the same in SQL.
    """
    if currency in WITHOUT_DECIMALS:
        return 0
    return MOST_DECIMALS if currency in WITH_THREE_DECIMALS else 2


def object_to_currency(code: str) -> Objection | None:
    """A currency is one in use, by its code."""
    if code in CURRENCIES:
        return None
    # No guess: a currency that merely looks alike would be dangerous advice.
    return Objection(msg("values.NO_CURRENCY"), msg("values.CURRENCY_CODE"))


def check_currency(code: str, field: str = "currency") -> None:
    """Refuse what is no currency in use. Raises InvalidInput."""
    refuse(f"{code!r:.20}", object_to_currency(code), field)
