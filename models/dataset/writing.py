"""Writing a data set: rows are appended as they are made, and the folder takes its place only when it is whole."""

import gzip
import hashlib
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import msgspec
import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from models.dataset.place import CODES_FILE, ENTRIES_FILE, HEAD_FILE, PACKETS_FILE, in_the_way
from models.dataset.store import FORMAT, PACKETS, SAMPLES, Entry, Head, Source
from models.errors import ModelError

_READ: Final = 1 << 20


class DatasetWriter:
    """A data set in the making; nothing stands at its place before `finish`.

    Parameters
    ----------
    path : Path
        Where the data set goes; one that is there is replaced in the end.

    Raises
    ------
    ModelError
        When something else than a data set stands there: it is left as it is.
    """

    def __init__(self, path: Path) -> None:
        _refuse(path)
        self._path = path.resolve()  # a link stays, what it leads to is replaced
        self._folder = self._path.with_name(f"{self._path.name}.building-{os.getpid()}")
        self._folder.mkdir(parents=True)
        self._entries: list[Entry] = []
        self._codes = _Rows(self._folder / CODES_FILE, SAMPLES)
        self._packets = _Rows(self._folder / PACKETS_FILE, PACKETS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._codes.close()
        self._packets.close()
        shutil.rmtree(self._folder, ignore_errors=True)  # moved away already when all went well

    def add(self, entry: Entry, codes: NDArray[np.uint8], packets: NDArray[np.uint8]) -> None:
        """Append a chunk: codes of shape (16000,) and packets of shape (100,), else ValueError."""
        self._codes.add(codes)
        self._packets.add(packets)
        self._entries.append(entry)

    def finish(
        self,
        *,
        builder: int,
        seed: int,
        scale: float,
        origins: Mapping[str, str],
        absent: Sequence[str] = (),
        rejected: Mapping[str, int],
    ) -> Head:
        """Write what tells of the rows, and put the folder in its place.

        Parameters
        ----------
        builder, seed, scale
            As `models.dataset.store.Head` has them.
        origins : mapping of str to str
            Set to where it comes from; only sets that gave chunks are told of.
        absent : sequence of str
            Sets that were not there.
        rejected : mapping of str to int
            Reason to number of chunks left out.

        Returns
        -------
        Head

        Raises
        ------
        ModelError
            When something else than a data set has come to stand there meanwhile.
        """
        self._codes.close()
        self._packets.close()
        packed = gzip.compress(msgspec.json.Encoder().encode_lines(self._entries), mtime=0)
        (self._folder / ENTRIES_FILE).write_bytes(packed)
        head = Head(
            format=FORMAT,
            builder=builder,
            seed=seed,
            scale=scale,
            chunks=len(self._entries),
            counts=_counts(self._entries),
            rejected=dict(sorted(rejected.items())),
            sources=_sources(self._entries, origins),
            absent=list(absent),
            files={name: _sha256(self._folder / name) for name in (CODES_FILE, ENTRIES_FILE, PACKETS_FILE)},
        )
        (self._folder / HEAD_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(head), indent=1) + b"\n")
        _take_place(self._folder, self._path)
        return head


class _Rows:
    """An .npy file that grows by rows; its header is written again when their number is known."""

    def __init__(self, path: Path, width: int) -> None:
        self._file: BinaryIO = path.open("w+b")
        self._width, self._count = width, 0
        self._header()

    def add(self, row: NDArray[np.uint8]) -> None:
        if row.shape != (self._width,) or row.dtype != np.uint8:
            raise ValueError(f"a row is uint8 of {self._width}, not {row.dtype} of {row.shape}")
        self._file.write(row.tobytes())
        self._count += 1

    def close(self) -> None:
        if not self._file.closed:
            self._file.seek(0)
            self._header()
            self._file.close()

    def _header(self) -> None:
        # numpy pads the header so that it keeps its length when the first axis grows
        shape = (self._count, self._width)
        npy.write_array_header_1_0(self._file, {"descr": "|u1", "fortran_order": False, "shape": shape})


def _counts(entries: Iterable[Entry]) -> dict[str, dict[str, dict[str, int]]]:
    counts: dict[str, dict[str, dict[str, int]]] = {}
    for one in sorted(entries, key=lambda one: (one.split, one.label, one.condition)):
        row = counts.setdefault(one.split, {}).setdefault(one.label, {})
        row[one.condition] = row.get(one.condition, 0) + 1
    return counts


def _sources(entries: Iterable[Entry], origins: Mapping[str, str]) -> list[Source]:
    recordings: dict[str, set[str]] = {}
    chunks: dict[str, int] = {}
    for one in entries:
        recordings.setdefault(one.set, set()).add(one.recording)
        chunks[one.set] = chunks.get(one.set, 0) + 1
    return [Source(name, origins.get(name, ""), len(recordings[name]), chunks[name]) for name in sorted(chunks)]


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ):
            digest.update(piece)
    return digest.hexdigest()


def _refuse(path: Path) -> None:
    if reason := in_the_way(path):
        raise ModelError(f"{reason}; nothing is written over it: give another --out")


def _take_place(folder: Path, path: Path) -> None:
    """Rename; a data set that is there goes away after, so that readers keep the files they have open."""
    _refuse(path)
    old = path.with_name(f"{path.name}.old-{os.getpid()}")
    if path.exists():
        path.rename(old)
    folder.rename(path)
    shutil.rmtree(old, ignore_errors=True)
