"""``callsieve evaluate``: how good the models are, one page of docs/results/evaluation from each command.

What a command needs is imported when it runs, so that --help doesn't wait for numpy.
"""

import typer

from streams.cli.evaluate import ablation, calls, dtmf, labels, passages, replay, silence

evaluate = typer.Typer(no_args_is_help=True)


@evaluate.callback()
def about() -> None:
    """Measure how good a model is on sources it has never heard; needs callsieve[train].

    A command ends with status 0 when its page is written; what is wanted and not reached, the page says.
    """


evaluate.command("silence")(silence.silence)
evaluate.command("labels")(labels.labels)
evaluate.command("ablation")(ablation.ablation)
evaluate.command("calls")(calls.calls)
evaluate.command("dtmf")(dtmf.dtmf)
evaluate.command("passages")(passages.passages)
evaluate.command("replay")(replay.replay)
