"""SystemCallFilter= of a systemd unit, put into force without systemd: systemd names the members of its sets, the kernel's
header their numbers, and a small seccomp program refuses the rest with EPERM."""

import ctypes
import errno
import re
import struct
import subprocess
from pathlib import Path

NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
BPF_LOAD, BPF_JUMP_IF_EQUAL, BPF_RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM


def members(name: str) -> set[str]:
    """The system calls of a set such as @resources, or the one of that name."""
    if not name.startswith("@"):
        return {name}
    ask = ["systemd-analyze", "syscall-filter", name]
    listed = subprocess.run(ask, check=True, capture_output=True, text=True).stdout
    words = [line.strip() for line in listed.splitlines()[1:] if line.startswith("    ")]
    return set().union(*(members(word) for word in words if not word.startswith("#")))


def allowed(filters: list[str]) -> list[int]:
    """What the values of a unit's SystemCallFilter= lines leave, as numbers."""
    left: set[str] = set()
    for line in filters:
        named = set().union(*(members(name) for name in line.lstrip("~").split()))
        left = left - named if line.startswith("~") else left | named
    numbers = dict(re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text()))
    return sorted(int(numbers[name]) for name in left | members("@default") if name in numbers)


def put_into_force(numbers: list[int]) -> None:
    """For this process and what it executes. Needs no_new_privs."""
    program = [struct.pack("HBBI", BPF_LOAD, 0, 0, 0)]  # the number of the call
    for number in numbers:
        program += [struct.pack("HBBI", BPF_JUMP_IF_EQUAL, 0, 1, number), struct.pack("HBBI", BPF_RETURN, 0, 0, ALLOW)]
    code = b"".join(program + [struct.pack("HBBI", BPF_RETURN, 0, 0, REFUSE)])
    held = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.create_string_buffer(header), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")
