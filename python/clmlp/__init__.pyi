"""Types of the package: what estimators take and give."""
from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

__version__: str
__all__: list[str]

Rows: TypeAlias = Any  # array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
Categorical: TypeAlias = Literal["from_dtype"] | Sequence[int] | Sequence[str] | Sequence[bool] | None
Classifier = TypeVar("Classifier", bound="ClmlpClassifier")
Regressor = TypeVar("Regressor", bound="ClmlpRegressor")

def devices() -> list[dict[str, Any]]: ...

class ClmlpWarning(UserWarning): ...
class ClmlpDeviceError(RuntimeError): ...
class ClmlpDivergedError(RuntimeError): ...

class _Fitted:
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]
    n_iter_: int
    loss_: float
    loss_curve_: list[float]
    validation_loss_curve_: list[float]
    validation_scores_: list[float]
    best_epoch_: int
    seed_: int
    n_layers_: int
    n_outputs_: int
    out_activation_: str
    @property
    def coefs_(self) -> list[NDArray[np.float64]]: ...
    @property
    def intercepts_(self) -> list[NDArray[np.float64]]: ...
    def get_params(self, deep: bool = True) -> dict[str, Any]: ...
    def set_params(self, **params: Any) -> Any: ...
    def score(self, X: Rows, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float: ...

class ClmlpClassifier(_Fitted):
    classes_: NDArray[Any]
    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        optimizer: str = "adam",
        learning_rate_init: float | None = None,
        schedule: str = "constant",
        min_rate: float = 0.0,
        warmup: float = 0,
        l2: float = 0.0,
        batch_size: int | Literal["auto"] | None = "auto",
        max_iter: int = 100,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        momentum: float = 0.9,
        beta_1: float = 0.9,
        beta_2: float | None = None,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
        dropout: float | Sequence[float] = 0.0,
        initialisation: str = "glorot-uniform",
        scale: str = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        monitor: str = "cost",
        tol: float = 0.0,
        warm_start: bool = False,
        device: str = "auto",
        engine: str = "auto",
        precision: str = "f32",
        verbose: bool = False,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        output: str = "auto",
        label_smoothing: float = 0.0,
        categorical_features: Categorical = "from_dtype",
        max_categories: int = 64,
        ensemble: int = 1,
        layer_rates: str | Sequence[float] | None = None,
        bias_rate: float = 1.0,
        input_scale_rate: float = 0.0,
        last_batch: str = "keep",
    ) -> None: ...
    def fit(self: Classifier, X: Rows, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Classifier: ...
    def partial_fit(
        self: Classifier,
        X: Rows,
        y: ArrayLike,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Classifier: ...
    def predict(self, X: Rows) -> NDArray[Any]: ...
    def predict_proba(self, X: Rows) -> NDArray[np.float64]: ...
    def predict_log_proba(self, X: Rows) -> NDArray[np.float64]: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    @classmethod
    def load(cls: type[Classifier], path: str | PathLike[str], **parameters: Any) -> Classifier: ...

class ClmlpRegressor(_Fitted):
    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        optimizer: str = "adam",
        learning_rate_init: float | None = None,
        schedule: str = "constant",
        min_rate: float = 0.0,
        warmup: float = 0,
        l2: float = 0.0,
        batch_size: int | Literal["auto"] | None = "auto",
        max_iter: int = 100,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        momentum: float = 0.9,
        beta_1: float = 0.9,
        beta_2: float | None = None,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
        dropout: float | Sequence[float] = 0.0,
        initialisation: str = "glorot-uniform",
        scale: str = "auto",
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        monitor: str = "cost",
        tol: float = 0.0,
        warm_start: bool = False,
        device: str = "auto",
        engine: str = "auto",
        precision: str = "f32",
        verbose: bool = False,
        target_scale: str = "auto",
        categorical_features: Categorical = "from_dtype",
        max_categories: int = 64,
        ensemble: int = 1,
        layer_rates: str | Sequence[float] | None = None,
        bias_rate: float = 1.0,
        input_scale_rate: float = 0.0,
        last_batch: str = "keep",
    ) -> None: ...
    def fit(self: Regressor, X: Rows, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Regressor: ...
    def partial_fit(self: Regressor, X: Rows, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Regressor: ...
    def predict(self, X: Rows) -> NDArray[np.float64]: ...
    def save(self, path: str | PathLike[str]) -> None: ...
    @classmethod
    def load(cls: type[Regressor], path: str | PathLike[str], **parameters: Any) -> Regressor: ...
