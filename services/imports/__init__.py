"""Import a company's own data: read, map, check, load. Nothing is written if there is a fault."""

from services.imports.dataset import Arrival, Dataset, Examined, Reader, dataset, parameter_of
from services.imports.faults import BadInput, Fault
from services.imports.loading import ImportReport, Progress, faults_with_database, import_data

__all__ = [
    "Arrival",
    "BadInput",
    "Dataset",
    "Examined",
    "Fault",
    "ImportReport",
    "Progress",
    "Reader",
    "dataset",
    "faults_with_database",
    "import_data",
    "parameter_of",
]
