"""A model on disk: a folder with `model.json`, its graphs in ONNX and its card. Nothing in it can run.

`model.json` holds the SHA-256 of every other file, so what is loaded is what was trained:

- ``chunk.onnx``: the classes of a chunk from the columns of `models.vector`
- ``blocks.onnx``, where there is one: the classes of each block of 200 ms from the columns of `models.passages`
- ``MODEL_CARD.md``: for people
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from models.errors import OTHER, ModelError
from models.graph import MAX_BYTES, Graph

SHIPPED: Final = Path(__file__).parent / "artifacts" / "call_type"
FORMAT: Final = 2
NAME: Final = "call_type"
INFO_FILE, CHUNK_FILE, BLOCKS_FILE, CARD_FILE = "model.json", "chunk.onnx", "blocks.onnx", "MODEL_CARD.md"
_MAX_INFO_BYTES: Final = 1 << 20
_WHOLE: Final = "copy the whole folder again, or train another: callsieve train"


class GraphInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a graph takes and gives.

    Attributes
    ----------
    features : list of str
        Names of the columns it expects, in order.
    classes : list of str
        What it tells apart, in the order of its probabilities.
    estimator : str
        What was trained, in words.
    temperature : float
        Above 0: logarithms of its probabilities are divided by it (see `models.calibration`).
    offsets : list of float
        Added to the logarithms before, one a class.
    thresholds : dict of str to float
        Label to the probability it needs; below it a chunk is undecided.
    largest_difference : float
        From scikit-learn's probabilities, on all rows trained on.
    """

    features: list[str]
    classes: list[str]
    estimator: str
    temperature: float
    offsets: list[float]
    thresholds: dict[str, float]
    largest_difference: float


class TrainedOn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a model has learnt from.

    Attributes
    ----------
    dataset : str
        SHA-256 of the data set's description.
    dataset_seed : int
    chunks : int
        That it learnt from, those that rules tell included.
    reviewed : int
        Chunks labelled by people, beyond the data set.
    sources : dict of str to int
        Set to chunks.
    conditions : dict of str to int
        What the channel did to chunks.
    """

    dataset: str
    dataset_seed: int
    chunks: int
    reviewed: int
    sources: dict[str, int]
    conditions: dict[str, int]


class ModelInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What `model.json` says.

    Attributes
    ----------
    format : int
        Of the folder.
    name, version : str
        The version is the name and the first digits of a hash over everything but the card.
    files : dict of str to str
        Name to SHA-256, hexadecimal.
    features_version : int
        Of the sound's numbers (`features.sound.VERSION`).
    chunk : GraphInfo
    blocks : GraphInfo or None
    seed : int
    made_with : dict of str to str
        Library to version.
    trained_on : TrainedOn
    reference : dict of str to list of float
        Column to its nine deciles over the chunks trained on: what later chunks are held against.
    """

    format: int
    name: str
    version: str
    files: dict[str, str]
    features_version: int
    chunk: GraphInfo
    blocks: GraphInfo | None
    seed: int
    made_with: dict[str, str]
    trained_on: TrainedOn
    reference: dict[str, list[float]]


def signed(info: ModelInfo, graphs: dict[str, bytes]) -> ModelInfo:
    """The same with the hashes of its graphs, and the version that follows from all of it.

    Parameters
    ----------
    info : ModelInfo
        Whose version and files are overwritten.
    graphs : dict of str to bytes
        File name to content.
    """
    files = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(graphs.items())}
    plain = msgspec.structs.replace(info, version="", files=files)
    digest = hashlib.sha256(msgspec.json.encode(plain, order="sorted")).hexdigest()
    return msgspec.structs.replace(plain, version=f"{info.name}-{digest[:12]}")


