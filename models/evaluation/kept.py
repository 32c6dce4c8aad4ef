"""What baselines came to, kept between runs: they don't change when our model does, and take most of the time."""

import hashlib
import importlib.metadata
import importlib.util
import re
import zipfile
from pathlib import Path
from typing import Final

import numpy as np

from models.dataset.store import Dataset
from models.evaluation.baselines.protocol import Baseline
from models.evaluation.comparing import Answers

_LIBRARIES: Final = ("numpy", "scikit-learn")
_SHARED: Final = ("models.evaluation.comparing", "models.evaluation.cost", "models.dataset.store")


class KeptAnswers:
    """A folder of answers. Each is found again only for the same data set, seed, code and libraries.

    Parameters
    ----------
    folder : Path
        Made when it isn't there.
    dataset : Dataset
    seed : int
    """

    def __init__(self, folder: Path, dataset: Dataset, seed: int) -> None:
        self._folder, self._dataset, self._seed = folder, dataset, seed
        self._paths: dict[str, Path] = {}  # of the code as it was when it was first asked for, not when it was done

    def read(self, way: Baseline, train: int, test: int) -> Answers | None:
        """Answers of a way for so many chunks of train and test; None when there are none that can be used."""
        try:
            with np.load(self._path(way), allow_pickle=False) as file:
                found = Answers(file["unseen"], file["scores"], float(file["cost_ms"]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        fits = found.unseen.shape == (train,) and found.scores.shape == (test,)
        return found if fits and not np.isnan(found.scores).any() else None

    def write(self, way: Baseline, answers: Answers) -> None:
        """Keep answers; OSError if they can't be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(way)
        fresh = path.with_suffix(".new.npz")
        np.savez(fresh, unseen=answers.unseen, scores=answers.scores, cost_ms=np.float64(answers.cost_ms))
        fresh.replace(path)

    def _path(self, way: Baseline) -> Path:
        if way.name not in self._paths:
            self._paths[way.name] = self._path_now(way)
        return self._paths[way.name]

    def _path_now(self, way: Baseline) -> Path:
        digest = hashlib.sha256(f"{self._dataset.sha256} {self._seed}".encode())
        for module in (type(way).__module__, *_SHARED, *way.rests_on):
            digest.update(_source(module))
        for name in (*_LIBRARIES, *way.needs.values()):
            digest.update(f"{name} {importlib.metadata.version(name)}".encode())
        return self._folder / f"{re.sub('[^a-z0-9]+', '-', way.name.lower())}-{digest.hexdigest()[:16]}.npz"


def _source(module: str) -> bytes:
    """Hash of a module's source, or of all modules of a package."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"no module {module}")
    origin = Path(spec.origin)
    files = sorted(origin.parent.rglob("*.py")) if origin.name == "__init__.py" else [origin]
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.digest()
