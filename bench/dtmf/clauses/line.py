"""What else is on the line: dial tone underneath, echo (Q.24, notes to table 1: AT&T echoes of 20 ms at 16 dB)."""

from functools import partial
from typing import Final

import numpy as np

from bench.dtmf.clause import Case, Clause, Material
from bench.dtmf.digits import Sender, Trials, send, trials
from models.channel.echo import add_echo
from models.sounds.scale import to_int16
from models.sounds.tones import cadenced

DIAL_LEVELS: Final = (-20.0, -15.0, -12.0, -10.0)  # dBm0 of the dial tone's parts together
DIAL_TONES: Final = {
    "350 + 440 Hz": (350.0, 440.0),
    "425 Hz": (425.0,),
    "413 + 438 Hz": (413.0, 438.0),
    "400 Hz": (400.0,),
}
ECHO_S: Final = 0.02
ECHOES: Final = (24.0, 16.0, 10.0)  # dB below the digit


def _over_dial_tone(
    frequencies: tuple[float, ...], level: float, rng: np.random.Generator, n: int, material: Material
) -> Trials:
    rows, truth = send(rng, n, Sender())
    under = cadenced(rows.size, frequencies, (), level_dbm0=level).reshape(rows.shape)
    return Trials(to_int16(rows + under), truth)


def _echoed(sender: Sender, loss: float, rng: np.random.Generator, n: int, material: Material) -> Trials:
    made = trials(rng, n, sender)
    return Trials(np.stack([add_echo(rng, row, ECHO_S, loss) for row in made.rows]), made.truth)


CLAUSES: Final = (
    Clause(
        "dial tone",
        "Dial tone underneath",
        "Digits of 50 ms, each tone at -10 dBm0, while a dial tone goes on at so many dBm0. spandsp takes part a "
        "second time with its dial-tone filter, which is off unless asked for.",
        "dBm0",
        tuple(
            Case(name, x, "accept", partial(_over_dial_tone, frequencies, x))
            for name, frequencies in DIAL_TONES.items()
            for x in DIAL_LEVELS
        ),
        variants=("spandsp, dial-tone filter",),
    ),
    Clause(
        "echo",
        "Echo",
        "Digits of 50 ms with an echo that comes 20 ms later, so much fainter, smeared over 4 ms as a hybrid's is; "
        "once by themselves, and once the same key twice with 50 ms between.",
        "dB",
        tuple(
            Case(name, x, "accept", partial(_echoed, sender, x))
            for name, sender in (
                ("one digit", Sender()),
                ("two digits", Sender(on_s=(0.05, 0.05, 0.05), presses=2)),
            )
            for x in ECHOES
        ),
    ),
)
