"""The forms of "send a request": one for each symptom, asking only what helps.

Answers become facts of the ticket under the question's key, so that no tier asks them again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words: TypeAlias = str | Promise
WHAT_HAPPENED = _("What happened?")
OWN_WORDS = _("In your own words. An error message, word for word, helps most.")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question with why it is asked; `choices` are (stored value, words) pairs, empty for free text."""

    key: str
    words: Words
    why: Words = ""
    choices: tuple[tuple[str, Words], ...] = field(default=())
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Symptom:
    """What somebody notices. `kind` is the kind of ticket it opens; `desk_kind` its desk when not the first one."""

    key: str
    title: Words
    hint: Words
    kind: str = "incident"
    desk_kind: str = ""
    text_words: Words = WHAT_HAPPENED
    text_hint: Words = OWN_WORDS
    needs_text: bool = True
    listed: bool = True
    questions: tuple[Question, ...] = ()


HOW_MANY = Question(
    key="affected",
    words=_("Who else has it?"),
    why=_("It decides how fast we gather people around it."),
    choices=(("me", _("Only me")), ("team", _("My team too")), ("many", _("Many people")), ("", _("I do not know"))),
)
CAN_WORK = Question(
    key="can_work",
    words=_("Can you go on working?"),
    why=_("It decides what we do first."),
    choices=(("yes", _("Yes, with a detour")), ("partly", _("Partly")), ("no", _("No, I am stopped"))),
)
SINCE = Question(
    key="since",
    words=_("Since when?"),
    why=_("We compare it with what was changed at that time."),
)

SYMPTOMS = (
    Symptom(
        key="broken",
        title=_("Something stopped working"),
        hint=_("4 questions"),
        questions=(
            Question(
                key="where",
                words=_("Which program or device, and which version?"),
                why=_("Many faults belong to one version only."),
            ),
            SINCE,
            HOW_MANY,
            CAN_WORK,
        ),
    ),
    Symptom(
        key="sign-in",
        title=_("I cannot sign in"),
        hint=_("2 questions"),
        questions=(
            Question(key="where", words=_("Where do you want to sign in?"), required=True),
            Question(
                key="message",
                words=_("What does the page say?"),
                why=_("A wrong password and a locked account need different help."),
            ),
        ),
    ),
    Symptom(
        key="access",
        title=_("I need access to something"),
        hint=_("3 questions"),
        kind="request",
        text_words=_("What do you need it for?"),
        text_hint=_("The owner reads this when deciding."),
        questions=(
            Question(key="what", words=_("Access to what?"), required=True),
            Question(
                key="level",
                words=_("To read, or also to change?"),
                why=_("It decides who has to agree."),
                choices=(("read", _("Only to read")), ("change", _("Also to change")), ("", _("I am not sure"))),
            ),
            Question(key="until", words=_("Until when?"), why=_("Access ends by itself on that day.")),
        ),
    ),
    Symptom(
        key="equipment",
        title=_("I need equipment or software"),
        hint=_("2 questions"),
        kind="request",
        text_words=_("What do you need, and what for?"),
        text_hint=_("If you know the exact model or name, write it."),
        questions=(
            Question(key="when", words=_("When do you need it?")),
            Question(key="where", words=_("Where shall it be?")),
        ),
    ),
    Symptom(
        key="pay-leave",
        title=_("Pay, leave or my contract"),
        hint=_("1 question"),
        kind="request",
        desk_kind="hr",
        text_words=_("What is your question?"),
        text_hint=_("Only the people who look after it can read this."),
        questions=(Question(key="period", words=_("Which month or period is it about?")),),
    ),
    Symptom(
        key="suspicious",
        title=_("A message looks suspicious"),
        hint=_("just attach it"),
        text_words=_("What made you wonder?"),
        text_hint=_("Please do not click anything in it. Attach the message, or copy its text here."),
        questions=(
            Question(
                key="clicked",
                words=_("Did you open a link or a file in it?"),
                why=_("Nobody is blamed. It decides how fast we act."),
                choices=(("no", _("No")), ("yes", _("Yes")), ("", _("I am not sure"))),
            ),
        ),
    ),
    Symptom(
        key="colleague",
        title=_("A new colleague starts"),
        hint=_("3 questions"),
        kind="request",
        text_words=_("What will they need?"),
        text_hint=_("Programs, equipment, doors, groups. The same as somebody else is fine."),
        questions=(
            Question(key="name", words=_("What is their name?"), required=True),
            Question(key="start", words=_("Which day do they start?"), required=True),
            Question(key="where", words=_("Where will they work?")),
        ),
    ),
    Symptom(key="other", title=_("Something else"), hint=_("in your words")),
    Symptom(
        key="call",
        title=_("Talk to a person"),
        hint=_("we call you"),
        kind="request",
        listed=False,
        text_words=_("What is it about?"),
        text_hint=_("One sentence is enough. Whoever calls has read it."),
        questions=(
            Question(key="phone", words=_("Which number shall we call?"), required=True),
            Question(key="when", words=_("When is a good time?")),
        ),
    ),
)
LISTED = tuple(symptom for symptom in SYMPTOMS if symptom.listed)
BY_KEY = {symptom.key: symptom for symptom in SYMPTOMS}


IMPACT = {"many": 1, "team": 2, "me": 3}
URGENCY = {"no": 1, "partly": 2, "yes": 3}
USUAL_IMPACT, USUAL_URGENCY = 3, 2


def weight(answers: Mapping[str, str]) -> tuple[int, int]:
    """Impact and urgency (ITIL, 1 to 3) as the requester's answers tell them; triage may judge otherwise."""
    impact = IMPACT.get(answers.get("affected", ""), USUAL_IMPACT)
    return impact, URGENCY.get(answers.get("can_work", ""), USUAL_URGENCY)


def find(key: str) -> Symptom | None:
    """The symptom with that key, or nothing."""
    return BY_KEY.get(key)


def answered(facts: Mapping[str, str]) -> list[tuple[Words, Words]]:
    """What was answered in a symptom's form: each question with the words of its answer, in the form's order."""
    symptom = find(facts.get("symptom", ""))
    given = [(one, facts[one.key]) for one in (symptom.questions if symptom else ()) if facts.get(one.key)]
    return [(one.words, dict(one.choices).get(answer, answer)) for one, answer in given]
