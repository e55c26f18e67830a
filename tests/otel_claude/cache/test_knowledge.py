"""What is remembered: bounded, and safe where threads, forks and finalizers meet."""

from __future__ import annotations

import gc
import os
import threading
import tracemalloc
from types import SimpleNamespace

from otel_claude.audit import CallStart
from otel_claude.cache import knowledge
from otel_claude.cache.audit import CacheAudit, is_worker
from otel_claude.cache.bounded import Bounded
from otel_claude.usage import Usage


def settled(watch, usage):
    """The attributes of a call that used `usage`."""
    outcome = SimpleNamespace(usage=usage, diagnosis=None, duration_s=0.1)
    watch.settle(outcome)
    return watch.attributes(outcome)


class Client:
    base_url = "http://x"
    api_key = "secret-key"


CLIENT = Client()
MARK = {"type": "ephemeral"}


def call(audit, text, at_s=0, *, site=None, read=0, written=2000):
    body = {
        "model": "claude-sonnet-5-5",
        "system": [{"type": "text", "text": text, "cache_control": MARK}],
        "messages": [{"role": "user", "content": f"about {text}"}],
    }
    watch = audit.begin(CallStart(body, CLIENT, None, site, int(at_s * 1e9)))
    usage = Usage(cache_read_tokens=read, cache_write_5m_tokens=written)
    return settled(watch, usage)


def test_memory_stays_bounded_over_distinct_prefixes():
    """Unbounded, what these calls leave behind is over 20 MB."""
    audit = CacheAudit(lambda: b"k")
    tracemalloc.start()
    for number in range(20_000):
        call(audit, f"prompt {number}", number, site=number)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 12_000_000
    assert len(audit.knowledge) < 3 * knowledge.ENTRIES


def test_what_was_used_of_late_is_remembered_and_the_oldest_is_not():
    kept: Bounded[int, int] = Bounded(100)
    for number in range(1000):
        kept.put(number, number)
        assert all(kept.get(recent) == recent for recent in range(max(0, number - 99), number + 1))
    assert kept.get(0) is None
    assert len(kept) <= 200


def test_neither_credentials_nor_texts_are_kept():
    audit = CacheAudit(lambda: b"k")
    call(audit, "very private " * 200)
    gc.collect()
    kept = [audit]
    seen = set()
    while kept:
        one = kept.pop()
        if id(one) in seen or isinstance(one, type) or callable(one):
            continue
        seen.add(id(one))
        assert not (isinstance(one, (str, bytes)) and ("private" in str(one) or "secret" in str(one)))
        kept.extend(gc.get_referents(one))


def test_threads_that_settle_at_once_lose_nothing_and_wait_for_nothing():
    audit = CacheAudit(lambda: b"k")
    start = threading.Barrier(8)

    def work(worker):
        start.wait()
        for number in range(200):
            call(audit, f"prompt {worker} {number}", number)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for worker in range(8):
        for number in range(200):
            said = call(audit, f"prompt {worker} {number}", 10_000)
            assert said["otel_claude.cache.miss_reason"] == "expired"


def test_a_call_that_settles_while_another_is_learned_from_does_not_wait(monkeypatch):
    audit = CacheAudit(lambda: b"k")
    put_entry = audit.knowledge.put_entry
    settled = []

    def interrupted(*args):
        if not settled:
            settled.append(None)
            # As a finalizer does that the collector runs in the middle of anything.
            settled.append(call(audit, "of a finalizer"))
        put_entry(*args)

    monkeypatch.setattr(audit.knowledge, "put_entry", interrupted)
    call(audit, "of the application")
    assert settled[1]["otel_claude.cache.status"] == "write"
    for text in ("of a finalizer", "of the application"):
        assert call(audit, text, 1000)["otel_claude.cache.miss_reason"] == "expired"


def test_a_forked_child_goes_on_and_knows_that_it_is_one_of_several():
    audit = CacheAudit(lambda: b"k")
    call(audit, "before the fork")
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        found = call(audit, "before the fork", 1000)["otel_claude.cache.miss_reason"]
        other = call(audit, "another", 1000, site="elsewhere")["otel_claude.cache.miss_reason"]
        os.write(writer, f"{found} {other}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100) == b"expired unknown"
    assert call(audit, "another", 1000, site="elsewhere")["otel_claude.cache.miss_reason"] == "first_write"


def test_a_worker_of_a_server_is_told_by_its_environment(monkeypatch):
    for name in list(os.environ):
        if name in ("WEB_CONCURRENCY", "KUBERNETES_SERVICE_HOST"):
            monkeypatch.delenv(name)
    assert not is_worker()
    monkeypatch.setenv("WEB_CONCURRENCY", "1")
    assert not is_worker()
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    assert is_worker()


def test_a_length_that_was_estimated_by_characters_is_no_sign_of_others():
    """Tokens of tools and of prose differ in length: the share of the characters is a quarter off here."""
    audit = CacheAudit(lambda: b"k")

    def ask(question, read, written, at_s):
        body = {
            "model": "claude-sonnet-5-5",
            "system": [{"type": "text", "text": "s" * 8000, "cache_control": MARK}],
            "messages": [{"role": "user", "content": question * 4000}],
            "cache_control": MARK,
        }
        watch = audit.begin(CallStart(body, CLIENT, None, "site", int(at_s * 1e9)))
        usage = Usage(cache_read_tokens=read, cache_write_5m_tokens=written)
        return settled(watch, usage)

    ask("a", 0, 4000, 1)
    assert "otel_claude.cache.miss_reason" not in ask("b", 2500, 1500, 2)
    said = call(audit, "new", 3, site="another")
    assert said["otel_claude.cache.miss_reason"] == "first_write"


def test_a_client_whose_key_changes_has_another_cache():
    audit = CacheAudit(lambda: b"k")
    call(audit, "prompt", 1)
    CLIENT.api_key = "another-key"
    try:
        said = call(audit, "prompt", 2)
    finally:
        del CLIENT.api_key
    assert said["otel_claude.cache.miss_reason"] == "first_write"
    assert "otel_claude.cache.miss_reason" not in call(audit, "prompt", 3, read=2000, written=0)
