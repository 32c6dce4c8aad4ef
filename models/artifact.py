"""A trained forest on disk: ``NAME.skops`` (no pickle, nothing in it can run) and ``NAME.json`` about it.

The file is written so that equal forests are equal bytes: skops puts memory addresses, times and the padding of
structured arrays into it, which are replaced here.
"""

import hashlib
import io
import json
import re
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import sklearn
import skops.io
from sklearn.ensemble import RandomForestClassifier

from models.errors import ModelError

SHIPPED: Final = Path(__file__).parent / "artifacts" / "call_type.skops"
FORMAT: Final = 1
MAX_BYTES: Final = 16 * 1024 * 1024

# skops leaves this one to its reader: a tree is walked by indices in the file, unchecked. `_is_sound` checks them.
_TRUSTED: Final = ["sklearn.tree._tree.Tree"]
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first date a zip file knows


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is written beside a forest.

    Attributes
    ----------
    format : int
        Of this file.
    version : str
        Of the model: a name, then the first digits of the forest's hash.
    sklearn : str
        Version that trained it.
    sha256 : str
        Of the forest's file.
    features : list of str
        Names of the columns it expects, in order.
    classes : list of str
        What it tells apart.
    threshold : float
        A probability below this is undecided.
    trained_on : list of str
        Names of the sets.
    seed : int
    """

    format: int
    version: str
    sklearn: str
    sha256: str
    features: list[str]
    classes: list[str]
    threshold: float
    trained_on: list[str]
    seed: int


def forest_bytes(forest: RandomForestClassifier) -> bytes:
    """Serialise a forest; equal forests give equal bytes."""
    source = zipfile.ZipFile(io.BytesIO(skops.io.dumps(forest)))
    schema = source.read("schema.json").decode()
    renamed: dict[str, str] = {}
    for address in re.findall(r'"__id__": (\d+)', schema):
        renamed.setdefault(address, str(len(renamed) + 1))
    schema = re.sub(r'"__id__": (\d+)', lambda m: f'"__id__": {renamed[m[1]]}', schema)
    arrays: dict[str, bytes] = {}
    for name in source.namelist():
        if name != "schema.json":
            address, suffix = Path(name).stem, Path(name).suffix
            fresh = f"{renamed.get(address, address)}{suffix}"
            schema = schema.replace(f'"{name}"', f'"{fresh}"')
            arrays[fresh] = _plain(source.read(name))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, content in [*sorted(arrays.items()), ("schema.json", schema.encode())]:
            target.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return out.getvalue()


def _plain(npy: bytes) -> bytes:
    """Array file whose padding bytes, left as memory happened to be, are zero."""
    array = np.load(io.BytesIO(npy), allow_pickle=False)
    if array.dtype.names is not None:
        clean = np.zeros(array.shape, dtype=array.dtype)
        for name in array.dtype.names:
            clean[name] = array[name]
        array = clean
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def save_forest(path: Path, forest: RandomForestClassifier, *, features: list[str], **about: Any) -> ModelInfo:
    """Write a forest and its description.

    Parameters
    ----------
    path : Path
        Of the ``.skops`` file; the ``.json`` goes beside it.
    forest : RandomForestClassifier
        Trained.
    features : list of str
        Names of its columns.

    Returns
    -------
    ModelInfo
    """
    data = forest_bytes(forest)
    digest = hashlib.sha256(data).hexdigest()
    info = ModelInfo(
        format=FORMAT,
        version=f"call_type-{digest[:12]}",
        sklearn=sklearn.__version__,
        sha256=digest,
        features=features,
        classes=[str(name) for name in forest.classes_],
        **about,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.with_suffix(".json").write_text(json.dumps(asdict(info), indent=2) + "\n")
    return info


def load_forest(path: Path, *, features: tuple[str, ...]) -> tuple[RandomForestClassifier, ModelInfo]:
    """Read a forest and make sure that it is whole, of this format, and made for these features.

    Parameters
    ----------
    path : Path
        Of the ``.skops`` file.
    features : tuple of str
        Names of the columns there are; the forest may have been trained on some of them.

    Returns
    -------
    forest : RandomForestClassifier
        Set to one thread.
    info : ModelInfo

    Raises
    ------
    ModelError
        When a file is missing, too large or broken, when the hash, the format or the features differ, or when the
        model was made with another minor version of scikit-learn.
    """
    info = _read_info(path.with_suffix(".json"))
    if info.format != FORMAT:
        raise ModelError(f"{path.name} is of format {info.format}, this program reads {FORMAT}: train it again")
    if not info.features or not set(info.features) <= set(features):
        raise ModelError(f"{path.name} was made for other features ({len(info.features)}, here {len(features)})")
    if info.sklearn.split(".")[:2] != sklearn.__version__.split(".")[:2]:
        raise ModelError(f"{path.name} was made with scikit-learn {info.sklearn}, here is {sklearn.__version__}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(f"{path.name} is larger than {MAX_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the model {path} can't be read: {error.strerror}") from error
    if hashlib.sha256(data).hexdigest() != info.sha256:
        raise ModelError(f"{path.name} isn't the file that {path.with_suffix('.json').name} describes")
    try:
        forest = skops.io.loads(data, trusted=_TRUSTED)
    except Exception as error:  # skops raises many kinds for what isn't its own
        raise ModelError(f"{path.name} isn't a model that can be trusted: {error}") from error
    if not isinstance(forest, RandomForestClassifier) or [str(c) for c in forest.classes_] != info.classes:
        raise ModelError(f"{path.name} isn't the forest that its description names")
    if forest.n_features_in_ != len(info.features):
        raise ModelError(f"{path.name} expects {forest.n_features_in_} features, not {len(info.features)}")
    if not all(_is_sound(tree.tree_, len(info.features), len(info.classes)) for tree in forest.estimators_):
        raise ModelError(f"{path.name} has a tree that leads out of itself")
    forest.set_params(n_jobs=1)
    return forest, info


def _is_sound(tree: Any, features: int, classes: int) -> bool:
    """Whether a walk down the tree stays within it and ends: children lie behind their parent, inside the arrays."""
    left, right, column = tree.children_left, tree.children_right, tree.feature
    here = np.arange(tree.node_count)
    leaf = (left == -1) & (right == -1)
    inner = (left > here) & (right > here) & (left < here.size) & (right < here.size)
    inner &= (column >= 0) & (column < features)
    fits = tree.n_features == features and tree.value.shape == (here.size, 1, classes)
    return bool(here.size and fits and np.isfinite(tree.value).all() and np.all(leaf | inner))


def _read_info(path: Path) -> ModelInfo:
    try:
        raw = json.loads(path.read_text())
    except OSError as error:
        raise ModelError(f"the model's description {path} can't be read: {error.strerror}") from error
    except ValueError as error:
        raise ModelError(f"the model's description {path.name} is no JSON") from error
    wanted = ModelInfo.__annotations__
    if not isinstance(raw, dict) or set(raw) != set(wanted):
        raise ModelError(f"the model's description {path.name} lacks or adds fields")
    kinds = {"format": int, "seed": int, "threshold": float}
    for name in wanted:
        kind = kinds.get(name, list if name in {"features", "classes", "trained_on"} else str)
        if not isinstance(raw[name], kind):
            raise ModelError(f"the model's description {path.name} has a wrong {name}")
    return ModelInfo(**raw)
