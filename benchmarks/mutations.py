"""What becomes of a damaged case: `PYTHONPATH=tests python -m benchmarks.mutations [COUNT] [CASE]`.

Each round damages one or two files of a shipped case, then reads, resolves and assembles it: a case, faults, or
something else, which is a mistake of ours. The damage is that of the tests (tests/case/mutations.py), seeded by round.
"""

import shutil
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path
from random import Random

from case.mutations import mutation_of, outcome, put
from teraplan.case.read import CASES

COUNT = 200


def main() -> None:
    """Run the rounds; print outcomes by kind of damage, and the first lines of whatever was neither case nor faults."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    name = sys.argv[2] if len(sys.argv) > 2 else "starter"
    found: Counter[tuple[str, str]] = Counter()
    rounds: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / name
        shutil.copytree(CASES / name, folder)
        for seed in range(count):
            damages, result = damaged(folder, seed)
            rounds[result] += 1
            found.update((damage, result) for damage in damages)
    print(f"{count} rounds on {name}: " + ", ".join(f"{number} {result}" for result, number in sorted(rounds.items())))
    for damage in sorted({damage for damage, _ in found}):
        print(f"{damage:14s} {found[damage, 'case']:4d} case {found[damage, 'faults']:4d} faults")
    sys.exit(rounds.keys() - {"case", "faults"} != set())


def damaged(folder: Path, seed: int) -> tuple[list[str], str]:
    """Return the kinds of damage of a round and what came of it; the folder is whole again afterwards."""
    random = Random(seed)
    paths = sorted([*folder.glob("*.csv"), *folder.glob("*.toml"), *folder.glob("scenarios/*.toml")])
    before = {path: path.read_bytes() for path in random.sample(paths, random.choice((1, 1, 2)))}
    scenario = random.choice(sorted(path.stem for path in folder.glob("scenarios/*.toml")))
    damages = []
    for path, content in before.items():
        damage = mutation_of(path.name, random)
        put(path, damage(content.decode(), random))
        damages.append(damage.__name__)
    try:
        result = outcome(folder, scenario)
    except Exception as error:
        result = type(error).__name__
        print(f"round {seed}: {', '.join(damages)} of {', '.join(path.name for path in before)}")
        traceback.print_exc(limit=-2)
    for path, content in before.items():
        put(path, content)
    return damages, result


if __name__ == "__main__":
    main()
