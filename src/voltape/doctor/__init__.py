"""`voltape doctor`: what stands in the way on this machine, and what to do about it."""

from voltape.doctor.examination import examine
from voltape.doctor.finding import Finding

__all__ = ["Finding", "examine"]
