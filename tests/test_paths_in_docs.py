"""What the pages name is there: files, folders, links, and names of the code."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
PAGES = [
    page
    for page in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("[a-z]*/**/*.md"))
    # What was so at the time stands in the log of changes.
    if page.name != "CHANGELOG.md" and "static" not in page.parts
]
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.*-]*)(?:::\w+)?`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
NAME = re.compile(r"`((?:gql|services|domain|persistence|allocator|jobs|cli)(?:\.\w+)+)")
NO_PATH = ("application/", "text/")
BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_what_a_page_names_is_there(page: Path) -> None:
    """Paths from the root, from the page or, on the allocator's page, from its folder."""
    text = BLOCK.sub("", page.read_text("utf-8"))
    places = [REPOSITORY, page.parent]
    if page.name == "allocator.md":
        places.append(REPOSITORY / "allocator")
    paths = {path for path in PATH.findall(text) if not path.startswith(NO_PATH)}
    missing = [path for path in sorted(paths) if not any(_is_in(each, path) for each in places)]
    missing += [link for link in sorted(set(LINK.findall(text))) if not _is_in(page.parent, link)]
    missing += [name for name in sorted(set(NAME.findall(text))) if not _is_there(name)]
    assert missing == []


def _is_in(folder: Path, path: str) -> bool:
    return (folder / path).exists() or ("*" in path and any(folder.glob(path)))


def _is_there(name: str) -> bool:
    """Whether this is a package or a module, or a name in one."""
    place, last = REPOSITORY, name.rpartition(".")[2]
    for part in name.split("."):
        module = place / f"{part}.py" if (place / f"{part}.py").exists() else place / "__init__.py"
        if not (place / part).is_dir():
            names = f"{module.stem} {module.read_text('utf-8')}"
            return re.search(rf"\b{last}\b", names) is not None
        place /= part
    return True
