"""Whether an index, and what is asked of it, belong together."""

from __future__ import annotations

from knowledge.ports import IndexStamp, IndexUnavailable, Vector, WrongModel
from knowledge.store.texts import refuse_other_model


def require_next(held: IndexStamp | None, stamp: IndexStamp) -> None:
    """That a change to `stamp` can be applied to an index at `held`: no change between was missed.

    Raises IndexUnavailable, and WrongModel when the change is another model's.
    """
    if held is None:
        raise IndexUnavailable("There is no index to bring along: it must be built.")
    refuse_other_model(held, stamp.model, stamp.dimensions)
    if stamp.revision not in (held.revision, held.revision + 1):
        raise IndexUnavailable(
            f"The index stands at revision {held.revision} and missed changes before {stamp.revision}."
        )


def require_dimensions(vector: Vector, dimensions: int) -> None:
    """Raises WrongModel."""
    if vector.shape != (dimensions,):
        raise WrongModel(
            f"The question's vector has {vector.shape[0]} numbers, those of the index have {dimensions}: "
            "settings name another model than the one that made it. "
            "Run `comptoir index rebuild`, or set embedder and second_embedder back."
        )
