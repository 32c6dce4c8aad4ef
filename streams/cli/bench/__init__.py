"""``callsieve bench``: what is measured beside others' ways of doing the same, speed and hearing.

What a command needs is imported when it runs, so that --help doesn't wait for numpy.
"""

import typer

from streams.cli.bench import dtmf, replay, speed, tones

bench = typer.Typer(no_args_is_help=True)


@bench.callback()
def about() -> None:
    """Measure how fast callsieve is on this machine, and how well it hears tones and replays; needs callsieve[bench].

    A command ends with status 0 when everything was measured; what is wanted and not reached, its page says.
    """


bench.command("list")(speed.list_all)
bench.command("run")(speed.run)
bench.command("dtmf")(dtmf.dtmf)
bench.command("tones")(tones.tones)
bench.command("replay")(replay.replay)
