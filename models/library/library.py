"""A library of models: a folder with one folder a version, and which of them judges."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from models.artifact import BLOCKS_FILE, CARD_FILE, CHUNK_FILE, INFO_FILE, SHIPPED, read_info
from models.classifier import ChunkClassifier
from models.errors import ModelError
from models.library.finding import find_name
from models.library.labels import labels_of
from models.library.place import check_place
from models.library.state import MAX_EARLIER, SHIPPED_NAME, State, locked, read_state, write_state
from models.library.version import Switch, Version

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_FILES: Final = (CHUNK_FILE, BLOCKS_FILE, CARD_FILE, INFO_FILE)  # what a model's folder holds; nothing else is copied


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
            If the library is not there, the folder is something else, or its state is broken.
        """
        return self.decided() or State()

    def decided(self) -> State | None:
        """What is decided, None where nothing was yet; raises as `state` does."""
        if self.folder is None:
            return None
        check_place(self.folder)
        if not self.folder.exists():
            raise ModelError(
                f"there is no model library at {self.folder}: 'callsieve models add' begins one, "
                "or see CALLSIEVE_MODELS"
            )
        return read_state(self.folder)

    def names(self) -> list[str]:
        """Names of all versions, the shipped one first; ModelError where the folder is no library."""
        if self.folder is None:
            return [SHIPPED_NAME]
        check_place(self.folder)
        if not self.folder.exists():
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
        try:
            return Version(name, self._place(name), self.load(name))
        except ModelError as error:
            return Version(name, self._place(name), error=str(error))

    def find(self, begin: str) -> str:
        """Name of the version that begins so; what follows the dash of a version will do.

        Raises
        ------
        ModelError
            If no version, or more than one, begins so.
        """
        return find_name(begin, self.names())

    def lacking(self, version: str, *beside: str) -> list[str]:
        """Labels that a version can't hear though one of these others can, sorted; of what can't be read nothing.

        Parameters
        ----------
        version : str
        *beside : str
            Names or versions.
        """
        known = self._labels(version)
        if not known:
            return []
        return sorted(frozenset[str]().union(*map(self._labels, beside)) - known)

    def add(self, source: Path, *, actor: str) -> str:
        """Copy a model into the library, which is made where there is none; its version.

        Raises
        ------
        ModelError
            If no library is named, the folder is something else, or the model can't be loaded here.
        """
        library = self._folder()
        check_place(library)
        model = ChunkClassifier.load(source)
        try:
            library.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(f"{error.filename or library}: {error.strerror}") from error
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

    def promote(self, begin: str, *, actor: str) -> Switch:
        """Let a version judge, once it is seen to load.

        Raises
        ------
        ModelError
            If there is no such version, or it can't be loaded here, or it judges already.
        """
        library = self._folder()
        self.state()  # that the library is there, before anything is looked for in it
        name = self.find(begin)
        model = self.load(name)
        with self._change() as state:
            if state.live == name:
                raise ModelError(f"{model.version} is live already")
            earlier = (*state.earlier, state.live)[-MAX_EARLIER:]
            promoted = msgspec.structs.replace(state, live=name, earlier=earlier)
            if ended := self._is(state.shadow, model.version):
                promoted = msgspec.structs.replace(promoted, shadow=None)  # it would be compared with itself
            write_state(library, promoted.noted(actor, "promote", name=name, version=model.version))
        return Switch(model.version, state.live, ended)

    def rollback(self, *, actor: str) -> Switch:
        """Let the version judge that did before this one.

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
            if ended := self._is(state.shadow, model.version):
                back = msgspec.structs.replace(back, shadow=None)
            write_state(library, back.noted(actor, "rollback", name=name, version=model.version))
        return Switch(model.version, state.live, ended)

    def set_shadow(self, begin: str | None, *, actor: str) -> str | None:
        """Try a version beside the live one, or none any more; its version.

        Raises
        ------
        ModelError
            If there is no such version, it can't be loaded here, or it is the live one.
        """
        library = self._folder()
        self.state()
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

    def _place(self, name: str) -> Path:
        return SHIPPED if name == SHIPPED_NAME or self.folder is None else self.folder / name

    def _labels(self, name: str) -> frozenset[str]:
        try:
            return labels_of(read_info(self._place(self.find(name))).chunk.classes)
        except ModelError:
            return frozenset()

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
