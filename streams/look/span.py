"""Since when to look: ``10m``, ``24h``, ``today``, or a day or moment of the calendar."""

import re
from datetime import datetime, timedelta
from typing import Final

from streams.look import LookError

SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
MAX_DAYS: Final = 36_500

_AGO: Final = re.compile(r"(\d{1,9})([smhd])")


def since_ms(text: str, now_ms: int) -> int:
    """Moment that a person's words stand for, ms since 1970; what names no time zone is local time.

    Parameters
    ----------
    text
        ``90s``, ``10m``, ``24h``, ``7d`` ago; ``today``; or a date or time of ISO 8601, ``2026-01-31`` for one.
    now_ms
        The present, ms since 1970.

    Raises
    ------
    LookError
        If the words mean no time.
    """
    ago = _AGO.fullmatch(text.strip().lower())
    try:
        now = datetime.fromtimestamp(now_ms / 1000).astimezone()
        if ago:
            days = timedelta(seconds=int(ago[1]) * SECONDS[ago[2]])
            if days > timedelta(days=MAX_DAYS):
                raise ValueError("too long ago")
            return now_ms - round(days.total_seconds() * 1000)
        if text.strip().lower() == "today":
            return round(now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)
        return round(datetime.fromisoformat(text.strip()).timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as error:
        raise LookError(
            f"{text[:40]!r} is no time to look back to: say 10m, 24h, 7d, today, or 2026-01-31T09:00"
        ) from error


def clock_time(moment_ms: int, form: str = "%H:%M:%S") -> str:
    """A moment (ms since 1970) as local time, by default the time of day; dashes for one that no calendar has."""
    try:
        return datetime.fromtimestamp(moment_ms / 1000).strftime(form)
    except (ValueError, OverflowError, OSError):
        return "-" * 8
