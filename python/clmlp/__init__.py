"""clmlp: fully connected neural networks on a CPU or on any OpenCL device, with scikit-learn's interface."""
from ._estimators import ClmlpClassifier, ClmlpRegressor
from ._library import ClmlpDeviceError, ClmlpDivergedError, ClmlpWarning, lib
from ._objects import devices

__version__ = lib.clmlp_version().decode()
__all__ = ["ClmlpClassifier", "ClmlpRegressor", "ClmlpDeviceError", "ClmlpDivergedError", "ClmlpWarning", "devices"]
