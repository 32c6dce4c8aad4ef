"""The sink: what the topics say, gathered into columns and written to ClickHouse in batches."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.records import Features, ListEntry, Outcome, Verdict
from streams.learning.measured import chunk_features_row
from streams.settings import FIRST_CHUNKS
from streams.store import Row, Store
from streams.store.base import quoted
from streams.store.rows import entry_row, levels_row, outcome_row, tone_rows, verdict_row

Batch = dict[str, dict[str, list[Any]]]

# ClickHouse refuses an insert into more than 100 partitions, and the partitions here are days.
DAYS_AN_INSERT = 90


class SinkCore:
    """Gathers rows; what was fed twice is written twice and shows once, as the tables and queries drop repeats.

    Not thread-safe: feed and flush in one thread. ``write_batch`` may run in another.

    Parameters
    ----------
    unmask
        Keep the symbols of digits instead of '?'.
    feature_chunks
        Keep what was measured of so many first chunks of each stream.
    """

    def __init__(self, *, unmask: bool = False, feature_chunks: int = FIRST_CHUNKS) -> None:
        self._unmask = unmask
        self._feature_chunks = feature_chunks
        self.unmeasured = 0  # first chunks whose spectrum part is broken, or of another version
        self._batch: Batch = {}
        self._rows = 0

    def __len__(self) -> int:
        """Rows gathered since the last flush."""
        return self._rows

    def feed_verdict(self, verdict: Verdict) -> None:
        """Take a verdict."""
        self._add("verdicts", verdict_row(verdict, unmask=self._unmask))

    def feed_shadow(self, verdict: Verdict) -> None:
        """Take a verdict of a model that is tried beside the live one."""
        self._add("shadow_verdicts", verdict_row(verdict, unmask=self._unmask))

    def feed_features(self, features: Features) -> None:
        """Take levels and tones of a chunk, whichever parts the record has."""
        row = levels_row(features)
        if row is not None:
            self._add("levels", row)
        for tone in tone_rows(features, unmask=self._unmask):
            self._add("tones", tone)
        if features.head.chunk < self._feature_chunks:
            self._feed_measured(features)

    def feed_entry(self, key: str, entry: ListEntry | None, *, recorded_ms: int, offset: int) -> None:
        """Take a version of a list entry, or with None its removal.

        Parameters
        ----------
        key, entry, recorded_ms, offset
            Key, value, timestamp (ms since 1970) and offset of the record in ``list.entries``; the last two order the
            versions.

        Raises
        ------
        ValueError
            If the key is not one of a list entry, or names another entry; nothing was taken then.
        """
        self._add("list_entries", entry_row(key, entry, recorded_ms=recorded_ms, offset=offset))

    def feed_outcome(self, outcome: Outcome) -> None:
        """Take what became of a call."""
        self._add("outcomes", outcome_row(outcome))

    def _feed_measured(self, features: Features) -> None:
        try:
            row = chunk_features_row(features)
        except ValueError:  # classify judges such a chunk undecided; its levels are rows all the same
            self.unmeasured += 1
            return
        if row is not None:
            self._add("chunk_features", row)

    def flush(self) -> Batch:
        """Columns by table of all that was gathered, which is let go."""
        batch, self._batch, self._rows = self._batch, {}, 0
        return batch

    def write(self, store: Store) -> int:
        """Write all that was gathered and return the number of rows; after an error it is all gathered still.

        Raises
        ------
        StoreError
            If the store failed.
        """
        written = write_batch(store, self._batch)
        self.flush()
        return written

    def check_tables(self, store: Store) -> None:
        """See that the store takes rows like those gathered, whatever they hold, by an insert of none.

        Raises
        ------
        StoreError
            If it does not: a table or column is missing, or nothing may be written.
        """
        for table, columns in self._batch.items():
            names = ", ".join(map(quoted, columns))
            sql = f"INSERT INTO {quoted(table)} ({names}) SELECT {names} FROM {quoted(table)} WHERE 0"  # noqa: S608 - quoted
            store.execute(sql)

    def _add(self, table: str, row: Row) -> None:
        columns = self._batch.get(table)
        if columns is None:
            columns = self._batch[table] = {name: [] for name in row}
        for name, value in row.items():
            columns[name].append(value)
        self._rows += 1


def write_batch(store: Store, batch: Mapping[str, Mapping[str, list[Any]]]) -> int:
    """Write columns by table and return the number of rows; a batch may be written again after an error.

    Raises
    ------
    StoreError
        If the store failed.
    """
    return sum(store.insert(table, part) for table, columns in batch.items() for part in _by_days(columns))


def _by_days(columns: Mapping[str, list[Any]]) -> Iterator[Mapping[str, list[Any]]]:
    days = sorted(set(columns.get("captured_date", [])))
    if len(days) <= DAYS_AN_INSERT:
        yield columns
        return
    for first in range(0, len(days), DAYS_AN_INSERT):
        chosen = set(days[first : first + DAYS_AN_INSERT])
        rows = [row for row, day in enumerate(columns["captured_date"]) if day in chosen]
        yield {name: [values[row] for row in rows] for name, values in columns.items()}
