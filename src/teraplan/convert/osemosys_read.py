"""An otoole folder -> Model: sets, parameters as long tables with lines, defaults; every fault of form at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import yaml

from teraplan.case.faults import first_of, lines
from teraplan.case.files import text_of
from teraplan.convert.osemosys_parameters import (
    NEEDED_SETS,
    NUMBERED_SETS,
    OTHER_NAMES,
    OTHER_REGION,
    PARAMETERS,
    REGION,
    RESULTS,
    SETS,
    TECHNOLOGY,
    VALUE,
    YEAR,
)
from teraplan.errors import CaseError, Fault, did_you_mean

INNER_FOLDERS = ("", "csv", "data", "csvs")
CONFIGS = ("config.yaml", "config.yml")
LINE = "line"


@dataclass(frozen=True)
class Model:
    """A model of OSeMOSYS: the members of its sets in their order, its parameters where files give them, defaults."""

    folder: Path
    sets: Mapping[str, Sequence[str]]
    """Members of every set, as text."""
    given: Mapping[str, pl.DataFrame]
    """By parameter: its indices (text), VALUE, line; only what a file says."""
    defaults: Mapping[str, float]
    """Value of every parameter where no file says anything."""

    @property
    def years(self) -> tuple[int, ...]:
        """The years, in order."""
        return tuple(sorted(int(year) for year in self.sets[YEAR]))

    def members(self, *names: str) -> pl.DataFrame:
        """Every combination of the members of some sets: a column for each."""
        frame = pl.DataFrame({names[0]: list(self.sets[_set_of(names[0])])}, schema={names[0]: pl.String})
        for name in names[1:]:
            other = pl.DataFrame({name: list(self.sets[_set_of(name)])}, schema={name: pl.String})
            frame = frame.join(other, how="cross")
        return frame

    def at(self, name: str, places: pl.DataFrame) -> pl.DataFrame:
        """The places with a parameter's VALUE, its default where no file says anything, and its line or null."""
        shared = [index for index in PARAMETERS[name][0] if index in places.columns]
        rows = places.join(self.given[name], on=shared, how="left", maintain_order="left")
        return rows.with_columns(pl.col(VALUE).fill_null(self.defaults[name]))

    def everywhere(self, name: str) -> pl.DataFrame:
        """A parameter on every combination of its indices: indices, VALUE, line."""
        return self.at(name, self.members(*PARAMETERS[name][0]))

    def where_not(self, name: str, *neutral: float) -> pl.DataFrame:
        """A parameter where it is not one of the values that have no effect: its indices, VALUE, line.

        Sparse where the default has no effect, so that a large model is never written out.
        """
        rows = self.given[name] if self.defaults[name] in neutral else self.everywhere(name)
        return rows.filter(~pl.col(VALUE).is_in(neutral))


def read_model(source: Path) -> Model:
    """Return the model in a folder of CSV files as otoole writes them; CaseError with every fault found.

    The files stand in the folder itself, or in `csv` or `data` below it; config.yaml stands with them or beside.
    """
    faults: list[Fault] = []
    folder = next((source / name for name in INNER_FOLDERS if (source / name / f"{YEAR}.csv").is_file()), None)
    if folder is None:
        what = "has no YEAR.csv, neither in itself nor in csv or data below it"
        raise CaseError(str(source), (Fault(str(source), what, "name a folder that otoole has written"),))
    config = _config(folder, faults)
    texts = {path.stem: text_of(folder, path.name, faults) for path in sorted(folder.glob("*.csv"))}
    named = {name: _known_name(name, config) for name in texts}
    rates = next((name for name, known in named.items() if known == "DiscountRate"), None)
    if rates is not None and TECHNOLOGY in (texts[rates] or "").split("\n", 1)[0]:
        named[rates] = "DiscountRateOfTechnology"
    faults += _strange(named, config, folder)
    sets = {name: _members(name, texts.get(name), faults) for name in SETS}
    sets[OTHER_REGION] = sets[REGION]
    defaults = {name: _default(name, default, config, faults) for name, (_, default) in PARAMETERS.items()}
    files = {known: name for name, known in named.items() if known in PARAMETERS}
    given = {name: _table(name, files.get(name), texts, faults) for name in PARAMETERS}
    model = Model(folder, sets, given, defaults)
    faults += [fault for name in PARAMETERS for fault in first_of(_strangers(model, name))]
    faults += _gaps(model)
    if faults:
        raise CaseError(str(source), tuple(faults))
    return model


def _config(folder: Path, faults: list[Fault]) -> Mapping[str, Mapping[str, object]]:
    """What config.yaml says of each name; empty without one."""
    for home in (folder, folder.parent):
        for name in CONFIGS:
            if (home / name).is_file():
                text = text_of(home, name, faults)
                return {} if text is None else _parsed_config(name, text, faults)
    return {}


