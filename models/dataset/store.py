"""The data set on disk: labelled, coded chunks with where each comes from; read by memory map, never whole.

A folder holds `dataset.json` (what it is, how it was made, hashes of the rest), `entries.jsonl.gz` (one `Entry` a
line), `codes.npy` (uint8, one row of 16,000 G.711 codes a chunk) and `packets.npy` (uint8, one row of 100 a chunk:
what came of each packet of 20 ms).
"""

import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from features.g711 import Law, decode_pcma, decode_pcmu
from models.channel.packets import CODED, COMFORT_NOISE, PACKET
from models.dataset.place import CODES_FILE, ENTRIES_FILE, HEAD_FILE, PACKETS_FILE, way_out
from models.errors import ModelError

FORMAT: Final = 1
PACKETS: Final = 100  # a chunk
SAMPLES: Final = PACKET * PACKETS

_MOST_ENTRIES_BYTES: Final = 1 << 30  # unpacked: a million entries

Split = Literal["train", "test"]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One labelled chunk.

    Attributes
    ----------
    label : str
        The truth, set after coding by the definitions of docs/design.md.
    kind : str
        What was put together, finer than the label: "ring-back then speech", "faint low tone".
    split : {"train", "test"}
    fold : int
        0 to 4 in train, -1 in test. Folds part groups, as the split does.
    set : str
        Where the leading sound comes from: a folder of recordings, or "simulated".
    recording : str
        The file, or what was simulated.
    group : str
        What is never on both sides: a device, a talker, a recording.
    talker : str
        Who speaks, where that is known; else empty.
    condition : str
        What the channel did: one of `models.channel.conditions.CONDITIONS`.
    law : {"pcmu", "pcma"}
        Of the codes.
    chain : list of str
        Every step from source to codes, with its parameters.
    snr_db : float or None
        Sound over added noise, where noise was added.
    passages : list of (str, float, float)
        Label, start and duration in seconds of each part that has one truth, in order. What lies between is doubtful
        (the edge of a syllable) and has none.
    rms_dbfs : float
        Of the coded samples received, after decoding; -120 where there are none.
    """

    label: str
    kind: str
    split: Split
    fold: int
    set: str
    recording: str
    group: str
    talker: str
    condition: str
    law: Law
    chain: list[str]
    snr_db: float | None
    passages: list[tuple[str, float, float]]
    rms_dbfs: float


class Source(msgspec.Struct, frozen=True):
    """A set that chunks come from: its origin in words, recordings and chunks taken from it."""

    name: str
    origin: str
    recordings: int
    chunks: int


class Head(msgspec.Struct, frozen=True):
    """What `dataset.json` says.

    Attributes
    ----------
    format, builder : int
        Version of the files; version of what made them.
    seed : int
    scale : float
    chunks : int
    counts : dict
        Split to label to condition to number of chunks.
    rejected : dict
        Reason to number of chunks that were left out because their truth is in doubt.
    sources : list of Source
    absent : list of str
        Sets of recordings, or packages of them, that were not there.
    files : dict
        Name to SHA-256, hexadecimal.
    """

    format: int
    builder: int
    seed: int
    scale: float
    chunks: int
    counts: dict[str, dict[str, dict[str, int]]]
    rejected: dict[str, int]
    sources: list[Source]
    absent: list[str]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class Dataset:
    """An opened data set.

    Attributes
    ----------
    path : Path
    head : Head
    sha256 : str
        Of `dataset.json`, which holds the hashes of all else.
    entries : list of Entry
    codes : ndarray of uint8, shape (n, 16000)
        Memory-mapped. Where no coded packet came the codes mean nothing.
    packets : ndarray of uint8, shape (n, 100)
        Of each 20 ms: 0 lost, 1 coded, 2 comfort noise.
    """

    path: Path
    head: Head
    sha256: str
    entries: list[Entry]
    codes: NDArray[np.uint8]
    packets: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def seed(self) -> int:
        """Seed that it was built from."""
        return self.head.seed

    def received(self, i: int) -> NDArray[np.bool_]:
        """Which samples of chunk i came coded, shape (16000,)."""
        return np.repeat(self.packets[i] == CODED, PACKET)

    def known(self, i: int) -> NDArray[np.bool_]:
        """Of which samples of chunk i it is known what was sent: what came coded, or as comfort noise."""
        return np.repeat((self.packets[i] == CODED) | (self.packets[i] == COMFORT_NOISE), PACKET)

    def comfort_noise_share(self, i: int) -> float:
        """Share of chunk i that is comfort noise, 0 to 1."""
        return float(np.mean(self.packets[i] == COMFORT_NOISE))

    def heard_codes(self, i: int) -> NDArray[np.uint8]:
        """Codes of chunk i that came, in order, shape (m,), m a multiple of 160."""
        return np.asarray(self.codes[i])[self.received(i)]

    def pcm(self, i: int) -> NDArray[np.int16]:
        """Chunk i decoded, shape (16000,), zero where nothing coded came."""
        decode = decode_pcmu if self.entries[i].law == "pcmu" else decode_pcma
        return np.where(self.received(i), decode(np.asarray(self.codes[i])), 0).astype(np.int16)


def open_dataset(path: Path) -> Dataset:
    """Open a data set.

    Parameters
    ----------
    path : Path
        Folder that `callsieve dataset build` wrote.

    Returns
    -------
    Dataset

    Raises
    ------
    ModelError
        When there is none, it is of another version, or broken; the message says what to do.
    """
    again = way_out(path)
    try:
        raw = (path / HEAD_FILE).read_bytes()
    except OSError as error:
        raise ModelError(f"{path} is not a data set ({HEAD_FILE}: {error.strerror}); {again}") from error
    try:
        head = msgspec.json.decode(raw, type=Head)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ModelError(f"{path} is not a data set ({HEAD_FILE} is broken: {error}); {again}") from error
    if head.format != FORMAT:
        raise ModelError(f"the data set in {path} has format {head.format}, this program reads {FORMAT}; {again}")
    try:
        entries = _entries(path, head)
        codes = _rows(path / CODES_FILE, (head.chunks, SAMPLES))
        packets = _rows(path / PACKETS_FILE, (head.chunks, PACKETS))
    except (OSError, EOFError, ValueError) as error:
        raise ModelError(f"the data set in {path} is broken ({error}); {again}") from error
    return Dataset(path, head, hashlib.sha256(raw).hexdigest(), entries, codes, packets)


def _entries(path: Path, head: Head) -> list[Entry]:
    packed = (path / ENTRIES_FILE).read_bytes()
    if hashlib.sha256(packed).hexdigest() != head.files.get(ENTRIES_FILE):
        raise ValueError(f"{ENTRIES_FILE} isn't the one that {HEAD_FILE} tells of")
    with gzip.open(path / ENTRIES_FILE) as file:
        lines = file.read(_MOST_ENTRIES_BYTES)
    entries = msgspec.json.Decoder(Entry).decode_lines(lines)
    if len(entries) != head.chunks:
        raise ValueError(f"{len(entries)} entries for {head.chunks} chunks")
    return entries


def _rows(path: Path, shape: tuple[int, int]) -> NDArray[np.uint8]:
    rows: NDArray[np.uint8] = np.load(path, mmap_mode="r", allow_pickle=False)
    if rows.dtype != np.uint8 or rows.shape != shape:
        raise ValueError(f"{path.name} holds {rows.dtype} of shape {rows.shape}, not uint8 of {shape}")
    return rows
