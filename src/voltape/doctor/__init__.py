"""`voltape doctor`: what stands in the way on this machine, and what to do about it."""

from voltape.doctor.examination import examine
from voltape.doctor.finding import Finding, as_json

__all__ = ["Finding", "as_json", "examine"]
