"""A library of models: a folder with one folder a version, and which of them judges."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from models.artifact import BLOCKS_FILE, CARD_FILE, CHUNK_FILE, INFO_FILE, SHIPPED, read_info
from models.classifier import ChunkClassifier
from models.errors import ModelError
from models.library.state import MAX_EARLIER, SHIPPED_NAME, State, locked, read_state, write_state

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILES: Final = (CHUNK_FILE, BLOCKS_FILE, CARD_FILE, INFO_FILE)  # what a model's folder holds; nothing else is copied


@dataclass(frozen=True, slots=True)
class Version:
    """A model that there is.

    Attributes
    ----------
    name : str
        By which a state names it: ``shipped``, or its version.
    folder : Path
        Where it stands.
    model : ChunkClassifier or None
        It, loaded; None where it can't be.
    error : str
        Why it can't be loaded.
    """

    name: str
    folder: Path
    model: ChunkClassifier | None = None
    error: str = ""

    @property
    def version(self) -> str:
        """Its version; its name where it can't be loaded."""
        return self.name if self.model is None else self.model.version


class Library:
    """The versions of the model that there are.

    Parameters
    ----------
    folder : Path or str, optional
        Of the library; by default, and where it is empty, there is the shipped model alone.
    """

    def __init__(self, folder: Path | str | None = None) -> None:
        self.folder = Path(folder) if folder else None

    def state(self) -> State:
        """What is decided.

        Raises
        ------
        ModelError
            If the library is not there, or its state is broken.
        """
        return self.decided() or State()

    def decided(self) -> State | None:
        """What is decided, None where nothing was yet; raises as `state` does."""
        if self.folder is None:
            return None
        if not self.folder.is_dir():
            raise ModelError(
                f"there is no model library at {self.folder}: 'callsieve models add' begins one, "
                "or see CALLSIEVE_MODELS"
            )
        return read_state(self.folder)

    def names(self) -> list[str]:
        """Names of all versions, the shipped one first."""
        if self.folder is None or not self.folder.is_dir():
            return [SHIPPED_NAME]
        inside = (entry.name for entry in self.folder.iterdir() if entry.is_dir())
        return [SHIPPED_NAME, *sorted(name for name in inside if _NAME.fullmatch(name) and name != SHIPPED_NAME)]

    def load(self, name: str) -> ChunkClassifier:
        """Read a version.

        Raises
        ------
        ModelError
            If it is missing or broken, made for another program or other features, or is not the version it is called.
        """
        if name == SHIPPED_NAME:
            return ChunkClassifier.load()
        if self.folder is None or not _NAME.fullmatch(name) or not (self.folder / name).is_dir():
            raise ModelError(f"the library has no model {name!r}: see 'callsieve models list'")
        model = ChunkClassifier.load(self.folder / name)
        if model.version != name:
            raise ModelError(f"{self.folder / name} holds {model.version}: a version stands in a folder of its name")
        return model

    def version(self, name: str) -> Version:
        """A version, with the reason where it can't be loaded."""
        folder = SHIPPED if name == SHIPPED_NAME or self.folder is None else self.folder / name
        try:
            return Version(name, folder, self.load(name))
        except ModelError as error:
            return Version(name, folder, error=str(error))

    def find(self, begin: str) -> str:
        """Name of the version that begins so; what follows the dash of a version will do.

        Raises
        ------
        ModelError
            If no version, or more than one, begins so.
        """
        names = self.names()
        if begin in names:
            return begin
        # of the same model twice the one in the library counts, which stays when the program is updated
        versions = {read_info(SHIPPED).version: SHIPPED_NAME} | {name: name for name in names if name != SHIPPED_NAME}
        found = [
            version
            for version in sorted(versions)
            if begin and (version.startswith(begin) or version.rpartition("-")[2].startswith(begin))
        ]
        if begin in found or len(found) == 1:
            return versions[begin if begin in found else found[0]]
        if not found:
            raise ModelError(f"no model's version begins with {begin[:40]!r}: see 'callsieve models list'")
        raise ModelError(f"several models' versions begin with {begin[:40]!r}: {', '.join(found)}")

    def add(self, source: Path, *, actor: str) -> str:
        """Copy a model into the library, which is made where there is none; its version.

        Raises
        ------
        ModelError
            If there is no library, or the model can't be loaded here.
        """
        library = self._folder()
        model = ChunkClassifier.load(source)
        library.mkdir(parents=True, exist_ok=True)
        with self._change() as state:
            if (library / model.version).exists():
                self.load(model.version)
                return model.version
            with tempfile.TemporaryDirectory(prefix=".adding-", dir=library) as scratch:
                copy = Path(scratch) / model.version
                copy.mkdir()
                for name in _FILES:
                    if (source / name).is_file():
                        shutil.copyfile(source / name, copy / name)
                ChunkClassifier.load(copy)  # what was copied is what will be read
                copy.rename(library / model.version)
            write_state(library, state.noted(actor, "add", name=model.version, version=model.version))
        return model.version

    def promote(self, begin: str, *, actor: str) -> tuple[str, str]:
        """Let a version judge, once it is seen to load; its version, and the name of the one before.

        Raises
        ------
        ModelError
            If there is no such version, or it can't be loaded here, or it judges already.
        """
        library, name = self._folder(), self.find(begin)
        model = self.load(name)
        with self._change() as state:
            if state.live == name:
                raise ModelError(f"{model.version} is live already")
            earlier = (*state.earlier, state.live)[-MAX_EARLIER:]
            promoted = msgspec.structs.replace(state, live=name, earlier=earlier)
            if self._is(state.shadow, model.version):
                promoted = msgspec.structs.replace(promoted, shadow=None)  # it would be compared with itself
            write_state(library, promoted.noted(actor, "promote", name=name, version=model.version))
        return model.version, state.live

    def rollback(self, *, actor: str) -> tuple[str, str]:
        """Let the version judge that did before this one; the version, and the name of the one given up.

        Done again, it goes one further back.

        Raises
        ------
        ModelError
            If there is none before, or it can't be loaded here.
        """
        library = self._folder()
        with self._change() as state:
            if not state.earlier:
                raise ModelError("no version was live before this one: promote another, see 'callsieve models list'")
            name = state.earlier[-1]
            try:
                model = self.load(name)
            except ModelError as error:
                raise ModelError(f"{error}. It was live before; 'callsieve models promote' takes another") from error
            back = msgspec.structs.replace(state, live=name, earlier=state.earlier[:-1])
            if self._is(state.shadow, model.version):
                back = msgspec.structs.replace(back, shadow=None)
            write_state(library, back.noted(actor, "rollback", name=name, version=model.version))
        return model.version, state.live

    def set_shadow(self, begin: str | None, *, actor: str) -> str | None:
        """Try a version beside the live one, or none any more; its version.

        Raises
        ------
        ModelError
            If there is no such version, it can't be loaded here, or it is the live one.
        """
        library = self._folder()
        name = None if begin is None else self.find(begin)
        version = None if name is None else self.load(name).version
        with self._change() as state:
            if version is not None and self._is(state.live, version):
                raise ModelError(f"{version} is live: a shadow is another version, see 'callsieve models list'")
            if name != state.shadow:
                chosen = msgspec.structs.replace(state, shadow=name)
                write_state(library, chosen.noted(actor, "shadow", name=name or "", version=version or ""))
        return version

    def _is(self, name: str | None, version: str) -> bool:
        """Whether a name stands for that version: of the shipped model there may be a copy under its version."""
        return name is not None and self.version(name).version == version

    def _folder(self) -> Path:
        if self.folder is None:
            raise ModelError(
                "there is the shipped model alone: name a directory for others by CALLSIEVE_MODELS or --library"
            )
        return self.folder

    @contextmanager
    def _change(self) -> Iterator[State]:
        folder = self._folder()
        self.state()  # that the folder is there, before a lock is laid into it
        try:
            with locked(folder):
                yield self.state()
        except OSError as error:
            raise ModelError(f"{error.filename or folder}: {error.strerror}") from error
