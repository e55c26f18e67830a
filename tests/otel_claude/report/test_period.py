from datetime import datetime, timedelta, timezone

import pytest

from otel_claude.report.period import since

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90m", datetime(2026, 11, 20, 11, 0, tzinfo=timezone.utc)),
        ("24h", datetime(2026, 11, 19, 12, 30, tzinfo=timezone.utc)),
        ("7d", datetime(2026, 11, 13, 12, 30, tzinfo=timezone.utc)),
        ("2w", datetime(2026, 11, 6, 12, 30, tzinfo=timezone.utc)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=timezone.utc)),
        ("2026-11-01T08:00", datetime(2026, 11, 1, 8, tzinfo=timezone.utc)),
        ("2026-11-01T08:00:00Z", datetime(2026, 11, 1, 8, tzinfo=timezone.utc)),
        ("2026-11-01T08:00:00+02:00", datetime(2026, 11, 1, 6, tzinfo=timezone.utc)),
    ],
)
def test_what_people_write_is_a_time(text, expected):
    assert since(text, NOW) == expected
    assert since(text, NOW).utcoffset() is not None


@pytest.mark.parametrize("text", ["", "yesterday", "7", "7y", "-1d", "2026-13-01", "999999w"])
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"is no time|too long ago"):
        since(text, NOW)


def test_a_day_is_24_hours():
    assert since("1d", NOW) == NOW - timedelta(hours=24)
