"""One update of the weights: gradients of an objective, over one batch or several, on one device or more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from training.backend import keras, tf

Figures = dict[str, tf.Tensor]


class Steps:
    """The update as compiled functions.

    The gradient of a group of batches, and of the shares of one batch on several devices, is the mean over
    their pictures: k batches with ``accumulate=k`` are one batch k times as large. Penalties of the model's
    regularizers (``model.losses``) are added once.
    """

    def __init__(
        self, model: keras.Model, objective: Any, optimizer: Any, strategy: tf.distribute.Strategy
    ) -> None:
        self.model = model
        self.objective = objective
        self.optimizer = optimizer
        self.strategy = strategy
        self.shared = strategy.num_replicas_in_sync > 1
        self._weights = [one.value for one in model.trainable_variables]
        self._whole: Any = None
        self._gradients: Any = None
        self._add: Any = None
        self._update: Any = None

    def update(self, group: Sequence[tuple[Any, Any]]) -> Figures:
        """Update the weights with a group of (images, targets); sums over its pictures, and their number.

        "n" is the number; "loss", "penalty" and the parts of the objective are sums.
        """
        if self._whole is None:
            self._compile(group[0])
        if len(group) == 1:
            figures: Figures = self._whole(*group[0])
            return figures
        gradients, figures = self._gradients(*group[0])
        for images, targets in group[1:]:
            more, also = self._gradients(images, targets)
            gradients = self._add(gradients, more)
            figures = {name: value + also[name] for name, value in figures.items()}
        self._update(gradients)
        return figures

    def shares(self, images: Any, targets: Any) -> tuple[Any, Any]:
        """A batch as ``update`` takes it: whole, or cut into a share for each device."""
        if not self.shared:
            return images, targets
        n = int(tf.nest.flatten(images)[0].shape[0])
        replicas = self.strategy.num_replicas_in_sync
        edges = [n * place // replicas for place in range(replicas + 1)]

        def share(context: Any) -> tuple[Any, Any]:
            place = context.replica_id_in_sync_group
            # On the CPU, where the batch is: else the first GPU would get all of it, to give the rest away.
            with tf.device("CPU:0"):
                own: tuple[Any, Any] = tf.nest.map_structure(
                    lambda one: one[edges[place] : edges[place + 1]], (images, targets)
                )
            return own

        cut: tuple[Any, Any] = self.strategy.experimental_distribute_values_from_function(share)
        return cut

    def _compile(self, example: tuple[Any, Any]) -> None:
        strategy = self.strategy
        # Any number of pictures: the last batch of an epoch is smaller, and tracing takes seconds.
        signature = None if self.shared else tf.nest.map_structure(_any_number, example)

        @tf.function(input_signature=signature, reduce_retracing=self.shared)
        def whole(images: Any, targets: Any) -> Figures:
            return self._total(strategy.run(self._whole_in_replica, (images, targets)))

        @tf.function(input_signature=signature, reduce_retracing=self.shared)
        def gradients(images: Any, targets: Any) -> tuple[Any, Figures]:
            own, figures = strategy.run(self._gradients_in_replica, (images, targets))
            return own, self._total(figures)

        @tf.function
        def add(one: Any, other: Any) -> Any:
            return strategy.run(lambda a, b: tf.nest.map_structure(tf.add, a, b), (one, other))

        @tf.function
        def update(sums: Any) -> None:
            strategy.run(self._update_in_replica, (sums,))

        self._whole, self._gradients, self._add, self._update = whole, gradients, add, update

    def _total(self, figures: Figures) -> Figures:
        return {
            name: self.strategy.reduce(tf.distribute.ReduceOp.SUM, value, axis=None)
            for name, value in figures.items()
        }

    def _whole_in_replica(self, images: Any, targets: Any) -> Figures:
        sums, figures = self._gradients_in_replica(images, targets)
        self._update_in_replica(sums)
        return figures

    def _gradients_in_replica(self, images: Any, targets: Any) -> tuple[tuple[Any, tf.Tensor], Figures]:
        """Gradients and figures, both times the number of pictures; that number beside the gradients."""
        n = tf.cast(tf.shape(tf.nest.flatten(images)[0])[0], tf.float32)
        if not self.shared:
            gradients, figures = self._differentiate(images, targets)
        else:
            # The last batch may leave nothing for a device, and the mean over nothing is not a number.
            like = tf.nest.map_structure(tf.zeros_like, self._weights), self._no_figures(images, targets)
            gradients, figures = tf.cond(n > 0, lambda: self._differentiate(images, targets), lambda: like)
        return (
            ([gradient * n for gradient in gradients], n),
            {"n": n, **{name: value * n for name, value in figures.items()}},
        )

    def _differentiate(self, images: Any, targets: Any) -> tuple[list[tf.Tensor], Figures]:
        with tf.GradientTape() as tape:
            loss, parts = self.objective.loss(self.model, images, targets, training=True)
            penalties = [tf.cast(one, tf.float32) for one in self.model.losses]
            penalty = tf.add_n(penalties) if penalties else tf.zeros(())
            scaled = self.optimizer.scale_loss(tf.cast(loss, tf.float32) + penalty)
        gradients = tape.gradient(scaled, self._weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        named = {"loss": loss, "penalty": penalty, **parts}
        return gradients, {name: tf.cast(value, tf.float32) for name, value in named.items()}

    def _no_figures(self, images: Any, targets: Any) -> Figures:
        """Zeros under the names that the objective gives, without anything being computed."""
        described = tf.nest.map_structure(lambda one: tf.TensorSpec(one.shape, one.dtype), (images, targets))
        names = tf.function(self.objective.loss).get_concrete_function(self.model, *described, True)
        parts = names.structured_outputs[1]
        return {name: tf.zeros(()) for name in ("loss", "penalty", *parts)}

    def _update_in_replica(self, sums: tuple[list[tf.Tensor], tf.Tensor]) -> None:
        gradients, n = sums
        if self.shared:
            replica = tf.distribute.get_replica_context()
            n = replica.all_reduce(tf.distribute.ReduceOp.SUM, n)
            if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
                # It asks one device whether all gradients are finite, so each must have the sum; the sum
                # over devices that the optimizer takes afterwards makes up for the division.
                gradients = replica.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
                gradients = [one / self.strategy.num_replicas_in_sync for one in gradients]
        self.optimizer.apply([one / n for one in gradients], self.model.trainable_variables)


def _any_number(value: Any) -> tf.TensorSpec:
    return tf.TensorSpec((None, *value.shape[1:]), value.dtype)
