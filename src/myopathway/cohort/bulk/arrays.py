"""Names of the arrays that lines of an export become."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Ints: TypeAlias = "NDArray[np.signedinteger[Any]]"
Truths: TypeAlias = "NDArray[np.bool_]"
Bytes: TypeAlias = "NDArray[np.uint8]"
Marks: TypeAlias = "NDArray[np.uint64]"
Offsets: TypeAlias = "NDArray[np.uint32]"
