from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_claude.store.files import Limits, current, daily_files, day_of, make_room

TODAY = date(2026, 11, 20)


def put(directory, name, size):
    path = directory / name
    path.write_bytes(b"x" * size)
    return path


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("traces-2026-11-20.jsonl", TODAY),
        ("traces-2026-11-20.3.jsonl", TODAY),
        ("traces-2026-13-20.jsonl", None),
        ("traces.jsonl", None),
        ("traces-2026-11-20.json", None),
    ],
)
def test_day_is_read_from_the_name(tmp_path, name, day):
    assert day_of(tmp_path / name) == day


def test_segments_sort_by_number_not_by_letter(tmp_path):
    for segment in ("", ".2", ".10"):
        put(tmp_path, f"traces-2026-11-20{segment}.jsonl", 1)
    assert [file.segment for file in daily_files(tmp_path)] == [0, 2, 10]


def test_a_full_segment_is_followed_by_the_next(tmp_path):
    limits = Limits(max_bytes=800)
    assert current(tmp_path, TODAY, limits).name == "traces-2026-11-20.jsonl"
    put(tmp_path, "traces-2026-11-20.jsonl", 99)
    assert current(tmp_path, TODAY, limits).name == "traces-2026-11-20.jsonl"
    put(tmp_path, "traces-2026-11-20.jsonl", 100)
    assert current(tmp_path, TODAY, limits).name == "traces-2026-11-20.1.jsonl"
    put(tmp_path, "traces-2026-11-20.1.jsonl", 5)
    assert current(tmp_path, TODAY, limits).name == "traces-2026-11-20.1.jsonl"


def test_files_older_than_the_limit_go_and_others_are_never_touched(tmp_path):
    keep = put(tmp_path, "traces-2026-11-20.jsonl", 1)
    put(tmp_path, "traces-2026-11-07.jsonl", 1)
    put(tmp_path, "traces-2026-11-06.jsonl", 1)
    put(tmp_path, "collector.jsonl", 10_000)
    assert make_room(tmp_path, keep, Limits(max_bytes=800, max_days=14)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "collector.jsonl",
        "traces-2026-11-07.jsonl",
        "traces-2026-11-20.jsonl",
    ]


@given(st.lists(st.integers(0, 300), max_size=12), st.integers(80, 2000), st.integers(1, 20))
def test_what_stays_is_the_newest_and_leaves_a_segment_free(tmp_path_factory, sizes, max_bytes, max_days):
    folder = tmp_path_factory.mktemp("store")
    for ago, size in enumerate(sizes):
        put(folder, f"traces-{TODAY - timedelta(days=ago + 1)}.jsonl", size)
    before = [file.path for file in daily_files(folder)]
    keep = put(folder, f"traces-{TODAY}.jsonl", 10)
    limits = Limits(max_bytes, max_days)
    removed = make_room(folder, keep, limits)
    left = [file.path for file in daily_files(folder)]
    assert left == [*before[removed:], keep]
    assert sum(path.stat().st_size for path in left[:-1]) <= max_bytes - limits.segment_bytes
    assert all(TODAY - day_of(path) < timedelta(days=max_days) for path in left)
    if removed and TODAY - day_of(before[removed - 1]) < timedelta(days=max_days):
        assert sum(sizes[: len(left)]) > max_bytes - limits.segment_bytes, "no more than needed is removed"
