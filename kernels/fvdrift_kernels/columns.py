"""The columns of its own that a particle may carry, in its record and through a step that turns out not to be
possible."""

from .behaviour_options import BesideFlow, Columns
from .jit import chosen_by_type


@chosen_by_type
def copy_columns(beside, record, p):
    """Copy the columns of particle `p` into a record."""


@copy_columns.when(None)
def _nothing_beside(beside, record, p):
    return


@copy_columns.when(BesideFlow)
def _of_what_is_beside(beside, record, p):
    _copy(beside.columns, record, p)


@chosen_by_type
def _copy(columns, record, p):
    """Copy them, if there are any."""


@_copy.when(None)
def _no_columns(columns, record, p):
    return


@_copy.when(Columns)
def _all_columns(columns, record, p):
    record.state = p.state


@chosen_by_type
def keep_columns(columns, l, p):
    """Keep the columns of `p`, in lane `l`, as they are before the step."""


@keep_columns.when(None)
def _keep_none(columns, l, p):
    return


@keep_columns.when(Columns)
def _keep(columns, l, p):
    columns.kept[l] = p.state


@chosen_by_type
def restore_columns(columns, l, p):
    """Give `p` back what `keep_columns` kept."""


@restore_columns.when(None)
def _restore_none(columns, l, p):
    return


@restore_columns.when(Columns)
def _restore(columns, l, p):
    p.state = columns.kept[l]


@chosen_by_type
def numbers_of(columns, p):
    """The record of the columns of `p`, or None."""


@numbers_of.when(None)
def _no_numbers(columns, p):
    return None


@numbers_of.when(Columns)
def _numbers(columns, p):
    return p.state
