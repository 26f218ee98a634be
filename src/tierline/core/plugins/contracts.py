"""What a plug-in must offer: one Protocol for each entry-point group, and the frozen values between.

A plug-in is a class without constructor arguments. It needs no base class: whatever has the attributes and
methods of a Protocol is one. Nothing here knows Django, a room or a request, so a plug-in can be tested by
itself.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from .detecting import BlockDetector, Detector, LineFilter, Secret, SecretText
from .plugin import Plugin

__all__ = [
    "Action", "ActionContext", "ActionResult", "Analyser", "Analysis", "ArrivedMail", "BlockDetector", "Channel",
    "ChannelContext", "Completion", "Delivery", "Detector", "Embedder", "Execution", "Finding", "JsonValue",
    "LanguageModel", "Limits", "LineFilter", "MailRead", "MailReader", "Model", "Outcome", "Outgoing", "Plugin",
    "Prompt", "Received", "Runner", "Sample", "Secret", "SecretText", "Tracker", "TrackerContext", "TrackerIssue",
]  # fmt: skip
JsonValue = str | int | float | bool | None | list["JsonValue"] | dict[str, "JsonValue"]


# --- channels ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelContext:
    """What a channel may know: its own settings and secrets, and where it left off last time."""

    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message as it arrived. `source` says from where, `cursor` is what to remember once it is stored."""

    content: bytes
    source: str
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message to send. `thread` holds the ids of earlier messages, oldest first."""

    to: str
    subject: str
    text: str
    html: str = ""
    message_id: str = ""
    thread: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Whether the next station took the message; `permanent` tells that another try cannot help."""

    accepted: bool
    detail: str = ""
    permanent: bool = False


@runtime_checkable
class Channel(Plugin, Protocol):
    """A way in and out: mail, a chat network, a monitoring system. Group `tierline.channels`."""

    def receive(self, context: ChannelContext) -> Iterator[Received]:
        """What is waiting, oldest first. The caller stores each one before it asks for the next."""
        ...

    def send(self, message: Outgoing, context: ChannelContext) -> Delivery:
        """Hand one message to the outside.

        Must not send the same `message_id` twice where it can be avoided.
        """
        ...


# --- readers of mail ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedMail:
    """A mail that came in. `marks` are its `X-Tierline-Source` headers, `reply` is its text without what it quotes.

    `proven` and `doubted`: what the own mail server found (RFC 8601). `automatic`: a program answered (RFC 3834).
    `answers` are the messages to others than the requester that this mail answers, the most certain first.
    """

    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    marks: tuple[str, ...] = ()
    proven: bool = False
    doubted: bool = False
    automatic: bool = False
    message_id: str = ""
    answers: tuple[int, ...] = ()
    reply: str = ""
    html: str = ""
    files: tuple[tuple[str, str, bytes], ...] = ()  # name, type, content


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRead:
    """What a reader made of a mail, and why. Not `taken`: the desk goes on with it as with any other mail.

    `ticket_id` is the ticket that it opened or belongs to; None when it asks for nothing.
    """

    taken: bool
    why: str
    ticket_id: int | None = None
    opened: bool = False


@runtime_checkable
class MailReader(Plugin, Protocol):
    """Takes mail that is no conversation with a requester, such as alerts. Group `tierline.mail_readers`.

    With `threads` it is asked about every mail, too, that answers a message to somebody else than the requester.
    """

    @property
    def threads(self) -> bool: ...

    def senders(self) -> frozenset[str]:
        """The addresses in lower case, or `@domain`, whose mail this reader is asked about. Asked every few seconds."""
        ...

    def read(self, mail: ArrivedMail) -> MailRead:
        """Take the mail or leave it. Called in a transaction, once for each message."""
        ...


