"""The detectors that come with Tierline, one for each class of secret; packages may replace each or add others."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from tierline.core.plugins.contracts import Detector as Plugin
from tierline.core.plugins.contracts import LineFilter, Secret, SecretText
from tierline.work.diagnosis.rules.addresses import find_accounts, find_addresses, find_mails, find_tax_codes
from tierline.work.diagnosis.rules.blocks import KeyBlocks
from tierline.work.diagnosis.rules.detectors import DETECTORS, PASSWORD_WORDS, TOKEN_WORDS, Detector
from tierline.work.diagnosis.rules.names import find_people
from tierline.work.diagnosis.rules.pairs import PairFilter

_PROOFS = ("authorization", "authentication", "csrf", "xsrf", "saml", "assertion", "x-amz-security")
_SHORTEST_COMPANY = 6  # letters: shorter ones are words of the language as well
_FORMS = {kind: tuple(one for one in DETECTORS if one.kind == kind) for kind in sorted({one.kind for one in DETECTORS})}


class _Built:
    """What all of them are: plug-ins with a key, a name and the word in the mask."""

    version = "1"
    key = name = kind = ""

    def find(self, text: SecretText) -> Iterator[Secret]:
        """Wherever one of the forms of this class stands."""
        for form in _FORMS[self.kind]:
            yield from form.find(text)


class _Figures(_Built):
    """Numbers that are the same however they are grouped."""

    def find(self, text: SecretText) -> Iterator[Secret]:
        """The same, by their figures."""
        for one in super().find(text):
            figures = "".join(filter(str.isalnum, text.text[one.start : one.end]))
            yield Secret(one.start, one.end, one.rank, figures)


class Passwords(_Built):
    key, name, kind = "passwords", "Passwords, also in addresses and on command lines", "password"

    def blocks(self, name: Callable[[str], str]) -> LineFilter:
        """Values of pairs whose name says password."""
        return PairFilter(lambda said: any(word in said for word in PASSWORD_WORDS), name)


class Tokens(_Built):
    key, name, kind = "tokens", "Tokens, API keys, session ids and authorization headers", "token"

    def blocks(self, name: Callable[[str], str]) -> LineFilter:
        """Values of pairs whose name says token, or that it proves who somebody is."""
        return PairFilter(lambda said: any(word in said for word in (*TOKEN_WORDS, *_PROOFS)), name)


class Cookies(_Built):
    key, name, kind = "cookies", "Cookies", "cookie"

    def blocks(self, name: Callable[[str], str]) -> LineFilter:
        """Values of pairs whose name says cookie, and all in a list of cookies."""
        return PairFilter(lambda said: said in {"cookie", "set-cookie", "cookie2"}, name, cookies=True)


class Phones(_Figures):
    key, name, kind = "phones", "Telephone numbers", "phone"


class Cards(_Figures):
    key, name, kind = "cards", "Payment card numbers whose check digit holds", "card"


class Identities(_Figures):
    key, name, kind = "identities", "Social security numbers and numbers of identity documents", "id"

    def find(self, text: SecretText) -> Iterator[Secret]:
        yield from super().find(text)
        yield from find_tax_codes(text)


class Accounts(_Built):
    key, name, kind = "accounts", "International bank account numbers", "account"

    def find(self, text: SecretText) -> Iterator[Secret]:
        return find_accounts(text)


class Mails(_Built):
    key, name, kind = "mails", "Mail addresses", "email"

    def find(self, text: SecretText) -> Iterator[Secret]:
        return find_mails(text)


class Addresses(_Built):
    key, name, kind = "addresses", "Network addresses", "address"

    def find(self, text: SecretText) -> Iterator[Secret]:
        return find_addresses(text)


class Persons(_Built):
    key, name, kind = "persons", "The people of the ticket, however their names are joined", "person"

    def find(self, text: SecretText) -> Iterator[Secret]:
        return find_people(text)


class Companies(_Built):
    key, name, kind = "companies", "The organisation of the ticket", "company"

    def find(self, text: SecretText) -> Iterator[Secret]:
        for company in text.companies:
            if len(company.strip()) >= _SHORTEST_COMPANY:
                for one in _named(company).find(text):
                    yield Secret(one.start, one.end, one.rank, company)


class Keys(_Built):
    key, name, kind = "keys", "Private keys, over all their lines", "key"

    def find(self, text: SecretText) -> Iterator[Secret]:
        """Nothing within one text: keys are found by `blocks`."""
        del text
        return iter(())

    def blocks(self, name: Callable[[str], str]) -> LineFilter:
        return KeyBlocks(name)


@lru_cache(maxsize=32)
def _named(company: str) -> Detector:
    words = company.split()
    pattern = re.compile(r"(?<!\w)" + r"[ ._-]{1,2}".join(map(re.escape, words)) + r"(?!\w)", re.IGNORECASE)
    return Detector("company", 6, "lower", (words[0].lower(),), pattern)


BUILT_IN: tuple[type[Plugin], ...] = (
    Keys, Passwords, Tokens, Cookies, Cards, Accounts, Identities, Mails, Persons, Companies, Phones, Addresses,
)  # fmt: skip
