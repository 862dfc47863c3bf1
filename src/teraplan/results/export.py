"""Results for other programs: every table as netCDF, the main figures by calendar year in the format of the IAMC."""

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from teraplan.errors import StoreError
from teraplan.model.variables import VARIABLES
from teraplan.results.iamc import iamc_of
from teraplan.results.results import Results

if TYPE_CHECKING:
    import xarray as xr

GRIDS: Mapping[str, tuple[str, ...]] = {
    **{variable.name: variable.labels for variable in VARIABLES},
    "capacity": ("process", "region", "period"),
    "demand": ("commodity", "region", "period"),
    "prices": ("commodity", "place", "period", "slice"),
}
"""Tables that are written as arrays over these labels; all others as they are, row by row."""
OF_PROCESS = ("capacity", "activity / year")
"""Units of variables that hang on the process; others hang on the commodity or are as their words say."""
MONEY = ("paid", "charged", "beyond")
"""Columns in the case's unit of money, of tables that say no unit."""
NEEDED = ("xarray", "netCDF4")
ROW = "row"


def write_iamc(results: Results, path: Path) -> None:
    """Write the main figures of a plan as a wide CSV of the IAMC, one column a calendar year (see `iamc`)."""
    iamc_of(results).write_csv(path)


def write_netcdf(results: Results, path: Path) -> None:
    """Write every table of a plan into one netCDF-4 file: a group a table, units as attributes, labels as coordinates.

    What the plan decides, capacity, demand and prices are arrays over their labels, empty where a table has no row; all
    other tables have one dimension, `row`. The attribute `run` of the file is run.json. Open it with
    `xarray.open_datatree`. Raises StoreError if the libraries of the extra `export` are not installed.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise StoreError(f"netCDF needs {' and '.join(missing)}: run pip install 'teraplan[export]'")
    import xarray as xr

    groups = {f"/{name}": dataset_of(results, name) for name in sorted(results.frames)}
    about = {"title": str(results.run.get("title", "")), "run": json.dumps(dict(results.run), default=str)}
    tree = xr.DataTree.from_dict({"/": xr.Dataset(attrs=about), **groups})
    tree.to_netcdf(path, engine="netcdf4", encoding=_packed(groups))


def dataset_of(results: Results, name: str) -> "xr.Dataset":
    """Return a table as a dataset: an array over its labels, or one dimension `row` (see write_netcdf)."""
    frame = _with_units(results, name)
    labels = [label for label in GRIDS.get(name, ()) if label in frame.columns]
    found = _grid(frame, labels) if labels else _rows(frame)
    money = str(results.run.get("money_unit", ""))
    for column in found.variables:
        if column in MONEY:
            found[column].attrs["units"] = money
        elif "unit" in frame.columns and frame.schema.get(str(column)) == pl.Float64:
            found[column].attrs["units"] = _one_unit(frame)
    return found


def frame_of(dataset: "xr.Dataset") -> pl.DataFrame:
    """Return the rows of a dataset that `dataset_of` made, its labels first; rows of nothing but gaps are left out."""
    dims = [str(dim) for dim in dataset.sizes if dim != ROW]
    wide = dataset.stack({ROW: dims}, create_index=False) if dims else dataset
    columns = {str(name): _series(wide[name]) for name in wide.variables if name != ROW}
    frame = pl.DataFrame(columns).select(*dims, *(name for name in columns if name not in dims))
    if not dims:
        return frame
    own = [name for name in columns if name not in dims and set(dataset[name].dims) == set(dims)]
    return frame.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in own))


def _with_units(results: Results, name: str) -> pl.DataFrame:
    """A table with the unit of each row, where the words of its variable and its process or commodity say it."""
    frame = results.frame(name)
    unit = next((variable.unit for variable in VARIABLES if variable.name == name), None)
    if unit is None or "unit" in frame.columns:
        return frame
    if unit in OF_PROCESS and "processes" in results.frames:
        words = results.frame("processes").select("process", "capacity_unit", "activity_unit")
        said = pl.col("capacity_unit") if unit == "capacity" else "(" + pl.col("activity_unit") + ")/year"
        return frame.join(words.select("process", unit=said), on="process", how="left", maintain_order="left")
    if "commodity" in frame.columns and "commodities" in results.frames:
        words = results.frame("commodities").select("commodity", "unit")
        said = pl.col("unit") if unit == "commodity" else "(" + pl.col("unit") + ")/year"
        return frame.join(words.select("commodity", unit=said), on="commodity", how="left", maintain_order="left")
    return frame.with_columns(unit=pl.lit(unit))


def _one_unit(frame: pl.DataFrame) -> str:
    units = frame["unit"].drop_nulls().unique().to_list()
    return str(units[0]) if len(units) == 1 else "as said by unit"


def _rows(frame: pl.DataFrame) -> "xr.Dataset":
    import xarray as xr

    return xr.Dataset({name: (ROW, _values(frame[name])) for name in frame.columns})


def _grid(frame: pl.DataFrame, labels: list[str]) -> "xr.Dataset":
    """The columns of a table over its labels; what hangs on one label alone is a coordinate along it."""
    import xarray as xr

    coordinates = {label: frame[label].fill_null("").unique().sort() for label in labels}
    shape = tuple(values.len() for values in coordinates.values())
    places = [
        frame.select(pl.col(label).fill_null("")).join(
            values.to_frame(label).with_row_index("#"), on=label, how="left", maintain_order="left"
        )["#"]
        for label, values in coordinates.items()
    ]
    found = xr.Dataset(coords={label: _values(values) for label, values in coordinates.items()})
    for name in (column for column in frame.columns if column not in labels):
        along = next((label for label in labels if _hangs_on(frame, name, label)), None)
        if along is None:
            whole = _gaps(frame[name], shape)
            whole[tuple(place.to_numpy() for place in places)] = _values(frame[name])
            found[name] = (tuple(labels), whole)
        else:
            words = frame.select(pl.col(along).fill_null(""), name).unique(along).sort(along)
            found = found.assign_coords({name: (along, _values(words[name]))})
    return found


def _hangs_on(frame: pl.DataFrame, name: str, label: str) -> bool:
    """Whether a column of words is the same wherever a label is."""
    if frame.schema[name] != pl.String or not frame.height:
        return False
    return bool(frame.group_by(label).agg(pl.col(name).n_unique().alias("many"))["many"].max() == 1)


def _gaps(series: pl.Series, shape: tuple[int, ...]) -> np.ndarray:
    return np.full(shape, "", dtype=object) if series.dtype == pl.String else np.full(shape, np.nan)


def _values(series: pl.Series) -> np.ndarray:
    """A column as netCDF holds it: words with "" for none, numbers with NaN for none, flags as 0 and 1."""
    if series.dtype == pl.String:
        return np.array(series.fill_null("").to_list(), dtype=object)
    if series.dtype.is_float() or series.null_count():
        return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return series.cast(pl.Int8).to_numpy() if series.dtype == pl.Boolean else series.to_numpy()


def _series(values: "xr.DataArray") -> pl.Series:
    if values.dtype.kind in "OUT":
        words = pl.Series([str(word) for word in values.to_numpy().tolist()], dtype=pl.String)
        return words.replace("", None)
    return pl.Series(values.to_numpy()).fill_nan(None) if values.dtype.kind == "f" else pl.Series(values.to_numpy())


def _packed(groups: Mapping[str, "xr.Dataset"]) -> dict[str, dict[str, dict[str, object]]]:
    """Everything is packed, words as letters of one length: of `world` it leaves 2 MB of 36."""
    packed = {"zlib": True, "complevel": 4}
    return {
        path: {
            str(name): packed | ({"dtype": "S1"} if values.dtype.kind == "O" else {})
            for name, values in found.variables.items()
            if values.size
        }
        for path, found in groups.items()
    }
