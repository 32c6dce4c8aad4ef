"""Telephone numbers that belong to nobody."""

from typing import Final

import numpy as np

# Country and area code, then how many digits may be anything: ranges that the numbering authorities keep for fiction
# (NANPA 555-0100 to 0199; Ofcom, Bundesnetzagentur, Arcep and ACMA for drama).
_RANGES: Final = (
    ("+1{area}55501", 2),
    ("+442079460", 3),
    ("+441632960", 3),
    ("+493023125", 3),
    ("+498999998", 3),
    ("+3319900", 4),
    ("+3346571", 4),
    ("+6125550", 4),
)


class NumberBook:
    """Draws numbers in E.164, each once while there are unused ones."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def new(self) -> str:
        """Draw a number not drawn before; after many thousands, perhaps an ordinary one again."""
        number = ""
        for _ in range(50):
            number = self._draw()
            if number not in self._used:
                break
        self._used.add(number)
        return number

    def _draw(self) -> str:
        pattern, free = _RANGES[int(self._rng.integers(len(_RANGES)))]
        area = int(self._rng.integers(201, 990))
        return pattern.format(area=area) + f"{int(self._rng.integers(10**free)):0{free}d}"
