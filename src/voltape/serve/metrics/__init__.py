"""Figures for Prometheus, taken from the status at the moment of scraping."""

from .exposition import METRICS_MEDIA_TYPE, metrics_text
from .families import FAMILIES
from .family import Family, Scrape

__all__ = ["FAMILIES", "METRICS_MEDIA_TYPE", "Family", "Scrape", "metrics_text"]
