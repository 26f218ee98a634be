"""The system calls that a sandboxed program is refused, as a seccomp filter for bubblewrap.

Refused is what widens the kernel's attack surface (new namespaces, mounts, bpf, io_uring, ...) and what takes
memory that no limit counts (memfd, System V shared memory). On a processor that is not listed there is no
filter; the namespaces and limits hold without it.
"""

import errno
import platform
import struct

_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16
_CLONE_NEW_USER = 0x10000000
_X32_BIT = 0x40000000

# audit architecture, clone, and the refused calls, from the kernel's system call tables
_SAME_EVERYWHERE = (425, 428, 429, 430, 432, 442, 447)  # io_uring_setup, mounts by descriptor, memfd_secret
_CLONE3 = 435
_TABLES: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,
        # shmget ptrace pivot_root mount umount2 init_module kexec_load add_key request_key keyctl unshare
        # perf_event_open open_by_handle_at setns process_vm_* finit_module memfd_create bpf userfaultfd
        (29, 101, 155, 165, 166, 175, 246, 248, 249, 250, 272, 298, 304, 308, 310, 311, 313, 319, 321, 323),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        # umount2 mount pivot_root unshare kexec_load init_module ptrace shmget add_key request_key keyctl
        # perf_event_open open_by_handle_at setns process_vm_* finit_module memfd_create bpf userfaultfd
        (39, 40, 41, 97, 104, 105, 117, 194, 217, 218, 219, 241, 265, 268, 270, 271, 273, 279, 280, 282),
    ),
}


def program(machine: str = "") -> bytes:
    """The filter as the kernel takes it (an array of `struct sock_filter`).

    Empty for an unlisted processor.
    """
    table = _TABLES.get(machine or platform.machine())
    if table is None:
        return b""
    architecture, clone, refused = table
    steps = [
        _step(_LOAD, _AT_ARCHITECTURE),
        _step(_JUMP_EQUAL, architecture, if_true=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _AT_NUMBER),
        _step(_JUMP_GREATER_EQUAL, _X32_BIT, if_false=1),
        _step(_RETURN, _REFUSE | errno.EPERM),
    ]
    for number in refused + _SAME_EVERYWHERE:
        steps += [_step(_JUMP_EQUAL, number, if_false=1), _step(_RETURN, _REFUSE | errno.EPERM)]
    # "not implemented" makes the C library fall back to clone, whose flags can be looked at
    steps += [_step(_JUMP_EQUAL, _CLONE3, if_false=1), _step(_RETURN, _REFUSE | errno.ENOSYS)]
    steps += [
        _step(_JUMP_EQUAL, clone, if_false=3),
        _step(_LOAD, _AT_FIRST_ARGUMENT),
        _step(_JUMP_SET, _CLONE_NEW_USER, if_false=1),
        _step(_RETURN, _REFUSE | errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def _step(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
