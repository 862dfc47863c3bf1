"""The README's own lines are run: a newcomer's first minute must work as it is written."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from teraplan.cli.app import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [block] = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    assert (tmp_path / "runs" / "dearer.html").stat().st_size > 100_000
    assert (tmp_path / "runs" / "dearer" / "run.json").exists()


@pytest.mark.parametrize("line", re.findall(r"^    teraplan (.*?)(?:\s+#.*)?$", README, flags=re.MULTILINE))
def test_every_command_of_the_readme_is_one_that_there_is(line: str) -> None:
    for part in line.split(" && "):
        words = part.removeprefix("teraplan ").split()
        result = CliRunner().invoke(app, [words[0], "--help"])
        assert result.exit_code == 0
        for word in words[1:]:
            assert not word.startswith("--") or word in result.output


@pytest.mark.parametrize("command", ["demo", "new", "check", "run", "frontier", "explain", "compare", "report", "cite"])
def test_help_shows_an_example_with_its_brackets(command: str) -> None:
    said = CliRunner().invoke(app, [command, "--help"]).output
    assert f"Example: teraplan {command}" in said
    assert "costs[process=ccgt,item=capex]" in " ".join(said.split()) or command not in ("run", "frontier", "check")


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_what_the_readme_links_to_is_there(link: str) -> None:
    assert (ROOT / link).exists()
