"""Reading what a lead wrote: grammar and lexicon for English, Portuguese and Spanish."""

from app.qualification.extraction.reader import read
from app.qualification.extraction.reading import Intent, Reading, ReadingContext, Signal

__all__ = ["Intent", "Reading", "ReadingContext", "Signal", "read"]
