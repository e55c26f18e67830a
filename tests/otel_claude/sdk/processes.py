"""A program whose processes each make calls, against the endpoint at $SIM. `python processes.py STARTED LEFT`.

STARTED is how the children are started, and LEFT how they end. The feature of a call says whose it is.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

import anthropic

import otel_claude

if sys.argv[1] == "fork, imported early":
    import multiprocessing.util  # noqa: F401

otel_claude.instrument()

CALLS = 3
CHILDREN = 2


def calls(name, client=None):
    client = client or anthropic.Anthropic(api_key="k", base_url=os.environ["SIM"], max_retries=0)
    with otel_claude.feature(name):
        for _ in range(CALLS):
            client.messages.create(
                model="claude-sonnet-5-5",
                max_tokens=9,
                messages=[{"role": "user", "content": "Say something."}],
            )


def child(number, left):
    if left == "calls in a finalizer":
        from multiprocessing.util import Finalize

        Finalize(None, calls, (f"child {number}",), exitpriority=0)
        return
    calls(f"child {number}")
    if left == "raises":
        raise RuntimeError("the child fails")
    if left == "killed":
        os._exit(3)
    if left == "killed by a signal":
        os.kill(os.getpid(), signal.SIGKILL)
    if left == "uninstruments":
        otel_claude.uninstrument()


def forked(left):
    """As a prefork server does: the parent makes calls, then forks, and waits."""
    calls("parent")
    pids = []
    for number in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            child(number, left)
            sys.exit()
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)


def forked_while_threads_call(left):
    """Forks while threads of the parent are in the middle of calls."""
    threads = [threading.Thread(target=calls, args=("parent",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    forked(left)
    for thread in threads:
        thread.join()


def started_by_multiprocessing(started, left):
    import multiprocessing

    calls("parent")
    method, _, how = started.partition(", ")
    context = multiprocessing.get_context(method)
    target = child_of_a_child if how == "by a child" else child
    children = [context.Process(target=target, args=(number, left)) for number in range(CHILDREN)]
    for process in children:
        process.start()
    for process in children:
        process.join()


def child_of_a_child(number, left):
    import multiprocessing

    process = multiprocessing.get_context("fork").Process(target=child, args=(number, left))
    process.start()
    process.join()


def pooled(left):
    import multiprocessing

    calls("parent")
    with multiprocessing.get_context("fork").Pool(CHILDREN) as pool:
        pool.starmap(child, [(number, left) for number in range(CHILDREN)], chunksize=1)
        pool.close()
        pool.join()


def main():
    started, left = sys.argv[1:]
    if started == "os.fork":
        forked(left)
    elif started == "os.fork beside threads":
        forked_while_threads_call(left)
    elif started == "pool":
        pooled(left)
    else:
        started_by_multiprocessing(started, left)


if __name__ == "__main__":
    main()
