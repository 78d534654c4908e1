"""What can be reached from where: workers, and the children that read strangers' files, have no way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.promises import Told
from tests.stack.compose import UI, WORKER, Failed, Stack, run

# A machine of the outside: a network namespace behind this one, with addresses that are for documentation alone.
NAMESPACE, NEAR, FAR, PORT = "pdfc-outside", "198.51.100.1", "198.51.100.2", 8099
_MACHINE = f"""
import select, socket
tcp = socket.create_server(('{FAR}', {PORT}))
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(('{FAR}', {PORT}))
print('listens', flush=True)
while True:
    for ready in select.select([tcp, udp], [], [])[0]:
        if ready is tcp:
            tcp.accept()[0].close()
        else:
            udp.recv(10)
        print('tcp' if ready is tcp else 'udp', flush=True)
"""
_LOOK = f"""
import json, socket
def tried(address):
    try:
        socket.create_connection(address, 3).close()
        return 'reached'
    except OSError as error:
        return type(error).__name__
with socket.socket(type=socket.SOCK_DGRAM) as s:
    try:
        s.sendto(b'x', ('{FAR}', {PORT}))
    except OSError:
        pass
inside = {{'pgbouncer': 6432, 'redis': 6379, 'nginx': 80}}
found = {{name: tried((name, port)) for name, port in inside.items()}}
print(json.dumps(found | {{'outside': tried(('{FAR}', {PORT}))}}))
"""
_CHILD = """
import json
import os
from core.options import Limits
from core.sandbox import lacking
print(json.dumps(list(lacking(Limits()))))
"""


def told(stack: Stack) -> Iterator[Told]:
    """A machine outside, asked from a web server (which may) and from a worker (which may not); and the inner ways."""
    with _outside() as heard:
        web = _seen(stack, UI)
        time.sleep(0.5)
        by_web = set(heard())
        worker = _seen(stack, WORKER)
        time.sleep(0.5)
        by_worker = set(heard())
    yield Told(
        "a machine outside hears a web server, so it would hear a worker",
        web["outside"] == "reached" and by_web == {"tcp", "udp"},
        f"it heard {' and '.join(sorted(by_web)) or 'nothing'}",
    )
    yield Told(
        "a machine outside hears nothing of a worker, neither TCP nor UDP",
        worker["outside"] != "reached" and not by_worker,
        f"it heard {' and '.join(sorted(by_worker)) or 'nothing'}; the worker: {worker['outside']}",
    )
    yield Told(
        "a worker reaches the pooler and Redis, and not the door",
        (worker["pgbouncer"], worker["redis"]) == ("reached", "reached") and worker["nginx"] != "reached",
        str(worker),
    )
    yield Told("a web server reaches the pooler and Redis", {web["pgbouncer"], web["redis"]} == {"reached"}, str(web))
    lacking = json.loads(run("docker", "exec", stack.containers(WORKER)[0], "python", "-c", _CHILD).splitlines()[-1])
    yield Told("a worker's children are locked in, without sockets", not lacking, ", ".join(lacking) or "nothing lacks")
    ways = {name: _networks(name) for name in ("postgres-primary", "postgres-replica-1", "redis")}
    outside = sorted(name for name, networks in ways.items() if not all(networks.values()))
    yield Told("the database and Redis are on the inner network alone", not outside, str(outside or "all of them"))
    published = run("docker", "ps", "--format", "{{.Names}} {{.Ports}}", "--filter", "label=com.docker.compose.project")
    open_ones = {line.split()[0] for line in published.splitlines() if "0.0.0.0:" in line or ":::" in line}
    yield Told("only nginx is reached from other machines", open_ones == {"pdf-compare-nginx"}, ", ".join(open_ones))


@contextmanager
def _outside() -> Iterator[Any]:
    """A machine that Docker's containers reach by this one; gives what it has heard since it was last asked."""
    _gone()
    run("ip", "netns", "add", NAMESPACE)
    machine: subprocess.Popen[bytes] | None = None
    try:
        run("ip", "link", "add", "pdfc-near", "type", "veth", "peer", "name", "pdfc-far", "netns", NAMESPACE)
        run("ip", "addr", "add", f"{NEAR}/24", "dev", "pdfc-near")
        run("ip", "link", "set", "pdfc-near", "up")
        run("ip", "-n", NAMESPACE, "addr", "add", f"{FAR}/24", "dev", "pdfc-far")
        run("ip", "-n", NAMESPACE, "link", "set", "pdfc-far", "up")
        run("ip", "-n", NAMESPACE, "route", "add", "default", "via", NEAR)
        command = ["ip", "netns", "exec", NAMESPACE, sys.executable, "-c", _MACHINE]
        machine = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert machine.stdout is not None
        machine.stdout.readline()
        out = machine.stdout
        os.set_blocking(out.fileno(), False)

        def heard() -> list[str]:
            return (out.read() or b"").decode().split()

        yield heard
    finally:
        if machine is not None:
            machine.kill()
            machine.wait()
        _gone()


def _gone() -> None:
    for command in (("ip", "netns", "del", NAMESPACE), ("ip", "link", "del", "pdfc-near")):
        try:
            run(*command)
        except Failed:
            continue


def _seen(stack: Stack, service: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(run("docker", "exec", stack.containers(service)[0], "python", "-c", _LOOK))
    return found


def _networks(name: str) -> dict[str, bool]:
    """Networks of a container, and whether each is internal."""
    found = json.loads(
        run("docker", "inspect", "--format", "{{json .NetworkSettings.Networks}}", f"pdf-compare-{name}")
    )
    return {
        network: run("docker", "network", "inspect", "--format", "{{.Internal}}", network).strip() == "true"
        for network in found
    }
