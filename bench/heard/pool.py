"""Tasks divided among processes; results in the order of the tasks, whoever did them."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Literal, TypeVar

from threadpoolctl import threadpool_limits

TaskT = TypeVar("TaskT")
FoundT = TypeVar("FoundT")


def do_all(
    tasks: Sequence[TaskT],
    do: Callable[[TaskT], FoundT],
    processes: int,
    tell: Callable[[int, int], None],
    *,
    start: Literal["spawn", "fork"] = "spawn",
) -> list[FoundT]:
    """Do all tasks, so many at a time; of one process, in this one.

    Parameters
    ----------
    tasks : sequence
        Each can be pickled, and so can what is found.
    do : callable
        A function of a module. What it raises ends everything.
    processes : int
        At least 1.
    tell : callable
        Told how many are done, of how many.
    start : "spawn" or "fork"
        How processes begin: anew, or with all that this one has in memory.

    Returns
    -------
    list
        What `do` returned, in the order of the tasks.
    """
    if processes == 1:
        done: list[FoundT] = []
        for task in tasks:
            done.append(do(task))
            tell(len(done), len(tasks))
        return done
    context = multiprocessing.get_context(start)
    with ProcessPoolExecutor(processes, context, initializer=_begin) as pool:
        futures = [pool.submit(do, task) for task in tasks]
        try:
            for count, future in enumerate(as_completed(futures), start=1):
                future.result()
                tell(count, len(tasks))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():  # a task may take minutes
                child.terminate()
            raise
        return [future.result() for future in futures]


def _begin() -> None:
    """Hold a process to one thread: the others have theirs."""
    threadpool_limits(1)
