"""The read mark of a socket."""

import asyncio
import select
import socket
import sys
from collections.abc import Iterator

import pytest

from voltape.bybit.coalesce import READ_EVERY, ReadCoalescer

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the option has its effect on Linux only")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two connected TCP sockets; the first is read."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as near:
        near.connect(server.getsockname())
        far, _ = server.accept()
        with far:
            near.setblocking(False)
            yield near, far


def readable(sock: socket.socket) -> bool:
    """Whether the kernel calls the socket readable, within a moment."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(50))


def collecting(sock: socket.socket, group: set[ReadCoalescer] | None = None) -> ReadCoalescer:
    """A coalescer at a megabyte per second."""
    coalescer = ReadCoalescer(sock, 0.0, group)
    for second in range(1, 20):
        coalescer.measure(second * 1_000_000, float(second))
    coalescer.restore()
    return coalescer


@linux_only
def test_the_mark_follows_the_rate(pair: tuple[socket.socket, socket.socket]) -> None:
    """A busy socket's mark is what twice the rhythm of reading brings, a quiet one is read plainly."""
    coalescer = collecting(pair[0])
    busy = coalescer.mark
    assert 1_000_000 * READ_EVERY * 1.9 < busy <= 1_000_000 * READ_EVERY * 2
    assert pair[0].getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT) == busy
    for second in range(20, 60):
        coalescer.measure(19_000_000 + second * 10, float(second))
    coalescer.restore()
    assert coalescer.mark == 1


@linux_only
def test_the_mark_is_bounded_and_a_moment_is_no_measure(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """However fast the feed, the mark stays below the socket's buffer; a single read or a clock that stands still tells nothing."""
    coalescer = ReadCoalescer(pair[0], 5.0)
    for moment in (5.0, 5.1):
        coalescer.measure(1_000_000, moment)
        coalescer.restore()
        assert coalescer.mark == 1
    coalescer.measure(10**12, 6.0)
    coalescer.restore()
    assert coalescer.mark == 65_536


@linux_only
def test_bytes_wait_below_the_mark_and_are_signalled_when_released(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """Releasing makes the kernel signal what already waits, so nothing is held back for longer than a flush."""
    near, far = pair
    coalescer = collecting(near)
    far.send(b"x" * 1_000)
    assert not readable(near)
    coalescer.release()
    assert readable(near)
    assert len(near.recv(65_536)) == 1_000


@linux_only
def test_it_is_known_whether_bytes_wait_without_reading_them(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """Nothing waits in an idle socket; what waits below the mark is told; plain reading has nothing to tell."""
    near, far = pair
    coalescer = collecting(near)
    assert not coalescer.waiting()
    far.send(b"x" * 300)
    coalescer.release()
    assert readable(near)
    assert not coalescer.waiting()
    coalescer.restore()
    assert coalescer.waiting()
    near.recv(65_536)
    assert not coalescer.waiting()


@linux_only
async def test_the_event_loop_is_told_of_what_is_released(pair: tuple[socket.socket, socket.socket]) -> None:
    """The signal reaches a loop that waits for the socket."""
    near, far = pair
    coalescer = collecting(near)
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(near, arrived.set)
    try:
        far.send(b"x" * 100)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(arrived.wait(), 0.05)
        coalescer.release()
        await asyncio.wait_for(arrived.wait(), 2)
    finally:
        loop.remove_reader(near)


@linux_only
def test_the_first_that_is_read_lets_the_others_be_read_too(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    """One wake-up serves all sockets of a group; each collects again when it has been read."""
    with socket.socket() as other_socket:
        group: set[ReadCoalescer] = set()
        first, other = collecting(pair[0], group), collecting(other_socket, group)
        assert group == {first, other}
        first.drained()
        assert first.mark > 1
        assert other.mark == 1
        other.drained()
        assert other.mark > 1


@linux_only
def test_a_socket_that_is_gone_leaves_its_group(pair: tuple[socket.socket, socket.socket]) -> None:
    """A closed socket is not touched any more."""
    group: set[ReadCoalescer] = set()
    first = collecting(pair[0], group)
    with socket.socket() as other_socket:
        other = collecting(other_socket, group)
        other.leave()
    assert group == {first}
    other.release()
    first.drained()


@linux_only
def test_an_error_of_the_socket_means_plain_reading() -> None:
    """An option that cannot be set is not tried for ever."""
    sock = socket.socket()
    coalescer = ReadCoalescer(sock, 0.0)
    coalescer.measure(10_000_000, 1.0)
    sock.close()
    coalescer.restore()
    assert coalescer.mark == 1
    coalescer.restore()
    assert coalescer.mark == 1


def test_without_a_socket_nothing_happens() -> None:
    """Where the option has no effect reading stays plain."""
    coalescer = ReadCoalescer(None, 0.0)
    coalescer.measure(10_000_000, 1.0)
    coalescer.restore()
    coalescer.release()
    coalescer.drained()
    assert coalescer.mark == 1