def write_model(folder: Path, info: ModelInfo, graphs: dict[str, bytes], card: str) -> ModelInfo:
    """Write a model's folder; `model.json` last, so that a broken-off write is no model.

    Parameters
    ----------
    folder : Path
        Made where it isn't there; files of an earlier model in it are replaced.
    info : ModelInfo
        From `signed`.
    graphs : dict of str to bytes
    card : str
        Markdown.

    Returns
    -------
    ModelInfo
        As written: with the card's hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in (INFO_FILE, CHUNK_FILE, BLOCKS_FILE, CARD_FILE):
        (folder / name).unlink(missing_ok=True)
    for name, data in graphs.items():
        (folder / name).write_bytes(data)
    (folder / CARD_FILE).write_text(card, encoding="utf-8")
    files = info.files | {CARD_FILE: hashlib.sha256(card.encode()).hexdigest()}
    info = msgspec.structs.replace(info, files=files)
    (folder / INFO_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(info, order="sorted"), indent=1) + b"\n")
    return info


def read_model(
    folder: Path, *, features: tuple[str, ...], features_version: int, classes: frozenset[str]
) -> tuple[ModelInfo, Graph]:
    """Read a model and make sure that it is whole, of this format, and made for what this program measures.

    Parameters
    ----------
    folder : Path
    features : tuple of str
        Names of the columns that will be given to it.
    features_version : int
        Of their meaning.
    classes : frozenset of str
        What it may tell apart.

    Returns
    -------
    info : ModelInfo
    chunk : Graph

    Raises
    ------
    ModelError
        When a file is missing, too large or broken, when a hash, the format, the features or the classes differ; the
        message says which, and the way out.
    """
    info = read_info(folder)
    if info.features_version != features_version or tuple(info.chunk.features) != features:
        raise ModelError(
            f"the model in {folder} was made for other features (version {info.features_version} with "
            f"{len(info.chunk.features)}, here {features_version} with {len(features)}); {OTHER}"
        )
    unknown = sorted(set(info.chunk.classes) - classes)
    if unknown or len(set(info.chunk.classes)) != len(info.chunk.classes):
        raise ModelError(f"the model in {folder} tells other classes apart ({', '.join(unknown)}); {OTHER}")
    read_file(folder, info, CARD_FILE)
    return info, read_graph(folder, info, CHUNK_FILE, info.chunk)


def read_graph(folder: Path, info: ModelInfo, name: str, about: GraphInfo) -> Graph:
    """Read one of a model's graphs; ModelError when it isn't the one that was trained, or can't be run."""
    calibrated = len(about.offsets) == len(about.classes) and 0.0 < about.temperature < float("inf")
    calibrated &= all(abs(offset) < float("inf") for offset in about.offsets)
    if not calibrated or any(not 0.0 <= value <= 1.0 for value in about.thresholds.values()):
        raise ModelError(f"{folder / INFO_FILE} has a calibration or thresholds that make no sense; {_WHOLE}")
    data = read_file(folder, info, name)
    return Graph(data, str(folder / name), columns=len(about.features), classes=len(about.classes))


def read_file(folder: Path, info: ModelInfo, name: str) -> bytes:
    """Content of one of a model's files; ModelError when it isn't the one that `model.json` tells of."""
    data = _read(folder / name, MAX_BYTES)
    if hashlib.sha256(data).hexdigest() != info.files.get(name):
        raise ModelError(f"{folder / name} isn't the file that {INFO_FILE} tells of: {_WHOLE}")
    return data


def read_info(folder: Path) -> ModelInfo:
    """What a model's folder says of itself; ModelError when it says nothing that can be used."""
    path = folder / INFO_FILE
    data = _read(path, _MAX_INFO_BYTES)
    try:
        found = msgspec.json.decode(data, type=_Format).format
        if found != FORMAT:
            raise ModelError(f"the model in {folder} is of format {found}, this program reads {FORMAT}; {OTHER}")
        info = msgspec.json.decode(data, type=ModelInfo)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path} is broken ({error}); {_WHOLE}") from error
    if info.name != NAME:
        raise ModelError(f"{folder} holds a model {info.name!r}, not {NAME!r}")
    return info


class _Format(msgspec.Struct):
    format: int


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        if path.name == INFO_FILE and isinstance(error, FileNotFoundError | NotADirectoryError):
            shipped = path.parent == SHIPPED
            way_out = "install the program again" if shipped else "name the folder that 'callsieve train --out' wrote"
            raise ModelError(f"no model in {path.parent}: {way_out}") from error
        raise ModelError(f"the model's file {path} can't be read ({error.strerror}); {_WHOLE}") from error
    if len(data) > most:
        raise ModelError(f"{path} is larger than {most} bytes: it isn't a model of this program")
    return data
