"""Linear expressions over labelled columns: the few operations that the equations are written in.

An expression is a long table: labels, the column of the program, a coefficient. A sum over a label is that label left
out; the matrix adds up what falls on the same row and column. What has no label does not exist, so nothing is dense and
nothing is masked. Data are long tables too: labels and `value`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

from teraplan.model.coded import joined, ordered

RESERVED = ("column", "coefficient", "value")
Sense = Literal["<=", ">=", "=="]


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
        labels = (*self.labels, *added)
        if self.terms.is_empty() or data.is_empty():
            none = self.terms.clear().hstack([data[label].clear() for label in added])
            return Expression(labels, none[[*labels, "column", "coefficient"]])
        data = data[[*shared, *added, "value"]]
        both = joined(self.terms, data, shared) if shared else self.terms.join(data, how="cross")
        return Expression(labels, both.select(*labels, "column", pl.col("coefficient") * pl.col("value")))

    def __truediv__(self, data: pl.DataFrame) -> "Expression":
        """Divide by data that must have a value, not zero, for every label of the expression."""
        shared = [label for label in self.labels if label in data.columns]
        if self.terms.is_empty():
            return self * data
        divisors = data.filter(pl.col("value") != 0)
        missing = joined(self.terms, divisors, shared, how="anti")
        if missing.height:
            raise KeyError(f"no divisor for {missing.select(shared).row(0, named=True)}")
        return self * divisors.with_columns(value=1.0 / pl.col("value"))

    def __add__(self, other: "Expression") -> "Expression":
        """Add two expressions with the same labels."""
        if set(self.labels) != set(other.labels):
            raise KeyError(f"labels differ: {self.labels} and {other.labels}")
        if other.terms.is_empty():
            return self
        if self.terms.is_empty():
            return other.by(*self.labels)
        return Expression(self.labels, pl.concat([self.terms, other.terms[self.terms.columns]]))

    def __neg__(self) -> "Expression":
        """Change the sign."""
        return self * -1.0

    def __sub__(self, other: "Expression") -> "Expression":
        """Subtract an expression with the same labels."""
        return self + (-other)

    def by(self, *labels: str) -> "Expression":
        """Keep these labels and sum over all others."""
        return Expression(labels, self.terms[[*labels, "column", "coefficient"]])

    def rename(self, **names: str) -> "Expression":
        """Give labels new names: `rename(period="order_period")`."""
        labels = tuple(names.get(label, label) for label in self.labels)
        return Expression(labels, self.terms.rename(names))

    def where(self, keys: pl.DataFrame) -> "Expression":
        """Keep the labels that occur in `keys`."""
        shared = [label for label in self.labels if label in keys.columns]
        if self.terms.is_empty():
            return self
        return Expression(self.labels, joined(self.terms, keys, shared, how="semi"))

    def only(self, predicate: pl.Expr) -> "Expression":
        """Keep the terms for which the predicate holds."""
        return Expression(self.labels, self.terms.filter(predicate))


@dataclass(frozen=True)
class Rows:
    """The rows of one equation: `left sense right` for every combination of labels in `where`.

    right: data on the same labels, one number each; where it has none it is 0. A term of `left` or a number of `right`
    whose labels are not in `where` is a mistake of the equation and stops the build.
    """

    left: Expression
    sense: Sense
    right: pl.DataFrame
    where: pl.DataFrame


def no_terms(*labels: str) -> Expression:
    """Return an expression without terms: zero, whatever the labels."""
    text = dict.fromkeys(labels, pl.String)
    return Expression(labels, pl.DataFrame(schema={**text, "column": pl.Int64, "coefficient": pl.Float64}))


def no_data(*labels: str) -> pl.DataFrame:
    """Return data without a value: zero, whatever the labels."""
    return pl.DataFrame(schema={**dict.fromkeys(labels, pl.String), "value": pl.Float64})


def no_rows(sense: Sense, *labels: str) -> Rows:
    """Return an equation of these labels that asks for no row."""
    none = no_data(*labels)
    return Rows(no_terms(*labels), sense, none, none.drop("value"))


def data(frame: pl.DataFrame, *labels: str) -> pl.DataFrame:
    """Return data summed to these labels: `labels, value`."""
    if labels and frame.is_empty():
        return frame[[*labels, "value"]]
    return (
        frame.group_by(labels, maintain_order=True).agg(pl.col("value").sum())
        if labels
        else frame.select(pl.col("value").sum())
    )


def placed(frame: pl.DataFrame, where: pl.DataFrame) -> pl.DataFrame:
    """Return data summed to the labels of `where`, for the combinations that occur there."""
    labels = [column for column in where.columns if column not in RESERVED]
    return data(frame if frame.is_empty() else joined(frame, where, labels, how="semi"), *labels)


def added(frames: Sequence[pl.DataFrame], *labels: str) -> pl.DataFrame:
    """Return the sum of several data on these labels; what is absent in one counts as zero there."""
    some = [frame for frame in frames if frame.height] or frames[:1]
    return data(pl.concat([frame[[*labels, "value"]] for frame in some]), *labels)


def negative(frame: pl.DataFrame) -> pl.DataFrame:
    """Return data with the sign changed."""
    return frame.with_columns(-pl.col("value"))


def keys(frames: Sequence[pl.DataFrame], *labels: str) -> pl.DataFrame:
    """Return every combination of these labels that occurs in any of the frames, once, in order."""
    some = [frame for frame in frames if frame.height] or frames[:1]
    return ordered(pl.concat([frame[labels] for frame in some]), labels)


def scaled(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Return the product of two data on the labels they share; all labels of both are kept."""
    shared = [label for label in left.columns if label in right.columns and label != "value"]
    if left.is_empty() or right.is_empty():
        return left.drop("value").clear().hstack(right.drop(shared).clear())
    right = right.rename({"value": "value of right"})
    both = joined(left, right, shared) if shared else left.join(right, how="cross")
    return both.select(pl.exclude("value", "value of right"), pl.col("value") * pl.col("value of right"))
