"""An allow-list of system calls as a seccomp filter, assembled here: it must cost a child nothing to import.

The program is classic BPF over `struct seccomp_data` (seccomp(2)): the architecture is checked first, then the number
of the call against the list, then for some calls an argument. What is not on the list fails with EPERM, so that a
library that tries something it can do without goes on; a call of another architecture kills the process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from typing import NamedTuple

_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06  # linux/bpf_common.h
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000  # linux/seccomp.h
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_SET_MODE_FILTER, _ALL_THREADS = 1, 1
_X32 = 0x40000000  #: numbers from here on are calls of x32, another way into the same kernel

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PROT_EXEC = 4
_CLONE_THREAD = 0x10000


class _Condition(NamedTuple):
    """A call is allowed where `argument` (from 0), masked, equals one of `values` (its low 32 bits)."""

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF


#: name: (x86_64, aarch64); -1 where the architecture has none. From asm/unistd_64.h and asm-generic/unistd.h.
_NUMBERS: dict[str, tuple[int, int]] = {
    "read": (0, 63),
    "write": (1, 64),
    "open": (2, -1),
    "close": (3, 57),
    "stat": (4, -1),
    "fstat": (5, 80),
    "lstat": (6, -1),
    "poll": (7, -1),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "ioctl": (16, 29),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "access": (21, -1),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup": (32, 23),
    "dup2": (33, -1),
    "dup3": (292, 24),
    "pipe2": (293, 59),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "clone": (56, 220),
    "vfork": (58, -1),
    "execve": (59, 221),
    "exit": (60, 93),
    "wait4": (61, 260),
    "waitid": (247, 95),
    "kill": (62, 129),
    "uname": (63, 160),
    "fcntl": (72, 25),
    "getcwd": (79, 17),
    "chdir": (80, 49),
    "readlink": (89, -1),
    "gettimeofday": (96, 169),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "getpgrp": (111, -1),
    "sigaltstack": (131, 132),
    "fstatfs": (138, 44),
    "arch_prctl": (158, -1),
    "gettid": (186, 178),
    "time": (201, -1),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "getdents64": (217, 61),
    "set_tid_address": (218, 96),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "tgkill": (234, 131),
    "openat": (257, 56),
    "newfstatat": (262, 79),
    "readlinkat": (267, 78),
    "faccessat": (269, 48),
    "ppoll": (271, 73),
    "set_robust_list": (273, 99),
    "preadv": (295, 69),
    "prlimit64": (302, 261),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "statx": (332, 291),
    "rseq": (334, 293),
    "clone3": (435, 435),
    "faccessat2": (439, 439),
}
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

#: What reading, comparing, drawing and writing to a pipe take; nothing here starts, reaches or changes anything else.
_PLAIN = """
    read write close fstat stat lstat newfstatat statx lseek pread64 preadv readv writev poll ppoll
    munmap brk mremap madvise futex set_robust_list rseq membarrier sched_yield sched_getaffinity
    rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack nanosleep clock_nanosleep
    clock_gettime clock_getres gettimeofday time times getrusage getrandom sysinfo uname
    getpid gettid getppid getuid geteuid getgid getegid getcwd access faccessat faccessat2 readlink readlinkat
    getdents64 fstatfs dup recvfrom recvmsg getrlimit exit exit_group
"""
#: Besides, what starting one program and waiting for it takes.
_STARTING = "vfork execve wait4 waitid pipe2 dup2 dup3 getpgrp chdir set_tid_address arch_prctl"


def filter_program(profile: str) -> bytes:
    """The BPF program of a profile (`parse` or `ocr`) for this machine and this process; b"" where none is known."""
    known = _ARCHITECTURES.get(os.uname().machine)
    if known is None:
        return b""
    column, architecture = known
    code = [
        _statement(_LOAD, _ARCHITECTURE_AT),
        _jump(_JUMP_EQUAL, architecture, 1, 0),
        _statement(_RETURN, _KILL_PROCESS),
        _statement(_LOAD, _NUMBER_AT),
    ]
    if column == 0:
        code += [_jump(_JUMP_AT_LEAST, _X32, 0, 1), _statement(_RETURN, _KILL_PROCESS)]
    for name, condition in _allowed(profile):
        number = _NUMBERS[name][column]
        if number >= 0:
            code += _rule(number, condition)
    # glibc asks for clone3 first and takes clone where it is told that there is none.
    code += [_jump(_JUMP_EQUAL, 435, 0, 1), _statement(_RETURN, _ERRNO | errno.ENOSYS)]
    code.append(_statement(_RETURN, _ERRNO | errno.EPERM))
    return b"".join(code)


def install(program: bytes) -> None:
    """Put the filter on all threads of this process, for good; needs no_new_privs.

    Raises:
        OSError: The kernel takes no filter.
    """
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    number = 317 if os.uname().machine == "x86_64" else 277
    if syscall(number, _SET_MODE_FILTER, _ALL_THREADS, header) != 0:
        raise OSError(ctypes.get_errno(), "the kernel takes no seccomp filter")


def _allowed(profile: str) -> Iterable[tuple[str, _Condition | None]]:
    yield from ((name, None) for name in _PLAIN.split())
    is_ocr = profile == "ocr"
    if is_ocr:
        yield from ((name, None) for name in _STARTING.split())
    else:
        # Files are opened to be read; which ones is Landlock's affair.
        yield "open", _Condition(1, (0,), _WRITING)
        yield "openat", _Condition(2, (0,), _WRITING)
    if is_ocr:  # a temporary name and the output of the program go to files, and Landlock says where
        yield "open", None
        yield "openat", None
    # Memory that can be written is never run.
    yield "mmap", _Condition(2, (0, 1, 2, 3, _PROT_EXEC, _PROT_EXEC | 1))
    yield "mprotect", _Condition(2, (0,), 0 if is_ocr else _PROT_EXEC)
    yield "clone", None if is_ocr else _Condition(0, (_CLONE_THREAD,), _CLONE_THREAD)
    # Signals to itself: abort(3) must look like one.
    yield "tgkill", None if is_ocr else _Condition(0, (os.getpid(),))
    yield "prlimit64", _Condition(2, (0,))  # no new limit: only asked for
    yield "ioctl", _Condition(1, (0x5401, 0x541B, 0x5451, 0x5450))  # TCGETS, FIONREAD, FIOCLEX, FIONCLEX
    yield "fcntl", _Condition(1, (0, 1, 2, 3, 4, 1030))  # F_DUPFD … F_SETFL, F_DUPFD_CLOEXEC


def _rule(number: int, condition: _Condition | None) -> list[bytes]:
    """Allow a call, or go on behind the rule; a call whose argument does not fit is refused at once."""
    if condition is None:
        return [_jump(_JUMP_EQUAL, number, 0, 1), _statement(_RETURN, _ALLOW)]
    body = [_statement(_LOAD, _ARGUMENTS_AT + 8 * condition.argument)]
    if condition.mask != 0xFFFFFFFF:
        body.append(_statement(_AND, condition.mask))
    count = len(condition.values)
    body += [_jump(_JUMP_EQUAL, value, count - k, 0) for k, value in enumerate(condition.values)]
    body += [_statement(_RETURN, _ERRNO | errno.EPERM), _statement(_RETURN, _ALLOW)]
    return [_jump(_JUMP_EQUAL, number, 0, len(body)), *body]


def _statement(code: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, 0, 0, value)


def _jump(code: int, value: int, if_true: int, if_false: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
