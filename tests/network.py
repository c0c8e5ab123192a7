"""Hosts on a network of the test's own, each of which can be cut off as by a pulled cable.

Network namespaces of Linux, joined by a bridge. Where a host is taken off the bridge its packets
vanish: neither side is notified.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest

_networks = count(1)

# Reads until whoever made the network is gone, in whatever way, and takes it down.
CARETAKER = """
import subprocess, sys
sys.stdin.read()
for name in subprocess.check_output(["ip", "netns", "list"], text=True).split():
    if name.startswith(sys.argv[1]):
        subprocess.run(["ip", "netns", "del", name])
"""


@dataclass(frozen=True)
class Host:
    """A host: its namespace, its address, and the switch's port that its cable is in."""

    name: str
    address: str
    port: str

    @property
    def inside(self) -> list[str]:
        """What a command begins with to run on this host."""
        return ["ip", "netns", "exec", self.name]


@dataclass
class Network:
    """A switch and what is plugged into it; no other test's has its name."""

    name: str
    hosts: list[Host] = field(default_factory=list)

    @property
    def switch(self) -> str:
        return f"{self.name}-switch"

    def add_host(self) -> Host:
        """Plug in a host, with the next address of 10.213.0.0/24."""
        number = len(self.hosts) + 1
        host = Host(f"{self.name}-{number}", f"10.213.0.{number}", f"port{number}")
        _ip("netns", "add", host.name)
        _ip("-n", host.name, "link", "set", "dev", "lo", "up")
        _ip(
            "-n", self.switch, "link", "add", "name", host.port,
            "type", "veth", "peer", "name", "cable", "netns", host.name,
        )  # fmt: skip
        _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "cable")
        _ip("-n", host.name, "link", "set", "dev", "cable", "up")
        _ip("-n", self.switch, "link", "set", "dev", host.port, "up")
        self.join(host)
        self.hosts.append(host)
        return host

    def cut(self, host: Host) -> None:
        """From now on nothing reaches the host and nothing comes from it, without a word."""
        _ip("-n", self.switch, "link", "set", "dev", host.port, "nomaster")

    def join(self, host: Host) -> None:
        """The host is on the network, again."""
        _ip("-n", self.switch, "link", "set", "dev", host.port, "master", "bridge")


@contextmanager
def network() -> Iterator[Network]:
    """A network that is taken down at the end, also of a test that is killed.

    Skips where there can be none: it takes Linux, root and the command `ip`.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("hosts to cut off take Linux, root and the command `ip`")
    made = Network(f"apportion-{os.getpid()}-{next(_networks)}")
    try:
        _ip("netns", "add", made.switch)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no network namespaces here: {error.stderr.strip()}")
    caretaker = subprocess.Popen(
        [sys.executable, "-c", CARETAKER, f"{made.name}-"],
        stdin=subprocess.PIPE,
        # What interrupts us must not reach it.
        start_new_session=True,
    )
    try:
        _ip("-n", made.switch, "link", "add", "name", "bridge", "type", "bridge")
        _ip("-n", made.switch, "link", "set", "dev", "bridge", "up")
        yield made
    finally:
        caretaker.communicate()


def _ip(*words: str) -> None:
    # S607: found on the path, since systems keep it in different places
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)  # noqa: S607
