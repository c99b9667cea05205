"""Array types of the problem; the axes are written where an array is a field."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int32]
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
RosterArray: TypeAlias = npt.NDArray[np.int16]
"""Employees x days: index of the shift, or OFF."""

OFF = -1
