"""Makes everything in examples/signs that is not text: the data, the labels and the model. Run: python train.py"""

import argparse
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnx
import optax

from network import Params, Statistics, forward, initialize, to_onnx
from signs import SIGNS, SIZE, render_set

SEED = 20
TRAINING_SAMPLES = 24_000
CALIBRATION_SAMPLES = 256
EVALUATION_SAMPLES = 2_496
EPOCHS = 20
BATCH = 128
LEARNING_RATE = 4e-3
WEIGHT_DECAY = 1e-4
PRUNING_EPOCH = 6
PRUNED_SHARE = 0.25
LABEL_SMOOTHING = 0.05
STATISTICS_MOMENTUM = 0.99
LARGEST_SHIFT = 2

SCALE, MEAN, STD = 1 / 255, 0.5, 0.25
"""The preprocessing of quantgate.yml: (x * scale - mean) / std."""


def preprocess(images: np.ndarray) -> jax.Array:
    """uint8 [N, 1, H, W] to float [N, H, W, 1]."""
    return (jnp.asarray(images, jnp.float32).transpose(0, 2, 3, 1) * SCALE - MEAN) / STD


def shifted(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The batch moved as one by up to LARGEST_SHIFT pixels in each direction: the cheapest augmentation."""
    return np.roll(images, rng.integers(-LARGEST_SHIFT, LARGEST_SHIFT + 1, size=2), axis=(2, 3))


def is_decayed(params: Params) -> dict[str, bool]:
    """As MobileNet's authors advise, depthwise filters get no weight decay; nor does BatchNorm."""
    return {name: name.endswith("weight") and "depthwise" not in name for name in params}


def channels_to_keep(params: Params) -> Params:
    """For each BatchNorm that ends a pointwise convolution, 0 where its gamma is among the smallest, 1 elsewhere.

    The criterion of network slimming (Liu et al., 2017, arXiv:1708.06519), with the same share in every block.
    """
    kept: Params = {}
    for name, gamma in params.items():
        if name.endswith("pointwise/bn/gamma"):
            magnitude = jnp.abs(gamma)
            mask = (magnitude > jnp.quantile(magnitude, PRUNED_SHARE)).astype(gamma.dtype)
            kept |= {name: mask, name.replace("gamma", "beta"): mask}
    return kept


def masked(params: Params, kept: Params) -> Params:
    return {name: value * kept[name] if name in kept else value for name, value in params.items()}


def loss(params: Params, x: jax.Array, y: jax.Array) -> tuple[jax.Array, Statistics]:
    logits, batch_statistics = forward(params, {}, x, train=True)
    targets = optax.smooth_labels(jax.nn.one_hot(y, len(SIGNS)), LABEL_SMOOTHING)
    return optax.softmax_cross_entropy(logits, targets).mean(), batch_statistics


def train(images: np.ndarray, labels: np.ndarray) -> tuple[Params, Statistics]:
    """Trains EPOCHS epochs; from PRUNING_EPOCH on, the pruned channels stay at zero while the others recover."""
    steps_per_epoch = len(images) // BATCH
    schedule = optax.cosine_onecycle_schedule(EPOCHS * steps_per_epoch, LEARNING_RATE)
    optimizer = optax.adamw(schedule, weight_decay=WEIGHT_DECAY, mask=is_decayed)

    @jax.jit
    def step(
        params: Params, statistics: Statistics, state: optax.OptState, kept: Params, x: jax.Array, y: jax.Array
    ) -> tuple[Params, Statistics, optax.OptState, jax.Array]:
        (value, batch_statistics), gradients = jax.value_and_grad(loss, has_aux=True)(params, x, y)
        updates, state = optimizer.update(gradients, state, params)
        params = masked(optax.apply_updates(params, updates), kept)
        statistics = optax.incremental_update(batch_statistics, statistics, 1 - STATISTICS_MOMENTUM)
        return params, statistics, state, value

    params, statistics = initialize(jax.random.key(SEED), len(SIGNS))
    state = optimizer.init(params)
    kept: Params = {}
    rng = np.random.default_rng(SEED)
    for epoch in range(EPOCHS):
        if epoch == PRUNING_EPOCH:
            kept = channels_to_keep(params)
        losses = []
        for batch in rng.permutation(len(images))[: steps_per_epoch * BATCH].reshape(-1, BATCH):
            x = preprocess(shifted(images[batch], rng))
            params, statistics, state, value = step(params, statistics, state, kept, x, labels[batch])
            losses.append(value)
        print(f"epoch {epoch + 1:2d}/{EPOCHS}  loss {np.mean(losses):.4f}", flush=True)
    return params, statistics


def accuracy(params: Params, statistics: Statistics, images: np.ndarray, labels: np.ndarray) -> float:
    logits, _ = forward(params, statistics, preprocess(images), train=False)
    return float((logits.argmax(1) == labels).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent)
    out: Path = parser.parse_args().out
    (out / "data").mkdir(parents=True, exist_ok=True)

    images, labels = render_set(CALIBRATION_SAMPLES + EVALUATION_SAMPLES, seed=SEED)
    np.save(out / "data" / "inputs.npy", images)
    np.save(out / "data" / "labels.npy", labels)

    params, statistics = train(*render_set(TRAINING_SAMPLES, seed=SEED + 1))
    onnx.save(to_onnx(params, statistics, SIZE), out / "signs.onnx")

    top1 = accuracy(params, statistics, images[CALIBRATION_SAMPLES:], labels[CALIBRATION_SAMPLES:])
    parameters = sum(value.size for value in params.values())
    print(f"{parameters} parameters, top-1 {top1:.4f} on {EVALUATION_SAMPLES} evaluation samples")


if __name__ == "__main__":
    main()
