"""Read a folder of CSV files, or an XLSX workbook, as text with row numbers.

Nothing is interpreted here: a cell is text, or one of which the workbook says what it is, or not
given. Files are read when first asked for and kept, so that one reading serves many mappings of
the same source.
"""

from services.imports.reading.csv_files import read_csv
from services.imports.reading.sheets import FILE, ROW, Reading, Sheet
from services.imports.reading.sources import Source, open_source

__all__ = ["FILE", "ROW", "Reading", "Sheet", "Source", "open_source", "read_csv"]
