"""Linear expressions over labelled columns: the few operations that the equations are written in.

An expression is a long table: labels, the column of the program, a coefficient. A sum over a label is that label left
out; the matrix adds up what falls on the same row and column. What has no label does not exist, so nothing is dense and
nothing is masked. Data are long tables too: labels and `value`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

RESERVED = ("column", "coefficient", "value")


@dataclass(frozen=True)
class Expression:
    """A sum of coefficient x column for each combination of labels.

    terms: the label columns named in `labels`, `column` (position in the program), `coefficient`.
    """

    labels: tuple[str, ...]
    terms: pl.DataFrame

    def __mul__(self, data: pl.DataFrame | float) -> "Expression":
        """Multiply by data on the labels both have; labels that only the data have are added.

        Where the data have no value the product does not exist: absent data are a coefficient of zero.
        """
        if not isinstance(data, pl.DataFrame):
            return Expression(self.labels, self.terms.with_columns(pl.col("coefficient") * data))
        shared = [label for label in self.labels if label in data.columns]
        added = [label for label in data.columns if label not in (*self.labels, *RESERVED)]
        data = data.select(*shared, *added, "value")
        joined = (
            self.terms.join(data, on=shared, how="inner", nulls_equal=True)
            if shared
            else self.terms.join(data, how="cross")
        )
        product = joined.with_columns(pl.col("coefficient") * pl.col("value")).drop("value")
        return Expression((*self.labels, *added), product.select(*self.labels, *added, "column", "coefficient"))

    def __truediv__(self, data: pl.DataFrame) -> "Expression":
        """Divide by data that must have a value for every label of the expression."""
        shared = [label for label in self.labels if label in data.columns]
        missing = self.terms.join(data, on=shared, how="anti", nulls_equal=True)
        if missing.height:
            raise KeyError(f"no divisor for {missing.select(shared).row(0, named=True)}")
        return self * data.with_columns(value=1.0 / pl.col("value"))

    def __add__(self, other: "Expression") -> "Expression":
        """Add two expressions with the same labels."""
        if set(self.labels) != set(other.labels):
            raise KeyError(f"labels differ: {self.labels} and {other.labels}")
        return Expression(self.labels, pl.concat([self.terms, other.terms.select(self.terms.columns)]))

    def __neg__(self) -> "Expression":
        """Change the sign."""
        return self * -1.0

    def __sub__(self, other: "Expression") -> "Expression":
        """Subtract an expression with the same labels."""
        return self + (-other)

    def by(self, *labels: str) -> "Expression":
        """Keep these labels and sum over all others."""
        return Expression(labels, self.terms.select(*labels, "column", "coefficient"))

    def rename(self, **names: str) -> "Expression":
        """Give labels new names: `rename(period="order_period")`."""
        labels = tuple(names.get(label, label) for label in self.labels)
        return Expression(labels, self.terms.rename(names))

    def where(self, keys: pl.DataFrame) -> "Expression":
        """Keep the labels that occur in `keys`."""
        shared = [label for label in self.labels if label in keys.columns]
        return Expression(self.labels, self.terms.join(keys, on=shared, how="semi", nulls_equal=True))

    def only(self, predicate: pl.Expr) -> "Expression":
        """Keep the labels for which the predicate holds."""
        return Expression(self.labels, self.terms.filter(predicate))


@dataclass(frozen=True)
class Rows:
    """The rows of one equation: `left sense right` for every combination of labels in `where`.

    right: data on the same labels; where it has none it is 0. A term of `left` or `right` whose labels are not in
    `where` is a mistake of the equation and stops the build.
    """

    left: Expression
    sense: Literal["<=", ">=", "=="]
    right: pl.DataFrame
    where: pl.DataFrame


def data(frame: pl.DataFrame, *labels: str) -> pl.DataFrame:
    """Return data summed to these labels: `labels, value`."""
    return (
        frame.group_by(labels, maintain_order=True).agg(pl.col("value").sum())
        if labels
        else frame.select(pl.col("value").sum())
    )


def added(frames: Sequence[pl.DataFrame], *labels: str) -> pl.DataFrame:
    """Return the sum of several data on these labels; what is absent in one counts as zero there."""
    return data(pl.concat([frame.select(*labels, "value") for frame in frames]), *labels)


def keys(frames: Sequence[pl.DataFrame], *labels: str) -> pl.DataFrame:
    """Return every combination of these labels that occurs in any of the frames, once, in order."""
    return pl.concat([frame.select(labels) for frame in frames]).unique().sort(labels)


def scaled(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return the product of two data on the labels they share; all labels of both are kept."""
    shared = [label for label in left.columns if label in right.columns and label != "value"]
    joined = (
        left.join(right.rename({"value": "_factor"}), on=shared, how="inner", nulls_equal=True)
        if shared
        else left.join(right.rename({"value": "_factor"}), how="cross")
    )
    return joined.with_columns(pl.col("value") * pl.col("_factor")).drop("_factor")
