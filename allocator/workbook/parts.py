"""The parts of a workbook's archive that sheets refer to: relations, styles and texts."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable
from xml.parsers import expat

from allocator.faults import Phrase, phrase
from allocator.workbook.cells import Cell, CellKind
from allocator.workbook.formats import NumberFormat, built_in, parsed
from allocator.workbook.values import unescaped

MOST_STYLES = 65_536
_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_SAVE_AGAIN = phrase("files.SAVE_AGAIN")


class UnreadableWorkbook(Exception):
    """A file that cannot be read as a workbook: what is wrong with it, and what to do."""

    def __init__(self, problem: Phrase, remedy: Phrase = _SAVE_AGAIN) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def walk(
    parts: zipfile.ZipFile,
    part: str,
    begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str, str], None] = lambda name, text: None,
    namespaces: tuple[str, ...] = _MAIN,
) -> None:
    """The elements of a part, by their names in its main namespace."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    known = {}
    for namespace in namespaces:
        for name in _ELEMENTS:
            known[f"{namespace} {name}"] = name
    pieces: list[str] = []

    def started(name: str, attributes: dict[str, str]) -> None:
        pieces.clear()
        if (local := known.get(name)) is not None:
            begin(local, attributes)

    def ended(name: str) -> None:
        if (local := known.get(name)) is not None:
            end(local, "".join(pieces))
        pieces.clear()

    def refused(*declared: object) -> None:
        raise ValueError("it declares a document type, which no workbook has")

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = pieces.append
    parser.StartDoctypeDeclHandler = refused
    with parts.open(part) as file:
        parser.ParseFile(file)


_ELEMENTS = (
    "workbookPr", "calcPr", "sheet", "Relationship", "numFmt", "cellXfs", "xf", "si", "t", "rPh",
    "row", "c", "v", "f", "mergeCell",
)  # fmt: skip


def relations(parts: zipfile.ZipFile, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Kind and target of each relation, by its id."""
    found: dict[str, tuple[str, str]] = {}

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            target = attributes["Target"]
            at = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found[attributes["Id"]] = (
                attributes["Type"].rpartition("/")[2],
                posixpath.normpath(at),
            )

    if part in parts.namelist():
        walk(
            parts, part, begin,
            namespaces=("http://schemas.openxmlformats.org/package/2006/relationships",),
        )  # fmt: skip
    return found


def formats(parts: zipfile.ZipFile, part: str) -> list[NumberFormat]:
    """The number format of each cell style."""
    own: dict[int, NumberFormat] = {}
    styles: list[int] = []
    inside = False

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "numFmt":
            own[index_of(attributes["numFmtId"])] = parsed(attributes["formatCode"])
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            styles.append(index_of(attributes.get("numFmtId", "0")))
            if len(styles) > MOST_STYLES:
                raise ValueError(f"it has more than {MOST_STYLES} cell styles")

    def end(name: str, text: str) -> None:
        nonlocal inside
        if name == "cellXfs":
            inside = False

    walk(parts, part, begin, end)
    return [own[number] if number in own else built_in(number) for number in styles]


def strings(parts: zipfile.ZipFile, part: str, most: int) -> list[Cell | None]:
    """The texts that cells refer to by number; those without a letter are empty cells."""
    found: list[Cell | None] = []
    pieces: list[str] = []
    phonetic = False

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal phonetic
        if name == "si":
            pieces.clear()
        elif name == "rPh":
            phonetic = True

    def end(name: str, text: str) -> None:
        nonlocal phonetic
        if name == "t" and not phonetic:
            pieces.append(text)
        elif name == "rPh":
            phonetic = False
        elif name == "si":
            whole = unescaped("".join(pieces))
            found.append(Cell(CellKind.TEXT, whole) if whole else None)
            if len(found) > most:
                raise UnreadableWorkbook(
                    phrase("files.MOST_TEXTS", most=most), phrase("files.SAVE_AS_CSV")
                )

    walk(parts, part, begin, end)
    return found


def index_of(text: str) -> int:
    """A number by which a file refers to something; Python itself would count from the end."""
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:20]!r} is no number of a row, text or style")
    return int(text)
