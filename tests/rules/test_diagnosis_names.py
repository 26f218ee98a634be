"""One person, one name in the masked text, however programs write it; and nobody is taken for somebody else."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierline.work.diagnosis.rules.redact import Names, Redactor

ANNA = ("Anna Meier", "am4711@corp.example")
JOSE = ("José Müller-Schulz", "")
JAN = ("Jan van der Berg", "")
MARIA = ("Dr. Anna Maria O'Brien", "")
EVERYBODY = (ANNA, JOSE, JAN, MARIA)


def redacted(text: str, *people: str | tuple[str, str]) -> str:
    return Redactor(people=people or EVERYBODY).redact(text)


FORMS = {
    ANNA: (
        "Anna Meier", "anna meier", "ANNA MEIER", "anna.meier", "anna_meier", "anna-meier", "Meier, Anna", "meier,anna",
        "meier.anna", "AnnaMeier", "annaMeier", "annameier", "meieranna", "MeierAnna", "a.meier", "A. Meier", "A Meier",
        "a_meier", "meier.a", "Meier, A.", "Anna.Meier@corp.example", "a.meier@other.example", "am4711@corp.example",
        "user=ameier", "login: meiera", r"CORP\ameier", "/home/ameier", r"C:\Users\ameier", "user=am4711",
    ),
    JOSE: (
        "José Müller-Schulz", "Jose Mueller-Schulz", "jose.muller-schulz", "JoséMüllerSchulz", "jose_muellerschulz",
        "j.mueller-schulz", "Müller-Schulz, José",
    ),
    JAN: ("Jan van der Berg", "jan.van.der.berg", "jan.vanderberg", "janvanderberg", "van der Berg, Jan", "j.berg",
          "JanVanDerBerg", "jan.berg"),
    MARIA: ("Anna Maria O'Brien", "anna.obrien", "anna.maria.obrien", "Anna M. O'Brien", "O'Brien, Anna",
            "a.o'brien", "AnnaObrien"),
}  # fmt: skip


@pytest.mark.parametrize(("person", "form"), [(who, form) for who, forms in FORMS.items() for form in forms])
def test_every_form_of_a_name_is_the_same_person(person: tuple[str, str], form: str) -> None:
    redactor = Redactor(people=EVERYBODY)
    safe = redactor.redact(f"{person[0]} signed in\nat 10:00 {form} tried again")
    assert safe.count("<person-1>") == 2, safe
    assert "<person-2>" not in safe
    letters = safe.lower().replace("user", "").replace("users", "")
    assert not any(part in letters for part in ("meier", "muller", "müller", "berg", "brien", "4711"))


@pytest.mark.parametrize(
    "text",
    [
        "found a meier lemon",  # an article and a word
        "cannot find Meier in the index",  # a surname alone may be anything
        "Anna answered",
        "annameierova signed in",
        "xanna.meier",
        "the berg of ice, jan 12 10:00",
        "ameier",  # nothing says that it is an account
        "mailer-daemon@corp.example".replace("@corp.example", ""),
        "across the meter",
    ],
)
def test_what_is_no_name_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("name", "word"),
    [("Al Across", "alacross"), ("Bo Ring", "boring"), ("Cara Lever", "clever"), ("Mark Et", "market"),
     ("Anna Cross", "across"), ("Tim Hanks", "thanks")],
)  # fmt: skip
def test_words_of_the_language_are_nobody_unless_an_account_is_named(name: str, word: str) -> None:
    if word != "alacross":
        assert redacted(f"the {word} thing", name) == f"the {word} thing"
    assert redacted(f"user={word} failed", name) == "user=<person-1> failed"


def test_two_people_with_one_form_are_two_and_the_form_is_neither() -> None:
    people = (("Anna Meier", ""), ("Andreas Meier", ""))
    safe = redacted("Anna Meier\nAndreas Meier\na.meier\nanna.meier\nandreas_meier\nA. Meier", *people).split("\n")
    assert safe == ["<person-1>", "<person-2>", "<person-3>", "<person-1>", "<person-2>", "<person-3>"]


def test_who_has_a_whole_name_has_it_before_who_leaves_a_word_out() -> None:
    people = (("Anna Maria Meier", ""), ("Anna Meier", ""))
    safe = redacted("Anna Maria Meier\nAnna Meier\nanna.meier\nannamaria.meier", *people).split("\n")
    assert safe == ["<person-1>", "<person-2>", "<person-2>", "<person-1>"]


def test_figures_behind_a_login_make_it_somebody_elses() -> None:
    safe = redacted("anna.meier\nanna.meier2\nanna.meier3\nanna.meier2", ANNA).split("\n")
    assert safe == ["<person-1>", "<person-2>", "<person-3>", "<person-2>"]


def test_a_login_of_everybody_is_nobodys() -> None:
    people = (("Anna Meier", "info@corp.example"), ("Bea Boss", "desk@corp.example"), ("Cem Kaya", "desk@corp.example"))
    safe = redacted("user=info user=desk desk@corp.example info@corp.example", *people)
    assert safe == "user=info user=desk <email-1> <email-2>"


@pytest.mark.parametrize(
    "name", ["", " ", "Al", "A.", "A.* (B) [c]", ",", "Dr.", "-", "'", "van der", "x" * 300, "Ω Ψ"]
)
def test_strange_names_break_nothing(name: str) -> None:
    assert redacted("xxx Al yyy", name).count("\n") == 0


def test_a_name_of_one_word_and_names_with_other_letters() -> None:
    assert redacted("Cher sang, CHER too, cherish", "Cher") == "<person-1> sang, <person-1> too, cherish"
    assert redacted("вошла Анна Иванова, анна.иванова", "Анна Иванова") == "вошла <person-1>, <person-1>"
    assert redacted("王小明 and Łukasz Żak, lukasz.zak", "Łukasz Żak").endswith("<person-1>, <person-1>")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna.Meier@Else.example", "anna.meier@else.example"),
        ("+49 40 1234567", "+49-40-1234567"),
        ("4111 1111 1111 1111", "4111111111111111"),
        ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ],
)
def test_the_same_value_written_in_another_way_has_the_same_name(one: str, other: str) -> None:
    first, second = Redactor().redact(f"x {one}\nx {other}").split("\n")
    assert first == second
    assert "-1>" in first


def test_the_next_file_of_a_ticket_goes_on_with_the_same_names() -> None:
    first = Redactor(people=[ANNA])
    assert first.redact("anna.meier from 10.1.2.3") == "<person-1> from <address-1>"
    told = Names.from_json(first.names.key, first.names.to_json())
    second = Redactor(people=[ANNA, ("Bea Boss", "")], names=told)
    assert second.redact("bea.boss 10.9.9.9, Meier, Anna 10.1.2.3") == "<person-2> <address-2>, <person-1> <address-1>"
    assert "10.1.2.3" not in str(told.to_json())


def test_names_that_are_not_kept_are_never_given_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tierline.work.diagnosis.rules.redact._MOST_KEPT", 1)
    first = Redactor()
    first.redact("10.0.0.1 10.0.0.2 10.0.0.3")
    second = Redactor(names=Names.from_json(first.names.key, first.names.to_json()))
    assert second.redact("10.0.0.1 10.0.0.3 10.0.0.9") == "<address-1> <address-4> <address-5>"


NAME = st.text(st.characters(categories=("L",), max_codepoint=0x24F), min_size=3, max_size=9)


@given(NAME, NAME, st.sampled_from([".", "_", " ", "-"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_name_of_two_words_is_gone_in_either_order(first: str, last: str, joint: str, turned: bool) -> None:
    redactor = Redactor(people=[f"{first} {last}"])
    written = f"{last}{joint}{first}" if turned else f"{first}{joint}{last}"
    safe = redactor.redact(f"by {written.lower()} and {first} {last}.")
    assert "<person-1>" in safe or written.lower() != written.lower().casefold()


@pytest.mark.parametrize(
    "unit", ["meier ", "a.meier", "anna ", "meier,", "annameier2", "am4711", "a meier@", "anna.meier@"]
)
def test_hostile_text_costs_time_in_proportion(unit: str) -> None:
    def cost(size: int) -> float:
        text = unit * (size // len(unit))
        began = time.process_time()
        redacted(text)
        return time.process_time() - began

    small, large = cost(20_000), cost(80_000)
    assert large < max(1.0, small * 10)
