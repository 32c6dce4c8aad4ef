"""``callsieve campaigns plot``: a campaign as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.cli.campaigns.looking import Campaign
from streams.cli.options import StoreUrl, settings_of

if TYPE_CHECKING:  # imported when a command runs: --help should not wait
    import numpy as np
    from numpy.typing import NDArray

_KINDS = (".svg", ".png")


def plot(
    campaign: Campaign,
    out: Annotated[Path, typer.Option(help="the picture, FILE.svg or FILE.png", show_default=False)],
    calls: Annotated[int, typer.Option(help="draw so many calls at most", min=1, max=40)] = 6,
    audio: Annotated[
        list[str] | None,
        typer.Option(
            help="draw the spectrogram of a call's recording, one's own; may be given again",
            metavar="CALL_ID=FILE",
            show_default=False,
        ),
    ] = None,
    store: StoreUrl = None,
) -> None:
    """Draw a campaign's calls over each other, aligned in time, pitch and tempo.

    No audio is kept, so each strip shows a call's words (32 bits, 31 times a second) with its peaks as dots: green
    where they agree with the call on top, grey where they differ, white where nothing is kept. Shaded is what the calls
    share, orange what matched. Below: how many calls share each moment, of how many that were heard so far. With
    --audio a call's strip is the spectrogram of a file.

    Needs matplotlib, which comes with callsieve[train].
    """
    from models.evaluation.extras import needed
    from streams.campaigns.picture import draw, saved
    from streams.campaigns.strips import gather
    from streams.look import LookError
    from streams.look.campaigns import named
    from streams.look.store import migrated_store

    if out.suffix.lower() not in _KINDS:
        raise typer.BadParameter("a picture is FILE.svg or FILE.png", param_hint="--out")
    needed("matplotlib.figure")
    files = dict(_pair(each) for each in audio or [])
    settings = settings_of(store=store)
    with migrated_store(settings.store) as opened:
        root = named(opened, campaign)
        found = gather(opened, root, most=calls, audio=_heard(opened, root, files))
    if found is None:
        raise LookError(f"nothing is kept of how the calls of {root} match: there is nothing to draw")
    out.write_bytes(saved(draw(found), out.suffix.lower()[1:]))
    typer.echo(f"{len(found.strips)} of {found.calls} calls in {out}; shared: {found.shape.words}")


def _pair(text: str) -> tuple[str, Path]:
    call, equals, file = text.partition("=")
    if not equals or not call or not file:
        raise typer.BadParameter(f"{text!r} is not CALL_ID=FILE", param_hint="--audio")
    return call, Path(file)


def _heard(opened: Any, root: str, files: dict[str, Path]) -> "dict[str, NDArray[np.int16]]":
    """Audio of files by the whole id of the call that they are given for."""
    from streams.campaigns import Campaigns
    from streams.look import LookError
    from streams.scan.files import read_audio

    if not files:
        return {}
    members = {hearing.call_id for hearing in Campaigns(opened).hearings(root)}
    found: dict[str, NDArray[np.int16]] = {}
    for begin, file in files.items():
        calls = sorted(call for call in members if call.startswith(begin))
        if len(calls) != 1:
            raise LookError(
                f"{len(calls) or 'no'} calls of this campaign begin with {begin[:40]!r}: see 'campaigns show'"
            )
        found[calls[0]] = read_audio(file)[0]
    return found
