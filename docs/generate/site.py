"""Which pages the site has, and from where: written by hand, kept elsewhere in the repository, made from the code."""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from docs.generate.data import data
from docs.generate.mathematics import mathematics
from docs.generate.reference import commands, library

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("docs", "docs/how-to", "docs/rooms", "docs/uncertainty", "docs/decisions")
ELSEWHERE = {
    "ARCHITECTURE.md": "architecture.md",
    "CHANGELOG.md": "changelog.md",
    **{f"src/teraplan/cases/{name}/README.md": f"cases/{name}.md" for name in
       ("starter", "world", "world-coarse", "world-2023")},
}  # fmt: skip
"""Pages that stand where who works on them looks for them: path in the repository -> path in the site."""
LINK = re.compile(r"(!?)\[([^\]\n]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def sources() -> dict[str, str]:
    """Return every page that is a file: path in the repository -> path in the site."""
    by_hand = [path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).glob("*.md")]
    return {**{path: path.removeprefix("docs/") for path in sorted(by_hand)}, **ELSEWHERE}


def pages() -> dict[str, str]:
    """Return every page of the site: its path there, its Markdown."""
    there = sources()
    texts = {at: _relinked((ROOT / path).read_text("utf-8"), path, there) for path, at in there.items()}
    made = {
        "decisions/index.md": decisions(),
        "mathematics.md": mathematics(ROOT / "tests" / "model" / "golden"),
        "data.md": data(),
        "commands.md": commands(),
        "python.md": library(),
    }
    return {**texts, **made}


def decisions() -> str:
    """Return the page that lists the decisions, each by its own title."""
    lines = [
        "# Decisions",
        "",
        "Choices that were not obvious: the question, the choice, why, and what was given up.",
        "",
    ]
    for path in sorted((ROOT / "docs" / "decisions").glob("0*.md")):
        number, _, title = path.read_text("utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        lines.append(f"- {number}. [{title}]({path.name})")
    return "\n".join([*lines, ""])


def write_pages(folder: Path) -> None:
    """Write every page, picture, style sheet and script into a folder that is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, text in pages().items():
        page = folder / path
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    for name in ("site.css", "iframe-worker.js"):
        shutil.copy(ROOT / "docs" / name, folder / name)


def _relinked(text: str, path: str, there: Mapping[str, str]) -> str:
    """The text with links to files of the repository turned into links to their pages; to other files, into names."""

    def turned(link: re.Match[str]) -> str:
        picture, title, target, anchor = link.groups()
        if re.match(r"[a-z]+:", target):
            return link[0]
        file = os.path.normpath(PurePosixPath(path).parent / target)
        if file.startswith("docs/images/"):
            return f"{picture}[{title}]({_from(there[path], file.removeprefix('docs/'))})"
        if file in there:
            return f"[{title}]({_from(there[path], there[file])}{anchor or ''})"
        return link[0] if file.startswith("docs/") and not (ROOT / file).exists() else f"{title} (`{file}`)"

    return LINK.sub(turned, text)


def _from(page: str, target: str) -> str:
    return os.path.relpath(target, PurePosixPath(page).parent).replace(os.sep, "/")
