"""The Java virtual machine: `Throwable.printStackTrace`, Android's `FATAL EXCEPTION`, and Jazzer, which fuzzes it."""

import re

from tierline.work.diagnosis.rules.stacks.forms import STATED, STOPPED, Finding, Form, Runtime, Seen, Sign, named, says

_FRAME = re.compile(
    r"[ \t]{1,8}at (?:[\w.@-]{0,80}/){0,2}([\w.$<>/-]{1,300})"
    r"\((?:[\w.]{1,80}(?:@[\w.+-]{1,40})?/)?"  # thread dumps name the module here
    r"(?:[\w$.-]{1,120}\.(?:java|kt|scala|groovy|clj)(?::\d+)?|Native Method|Unknown Source|<generated>)\)"
)
_CRASH = re.compile(  # the stack of an hs_err file: compiled, interpreted, native and the machine's own frames
    r"(?:[jvA]  |J \d{1,9}%?[ !bsn]{0,4}(?:c[12] )?|[CV]  \[[^\[\]\n]{1,160}\+0x[0-9a-f]{1,16}\][ ]{1,4})"
    r"([A-Za-z_~][\w.$:<>~]{1,300})(?:\(|\+0x|$)"
)
_FATAL = re.compile(r"(?:\S{1,40}[ \t]{1,4}){0,8}FATAL EXCEPTION: ")
_OF_MACHINE = re.compile(r"# A fatal error has been detected by the Java Runtime Environment:")
_UNCAUGHT = re.compile(r"(?:== Java Exception: |Exception in thread \"[^\"\n]{0,200}\" )([\w.$]{1,200})")
_SECURITY = re.compile(r"com\.code_intelligence\.jazzer\.api\.FuzzerSecurityIssue(\w{1,20})(?::[ ](.{0,200}))?")


def _uncaught(found: Seen) -> Finding:
    if _SECURITY.match(found.match.string, found.match.start(1)):
        return Finding("Security exception", STATED)
    kind = {"java.lang.OutOfMemoryError": "Out-of-memory", "java.lang.StackOverflowError": "Stack overflow"}
    return Finding(kind.get(found[1], "Uncaught exception"), STATED)


RUNTIME = Runtime(
    "java",
    forms=(Form(_FRAME, named("java")), Form(_CRASH, named("java"))),
    signs=(
        Sign("FATAL EXCEPTION", _FATAL, says("Fatal Exception", STATED)),
        Sign("xception", _UNCAUGHT, _uncaught),
        Sign("by the Java Runtime", _OF_MACHINE, says("Crash of the virtual machine", STOPPED)),
    ),
)
