"""How far a number of rare events in so many hours is to be trusted."""

from scipy import stats


def poisson_interval(events: int, hours: float, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a rate per hour (Garwood 1936): exact for events that are independent of each other.

    Parameters
    ----------
    events : int
        At least 0.
    hours : float
        Above 0.
    confidence : float
        0 to 1, exclusive.

    Returns
    -------
    low, high : float
        Events an hour; of no events 0 and about 3.7 / hours.

    Raises
    ------
    ValueError
        For fewer events than none, or no time.
    """
    if events < 0 or not hours > 0:
        raise ValueError(f"{events} events in {hours} hours are no rate")
    tail = (1.0 - confidence) / 2.0
    low = float(stats.chi2.ppf(tail, 2 * events)) / 2.0 if events else 0.0
    return low / hours, float(stats.chi2.ppf(1.0 - tail, 2 * events + 2)) / 2.0 / hours
