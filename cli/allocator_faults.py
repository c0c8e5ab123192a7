"""The allocator's faults in the words of the catalogue."""

from dataclasses import dataclass

from allocator.faults import Fault
from domain.languages import Language
from domain.messages import Message, message_of, msg


@dataclass(frozen=True)
class InputFault:
    """A fault of the allocator's input, which itself has keys and no sentences."""

    fault: Fault

    def as_dict(self, language: Language) -> dict[str, str | int | None]:
        """The fault for programs, its sentences in a language."""
        return {
            "file": self.fault.file,
            "row": self.fault.row,
            "column": self.fault.column,
            "value": self.fault.value,
            "problem": message_of(self.fault.problem).text(language),
            "remedy": message_of(self.fault.remedy).text(language),
            "refers_to": self.fault.refers_to,
        }

    def sentence(self, language: Language) -> str:
        """The fault in one line."""
        fault = self.fault
        place: str | Message = fault.file
        if fault.row:
            place = msg("files.PLACE_ROW", file=fault.file, row=fault.row)
        if fault.column:
            place = msg("files.PLACE_COLUMN", place=place, column=fault.column)
        parts = {
            "place": place,
            "problem": message_of(fault.problem),
            "remedy": message_of(fault.remedy),
        }
        # What is missing has no value to quote.
        if not fault.value:
            return msg("imports.FAULT", **parts).text(language)
        return msg("imports.FAULT_OF_VALUE", value=fault.value, **parts).text(language)