def _parsed_config(name: str, text: str, faults: list[Fault]) -> Mapping[str, Mapping[str, object]]:
    try:
        held = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{name} line {mark.line + 1}" if mark else name
        faults.append(Fault(where, f"is not valid YAML: {getattr(error, 'problem', error)}", "mend that line"))
        return {}
    if not isinstance(held, dict) or not all(isinstance(entry, dict) for entry in held.values()):
        faults.append(Fault(name, "is no list of sets, parameters and results", "write it as otoole's config.yaml"))
        return {}
    return {str(key): entry for key, entry in held.items()}


def _default(name: str, known: float, config: Mapping[str, Mapping[str, object]], faults: list[Fault]) -> float:
    said = next((entry.get("default") for key, entry in config.items() if _known_name(key, config) == name), None)
    if said is None:
        return known
    if isinstance(said, bool) or not isinstance(said, int | float):
        faults.append(Fault(f"config.yaml, {name}, default", f"{said!r} is not a number", "write a plain number"))
        return known
    return float(said)


def _known_name(name: str, config: Mapping[str, Mapping[str, object]]) -> str:
    """The name that OSeMOSYS has for a file: its own, an older one, a short one, or one that config.yaml gives."""
    short = {str(entry["short_name"]): key for key, entry in config.items() if "short_name" in entry}
    return OTHER_NAMES.get(short.get(name, name), short.get(name, name))


def _strange(named: Mapping[str, str], config: Mapping[str, Mapping[str, object]], folder: Path) -> Iterator[Fault]:
    """Files that are no set, parameter or result, and two files of one name."""
    results = {name for name, entry in config.items() if entry.get("type") == "result"}
    seen: dict[str, str] = {}
    for name, known in named.items():
        if known in seen:
            yield Fault(f"{name}.csv", f"is {known}, and so is {seen[known]}.csv", "keep one of them")
        seen[known] = name
        if known in (*SETS, *PARAMETERS, *RESULTS, OTHER_REGION, "default_values") or known in results:
            continue
        if len((folder / f"{name}.csv").read_text(errors="replace").split("\n", 1)[-1].strip()):
            fix = f"{did_you_mean(name, [*SETS, *PARAMETERS])}; or take it out if the model can do without"
            yield Fault(f"{name}.csv", "is no set or parameter of OSeMOSYS that can be converted", fix)


def _members(name: str, text: str | None, faults: list[Fault]) -> tuple[str, ...]:
    """The members of a set in the order of its file."""
    if text is None:
        if name in NEEDED_SETS:
            faults.append(Fault(f"{name}.csv", "is missing: every model needs it", "add it, with the header VALUE"))
        return ()
    frame = _cells(f"{name}.csv", text, faults)
    if frame is None or not frame.width > 1:
        return ()
    column = VALUE if VALUE in frame.columns else frame.columns[0]
    cells = frame.filter(pl.col(column).is_not_null()).with_columns(_text(name, column).alias(column))
    for cell, at in (
        cells.group_by(column, maintain_order=True).agg(LINE).filter(pl.col(LINE).list.len() > 1).iter_rows()
    ):
        faults.append(Fault(f"{name}.csv {lines(at)}", f"{cell!r} stands twice", "keep one of them"))
    if name in NEEDED_SETS and not cells.height:
        faults.append(Fault(f"{name}.csv", "has no member", "name at least one"))
    return tuple(cells[column].unique(maintain_order=True))


def _table(name: str, file: str | None, texts: Mapping[str, str | None], faults: list[Fault]) -> pl.DataFrame:
    """A parameter as its file gives it: indices, VALUE, line; the file may be long, or wide with a column a year."""
    indices = PARAMETERS[name][0]
    empty = pl.DataFrame(schema={**dict.fromkeys(indices, pl.String), VALUE: pl.Float64, LINE: pl.Int32})
    text = texts.get(file) if file else None
    frame = None if text is None else _cells(f"{file}.csv", text, faults)
    if frame is None or not frame.height:
        return empty
    titled = frame.rename({title: _title(title, indices, frame.columns) for title in frame.columns})
    narrow = titled if VALUE in titled.columns else _narrow(f"{file}.csv", titled, indices, faults)
    missing = [index for index in indices if index not in narrow.columns]
    if missing or VALUE not in narrow.columns:
        if not (missing and not narrow.height):
            what = f"has no column {', '.join(missing) or VALUE}; its header is {','.join(frame.columns[:-1])}"
            faults.append(Fault(f"{file}.csv line 1", what, f"write it as {','.join([*indices, VALUE])}"))
        return empty
    typed = narrow.with_columns(
        *(_text(_set_of(index), index).alias(index) for index in indices),
        number=pl.col(VALUE).cast(pl.Float64, strict=False),
    )
    bad = typed.filter(~pl.col("number").is_finite().fill_null(False))
    told = (
        Fault(f"{file}.csv line {line}, column VALUE", f"{cell or ''!r} is not a finite number", "write a plain number")
        for cell, line in bad.select(VALUE, LINE).iter_rows()
    )
    faults += first_of(told)
    rows = typed.join(bad.select(LINE).unique(), on=LINE, how="anti")
    faults += first_of(_twice(f"{file}.csv", rows, indices))
    chosen = rows.select(*indices, pl.col("number").alias(VALUE), pl.col(LINE).cast(pl.Int32))
    return chosen.unique(list(indices), keep="first", maintain_order=True)


