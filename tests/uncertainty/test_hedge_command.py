"""`teraplan hedge` with input that cannot be used: exit code 2, and what to mend."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from teraplan.cli.app import app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["starter"], "tree.csv\n    has no node"),
        (["starter", "--tree", "nowhere.toml"], "nowhere.toml\n    is missing"),
        (["starter", "--tree", "bad.toml"], "of 'a', 'b' after 'now' sum to 0.9"),
        (["starter", "--tree", "bad.toml", "--set", "costs[process=no_such] *= 2"], "selects nothing"),
        (["starter", "--tree", "good.toml", "--tolerance", "-1"], "tolerance\n    is -1"),
    ],
)
def test_bad_input_ends_with_two(words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[[node]]\nname = "now"\n'
    for name, chance in (("a", 0.5), ("b", 0.4)):
        text += f'[[node]]\nname = "{name}"\nparent = "now"\nknown_from = 2027\nprobability = {chance}\n'
    Path("bad.toml").write_text(text)
    Path("good.toml").write_text(text.replace("0.4", "0.5"))
    done = CliRunner().invoke(app, ["hedge", *words])
    assert done.exit_code == 2, done.output
    assert said in done.output
    assert not Path("runs").exists()