# --- actions ---


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionContext:
    """For which ticket and on whose word an action runs.

    `idempotency_key` is the same for every try of the same run. With `dry_run` nothing outside may change.
    """

    ticket_id: int | None
    ticket_reference: str
    requester_email: str
    actor_label: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What came of it. `detail` is one sentence for people; `facts` are added to the ticket."""

    ok: bool
    detail: str
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    permanent: bool = True


@runtime_checkable
class Action(Plugin, Protocol):
    """Something a runbook or automation can do, such as a password reset. Group `tierline.actions`.

    `Params` is a dataclass: its fields are the form a person fills in and the JSON schema a program reads
    (`plugins.schema`). `needs_approval` makes a run wait for a person with the right to approve it.
    """

    @property
    def Params(self) -> type[Any]: ...  # noqa: N802 (a nested class, named as one)
    @property
    def needs_approval(self) -> bool: ...

    def describe(self, params: Any) -> str:  # noqa: ANN401 (each action has its own Params)
        """One sentence in the future tense for the person who approves: "Resets the password of ..."."""
        ...

    def run(self, params: Any, context: ActionContext) -> ActionResult:  # noqa: ANN401 (each action has its own)
        """Do it.

        Expected failures come back as `ok=False`; an exception counts as one that may be tried again.
        """
        ...


# --- analysers ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The start of a piece of evidence, enough to tell what it is. `size` is that of the whole, in bytes."""

    name: str
    content_type: str
    size: int
    head: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing worth telling.

    `line` counts from 1 (0: concerns the whole); `severity` is info, warning or error.
    """

    title: str
    detail: str = ""
    severity: str = "info"
    line: int = 0
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What an analyser learned.

    `signature` is the same for the same fault; `facts` may be added to the ticket.
    """

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    signature: str = ""
    summary: str = ""


@runtime_checkable
class Analyser(Plugin, Protocol):
    """Reads one sort of evidence. Group `tierline.analysers`."""

    def score(self, sample: Sample) -> int | None:
        """How well this analyser suits the sample, 1 to 100; None when not at all. Must be quick."""
        ...

    def analyse(self, sample: Sample, lines: Iterable[str]) -> Analysis:
        """Read the evidence line by line. Lines are redacted already, bounded in length and come once."""
        ...


# --- models ---


@runtime_checkable
class Model(Plugin, Protocol):
    """A language model or an embedder. Group `tierline.models`. `purpose` is "embed" or "complete"."""

    @property
    def purpose(self) -> str: ...


@runtime_checkable
class Embedder(Model, Protocol):
    """Turns short texts into vectors of `dimensions` numbers with length 1."""

    @property
    def dimensions(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """One vector for each text, in the same order."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a language model is asked. `passages` are untrusted material, never instructions."""

    instructions: str
    question: str
    passages: tuple[str, ...] = ()
    max_tokens: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """What a language model said, and what it took (tokens in and out)."""

    text: str
    model: str = ""
    tokens_in: int = 0
    tokens_out: int = 0


@runtime_checkable
class LanguageModel(Model, Protocol):
    """Writes text. Nothing in the product needs one."""

    def complete(self, prompt: Prompt) -> Completion:
        """One answer, or an exception that may be tried again."""
        ...


# --- trackers ---


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerContext:
    """A tracker's own settings and secrets."""

    settings: Mapping[str, JsonValue] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerIssue:
    """One issue of a development tracker. `state` is open, fixed, rejected or unknown."""

    reference: str
    url: str = ""
    title: str = ""
    state: str = "unknown"


@runtime_checkable
class Tracker(Plugin, Protocol):
    """Where the development team keeps its issues. Group `tierline.trackers`."""

    def look_up(self, reference: str, context: TrackerContext) -> TrackerIssue | None:
        """The issue that `reference` (a number, key or address) names; None when it names nothing here."""
        ...


# --- runners ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one run. Sizes are in bytes, times in seconds.

    `cpu_seconds` is for each process; `memory_bytes` for all of them together; `processes` counts threads too;
    `disk_bytes` is the size of the work folder; `output_bytes` is standard output and standard error together.
    """

    wall_seconds: float = 20.0
    cpu_seconds: int = 10
    memory_bytes: int = 256 * 1024 * 1024
    processes: int = 32
    disk_bytes: int = 32 * 1024 * 1024
    output_bytes: int = 256 * 1024
    open_files: int = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What to run: text files in a fresh work folder, and one command without a shell."""

    files: Mapping[str, str]
    command: tuple[str, ...]
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it.

    `exit_code` is that of the command, or 128 plus the signal that ended it. `limits_hit` names what was too much:
    wall, cpu, memory, processes, disk or output.
    """

    exit_code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    limits_hit: tuple[str, ...] = ()


@runtime_checkable
class Runner(Plugin, Protocol):
    """Runs what nobody has vouched for, shut in and bounded. Group `tierline.runners`."""

    def obstacle(self) -> str:
        """Why this runner cannot work here, in one sentence that says what to do; empty when it can."""
        ...

    def run(self, execution: Execution) -> Outcome:
        """Run once. Never without its sandbox: raises RuntimeError when `obstacle` has something to say."""
        ...