def _cells(name: str, text: str, faults: list[Fault]) -> pl.DataFrame | None:
    """Every cell as trimmed text, null where empty, with its row's line; blank rows are left out."""
    if not text.strip():
        return None
    try:
        frame = pl.read_csv(text.encode(), infer_schema=False, truncate_ragged_lines=False)
    except (pl.exceptions.PolarsError, ValueError) as error:
        said = str(error).split("\n", 1)[0]
        faults.append(Fault(name, f"cannot be read: {said[:120]}", "give every row one cell a column"))
        return None
    named = frame.rename({title: title.strip() for title in frame.columns})
    trimmed = named.with_columns(pl.all().str.strip_chars()).with_columns(pl.when(pl.all() != "").then(pl.all()))
    numbered = trimmed.with_row_index(LINE, offset=2).select(*trimmed.columns, LINE)
    return numbered.filter(pl.any_horizontal(pl.col(trimmed.columns).is_not_null()))


def _title(title: str, indices: Sequence[str], titles: Sequence[str]) -> str:
    """The index that a column means: by its name, an older name, or as the second region of a route."""
    known = OTHER_NAMES.get(title, title)
    if OTHER_REGION in indices and known not in indices and known.strip("_").upper().startswith("R"):
        return OTHER_REGION if REGION in titles else known
    return known


def _narrow(name: str, frame: pl.DataFrame, indices: Sequence[str], faults: list[Fault]) -> pl.DataFrame:
    """A wide table (a column for every year) as a long one."""
    labels = [index for index in indices if index in frame.columns]
    wide = [title for title in frame.columns if title not in (*labels, LINE)]
    if YEAR not in indices or YEAR in labels or not all(title.isdigit() for title in wide):
        return frame
    return frame.unpivot(wide, index=[*labels, LINE], variable_name=YEAR, value_name=VALUE).filter(
        pl.col(VALUE).is_not_null()
    )


def _twice(name: str, rows: pl.DataFrame, indices: Sequence[str]) -> Iterator[Fault]:
    """Two rows for one place."""
    several = rows.filter(pl.struct(indices).is_duplicated()) if rows.height else rows
    for *labels, at in several.group_by(indices, maintain_order=True).agg(LINE).iter_rows():
        what = f"two numbers for {', '.join(str(label) for label in labels)}"
        yield Fault(f"{name} {lines(at)}", what, "keep one of them")


def _strangers(model: Model, name: str) -> Iterator[Fault]:
    """Labels that their set does not have."""
    for index in PARAMETERS[name][0]:
        known = model.sets[_set_of(index)]
        unknown = model.given[name].filter(~pl.col(index).is_in(list(known)).fill_null(False))
        for label, at in unknown.group_by(index, maintain_order=True).agg(LINE).iter_rows():
            what = f"{label!r} is not in {_set_of(index)}.csv" if label else f"has no {index}"
            fix = did_you_mean(label or "", known) if known else f"add it to {_set_of(index)}.csv"
            yield Fault(f"{name}.csv {lines(at)}, column {index}", what, fix)


def _gaps(model: Model) -> Iterator[Fault]:
    """Years are whole numbers that follow each other."""
    if not all(year.isdigit() for year in model.sets[YEAR]):
        wrong = next(year for year in model.sets[YEAR] if not year.isdigit())
        yield Fault("YEAR.csv", f"{wrong!r} is no year", "write calendar years such as 2027")
        return
    years = model.years
    gaps = [year for year, after in zip(years, years[1:], strict=False) if after != year + 1]
    if gaps:
        what = f"no year follows {', '.join(str(year) for year in gaps)}: OSeMOSYS counts ages and costs year by year"
        yield Fault("YEAR.csv", what, "add the years between, or convert a model of every year")


def _text(name: str, column: str) -> pl.Expr:
    """A label as its set has it: whole numbers without a decimal point."""
    return pl.col(column).str.replace(r"^(\d+)\.0+$", "$1") if name in NUMBERED_SETS else pl.col(column)


def _set_of(index: str) -> str:
    return REGION if index == OTHER_REGION else index
