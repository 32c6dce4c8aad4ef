"""The same cores without a broker: files in, verdicts out."""

from streams.scan.files import ScanError, find_files, open_packets
from streams.scan.pipeline import LocalPipeline

__all__ = ["LocalPipeline", "ScanError", "find_files", "open_packets"]
