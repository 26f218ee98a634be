"""UndefinedBehaviorSanitizer (Clang documentation, "Available checks") and Clang's control flow integrity."""

import re
from dataclasses import replace

from tierline.work.diagnosis.rules.stacks.forms import FOUND, Detail, Finding, Runtime, Seen, Sign

_ERROR = re.compile(r"[^\n]{0,400}?:\d{1,9}(?::\d{1,9})?: runtime error: ([^\n]{1,1000})")
_CHECKS = tuple((re.compile(pattern), kind) for pattern, kind in (
    (r"(?:division|remainder) by zero", "Divide-by-zero"),
    (r"implicit conversion from type", "Implicit-conversion"),
    (r"call to function .{0,300} through pointer to incorrect function type", "Incorrect-function-pointer-type"),
    (r"(?:un)?signed integer overflow|negation of ", "Integer-overflow"),
    (r"variable length array bound ", "Non-positive-vla-bound-value"),
    (r"load of null pointer", "Null-dereference READ"),
    (r"store to null pointer", "Null-dereference WRITE"),
    (r"(?:member (?:access within|call on)|reference binding to) null pointer", "Null-dereference"),
    (r"upcast of null pointer", "Upcast-of-null-pointer"),
    (r".{0,100}misaligned address|assumption of .{1,60} byte alignment", "Misaligned-address"),
    (r".{0,200}with insufficient space for an object", "Object-size"),
    (r"(?:addition|subtraction) of unsigned offset|pointer index expression|applying (?:non-)?zero offset",
     "Pointer-overflow"),
    (r"left shift of |shift exponent ", "Undefined-shift"),
    (r"index .{1,60} out of bounds", "Index-out-of-bounds"),
    (r".{0,100}not a valid value for type '?(?:bool|_Bool|BOOL)", "Invalid-bool-value"),
    (r".{0,100}not a valid value for type ", "Invalid-enum-value"),
    (r".{0,100}outside the range of representable values", "Float-cast-overflow"),
    (r"null pointer (?:returned from function|was returned)", "Invalid-null-return"),
    (r"null pointer passed as argument", "Invalid-null-argument"),
    (r"passing zero to ", "Invalid-builtin-use"),
    (r"execution reached the end of a value-returning function", "No-return-value"),
    (r"execution reached (?:an unreachable|a __builtin_unreachable)", "Unreachable code"),
    (r"assumption is violated", "Assumption-violation"),
))  # fmt: skip
_CAST = re.compile(
    r"(?:control flow integrity check for type '([^\n]{1,600}?)' failed"
    r"|(?:member (?:call|access)|downcast|upcast|cast|constructor call)[^\n]{0,60} (?:address (0x[0-9a-f]{1,16}) )?"
    r"which does not point to an object of type '?([^'\n]{1,600})'?)"
)
_VTABLE = re.compile(r"\(vtable address (0x[0-9a-f]{1,16})\)")
_REAL = re.compile(r"[^\n]{0,400}note: (?:vtable|object) (?:is|of) (?:of )?type '([^\n']{1,600})'")


def _error(found: Seen) -> Finding:
    said = found[1]
    if cast := _CAST.match(said):
        vtable = _VTABLE.search(said)
        address = cast[2] or (vtable[1] if vtable else "")
        return Finding("Bad-cast", FOUND, address, (f"Bad-cast to {cast[1] or cast[3]}",))
    for pattern, kind in _CHECKS:
        if pattern.match(said):
            return Finding(kind, FOUND)
    return Finding("UNKNOWN", FOUND)


def _real(found: re.Match[str], finding: Finding) -> Finding:
    if finding.type != "Bad-cast" or " from " in finding.first[0]:
        return finding
    return replace(finding, first=(f"{finding.first[0]} from {found[1]}",))


RUNTIME = Runtime(
    "undefined",
    signs=(Sign(": runtime error: ", _ERROR, _error),),
    details=(Detail("note: ", _REAL, _real),),
)
