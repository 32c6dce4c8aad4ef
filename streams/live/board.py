"""The status line of a live tap."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from streams.live.figures import Figures


class StatusLine:
    """One line at the bottom of a terminal; nothing where there is no terminal."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        self._cpu_s = self._wall_s = 0.0

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, figures: Figures) -> None:
        """Show how things stand."""
        if self._live is None:
            return
        passed_s = max(figures.seconds - self._wall_s, 1e-3)
        busy = (figures.cpu_seconds - self._cpu_s) / passed_s
        self._cpu_s, self._wall_s = figures.cpu_seconds, figures.seconds
        parts = [
            f"{figures.calls_up} calls up",
            f"{figures.packets_per_s:,.0f} packets/s",
            f"{figures.kernel_dropped} dropped",
            f"{figures.outlet.shed_frames} shed",
            f"loss {figures.loss_share:.2%}",
            f"queue {figures.queued_bytes / 1e6:.1f} MB",
            f"CPU {busy:.0%}",
        ]
        self._live.update(Text(" · ".join(parts), style="red" if figures.oldest_s > 5 else ""), refresh=True)
