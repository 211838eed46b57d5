"""Runs one command in a root of its own, as a service manager or a container engine would: another user, no privileges,
no memory that can be written and executed, its own processes and its own loopback network, so every port is free.

usage: unshare --net --mount --pid --fork --kill-child python3 isolated.py ROOT USER SYSTEM_CALLS NAME=VALUE… -- COMMAND…
SYSTEM_CALLS are the numbers of those that are allowed, with commas; `all` for no filter.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys

import system_calls

SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 38, 24, 65, 1
libc = ctypes.CDLL(None, use_errno=True)


def check(returned: int) -> None:
    if returned != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))


def numbers_of(root: str, user: str) -> tuple[int, int]:
    for line in open(f"{root}/etc/passwd"):
        fields = line.split(":")
        if fields[0] == user:
            return int(fields[2]), int(fields[3])
    raise SystemExit(f"there is no user {user} in {root}")


def main(root: str, user: str, calls: str, *rest: str) -> None:
    split = rest.index("--")
    environment = dict(pair.split("=", 1) for pair in rest[:split])
    command = rest[split + 1:]
    uid, gid = numbers_of(root, user)
    loopback_up()
    check(libc.mount(b"proc", f"{root}/proc".encode(), b"proc", 0, None))
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)  # those that the kernel does not know fail
    os.chroot(root)
    os.chdir("/")
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    check(libc.prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
    if calls != "all":
        system_calls.put_into_force([int(number) for number in calls.split(",")])
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main(*sys.argv[1:])
