"""Models besides the shipped one. Not a test."""

from pathlib import Path

from msgspec.structs import replace

from models.artifact import CARD_FILE, SHIPPED, read_info, signed, write_model


def make_model(folder: Path, *, seed: int = 77, doubts_everything: bool = False) -> str:
    """The shipped model under another version; one that doubts calls all that no rule tells undecided."""
    info = read_info(SHIPPED)
    graphs = {name: (SHIPPED / name).read_bytes() for name in info.files if name != CARD_FILE}
    if doubts_everything:
        info = replace(info, chunk=replace(info.chunk, thresholds=dict.fromkeys(info.chunk.thresholds, 1.0)))
    info = signed(replace(info, seed=seed), graphs)
    write_model(folder, info, graphs, f"# {info.version}\n\nMade for a test.\n")
    return info.version


def make_other_features(folder: Path) -> str:
    """A model that measures what this program does not."""
    info = read_info(SHIPPED)
    graphs = {name: (SHIPPED / name).read_bytes() for name in info.files if name != CARD_FILE}
    info = signed(replace(info, features_version=info.features_version + 1), graphs)
    write_model(folder, info, graphs, f"# {info.version}\n")
    return info.version
