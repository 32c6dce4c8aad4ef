"""The models that judge now: the live one and, where one is tried, its shadow; changed while the role runs."""

import asyncio
import contextlib
import logging
from collections import Counter
from typing import Final, Literal

from models.classifier import ChunkClassifier
from models.errors import ModelError
from models.library import Library, State

log = logging.getLogger(__name__)

LOOK_S: Final = 2.0  # between two looks at what the library says

Use = Literal["live", "shadow"]
_WAY_OUT: Final[dict[Use, str]] = {
    "live": "'callsieve models promote' names another, 'callsieve models rollback' the one before",
    "shadow": "'callsieve models shadow --off' goes on without",
}


class ServedModels:
    """What a library says shall judge, loaded.

    A change is noticed within seconds, loaded in a thread, and there for whoever asks next. What can't be loaded
    changes nothing: the model of before goes on, and it is tried again at every look, for a folder may still be on its
    way through a shared volume.

    Parameters
    ----------
    library
        Of which the live model and its shadow are loaded at once.

    Attributes
    ----------
    live
        The model that judges.
    shadow
        The model that is tried beside it; None where there is none.
    reloads
        How often a model was taken into use since the beginning, by use.
    failures
        How often what the library says could not be followed; what goes on failing for one reason counts once.
    complaint
        Why what the library says is not followed now; empty when it is.

    Raises
    ------
    ModelError
        If the library is not there, its state is broken, or one of the two models can't be loaded.
    """

    def __init__(self, library: Library) -> None:
        self.reloads: Counter[str] = Counter()
        self.failures = 0
        self.complaint = ""
        self._library = library
        self._decided = library.decided()
        state = self._decided or State()
        self._names: dict[Use, str | None] = {"live": state.live, "shadow": state.shadow}
        self.live: ChunkClassifier = self._load("live", state.live)
        self.shadow = None if state.shadow is None else self._load("shadow", state.shadow)
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look for changes from now on; where there is no library there are none."""
        if self._library.folder is not None and self._watch is None:
            self._watch = asyncio.ensure_future(self._look_on())

    async def stop(self) -> None:
        """Look no more."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self.look)

    def look(self) -> None:
        """Follow what the library says now."""
        wrong: list[str] = []
        try:
            state = self._library.decided()
            if state is None and self._decided is not None:
                raise ModelError(f"the state of the model library {self._library.folder} is gone")
        except (ModelError, OSError) as error:
            wrong.append(str(error))
        else:
            self._decided = state
            wanted = state or State()
            # the shadow first: one that is promoted is no shadow any more when it judges
            wrong += filter(None, (self._take("shadow", wanted.shadow), self._take("live", wanted.live)))
        complaint = "; ".join(wrong)
        if complaint and complaint != self.complaint:
            self.failures += 1
            log.error("classify: %s; %s goes on judging", complaint, self.live.version)
        self.complaint = complaint

    def _take(self, use: Use, name: str | None) -> str:
        """Take another model into use; why not, where it can't be."""
        if name == self._names[use]:
            return ""
        try:
            model = None if name is None else self._load(use, name)
        except ModelError as error:
            return str(error)
        setattr(self, use, model)
        self._names[use] = name
        self.reloads[use] += model is not None
        log.warning("classify: the %s model is %s from now on", use, "none" if model is None else model.version)
        return ""

    def _load(self, use: Use, name: str) -> ChunkClassifier:
        try:
            return self._library.load(name)
        except Exception as error:  # whatever a folder of another's making brings its reader to
            raise ModelError(f"the {use} model {name} can't be used: {error}; {_WAY_OUT[use]}") from error
