"""`voltape report`: the running system's efficiency against what was there before, as a table."""

from voltape.report.enquiry import Enquiry, address_of, ask
from voltape.report.layout import lines_of

__all__ = ["Enquiry", "address_of", "ask", "lines_of"]
