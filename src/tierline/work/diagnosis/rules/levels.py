"""How bad a line says it is: words, letters and figures of the usual conventions.

Words: syslog (RFC 5424, 6.2.1), log4j, java.util.logging, Python, .NET, Windows. Figures: the priority of syslog, and
the scale from 10 to 60 that loggers of JSON lines use. Nothing here knows a product.
"""

import re
from functools import lru_cache

_WORDS = (
    r"INFO(?:RMATION(?:AL)?)?|WARN(?:ING)?|ERROR|DEBUG|ERR|NOTICE|TRACE|FATAL|CRITICAL|CRIT|SEVERE|VERBOSE|CONFIG"
    r"|FINEST|FINER|FINE|ALERT|EMERG(?:ENCY)?|PANIC"
)
_THREE = r"VRB|TRC|DBG|INF|WRN|FTL"
LEVEL = rf"(?:(?i:{_WORDS})|{_THREE})"
UPPER = rf"(?:{_WORDS}|{_THREE})"
CONSOLE = r"(?:trce|dbug|info|warn|fail|crit)"
LETTER = r"[VDIWEFA]"
ERRORS = frozenset({"ERROR", "ERR", "SEVERE", "CRITICAL", "CRIT", "ALERT", "EMERG", "EMERGENCY", "FATAL", "PANIC"})
_LETTERS = {
    "V": "VERBOSE", "D": "DEBUG", "I": "INFO", "W": "WARN", "E": "ERROR", "F": "FATAL", "A": "ALERT", "C": "CRITICAL",
    "N": "NOTICE", "T": "TRACE",
}  # fmt: skip
_OTHER = {
    "VRB": "VERBOSE", "TRC": "TRACE", "DBG": "DEBUG", "INF": "INFO", "WRN": "WARN", "FTL": "FATAL", "TRCE": "TRACE",
    "DBUG": "DEBUG", "FAIL": "ERROR", "FAULT": "CRITICAL", "INFORMATIONAL": "INFORMATION", "FAILURE": "ERROR",
    "DF": "INFO", "DB": "DEBUG", "ERRO": "ERROR", "FATA": "FATAL", "PANI": "PANIC", "DEBU": "DEBUG", "TRAC": "TRACE",
}  # fmt: skip
_KNOWN = re.compile(LEVEL)
_SYSLOG = ("EMERG", "ALERT", "CRIT", "ERR", "WARNING", "NOTICE", "INFO", "DEBUG")
_TENS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


@lru_cache(maxsize=1024)
def of_word(text: str) -> str:
    """The level that a word, a letter or an abbreviation names, in capitals; empty for any other word."""
    word = text.strip().upper()
    if word in _OTHER:
        return _OTHER[word]
    if word in _LETTERS:
        return _LETTERS[word]
    return word if _KNOWN.fullmatch(word) else ""


@lru_cache(maxsize=1024)
def of_figures(text: str, *, priority: bool = False) -> str:
    """The level that figures name; `priority` for the facility times 8 plus severity in front of a line of syslog.

    From 10 on it is the scale of tens (10 trace … 60 fatal), below the severity of syslog (0 emergency … 7 debug).
    """
    if not text.isascii() or not text.isdigit() or len(text) > len("191"):
        return ""
    figure = int(text)
    if priority or figure < len(_SYSLOG):
        return _SYSLOG[figure % len(_SYSLOG)]
    return _TENS[min(len(_TENS), max(1, figure // 10)) - 1]


def is_error(level: str) -> bool:
    """Whether a line of this level (as the functions here name it) counts as an error."""
    return level in ERRORS
