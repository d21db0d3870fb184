"""What can be chosen of a ConvNeXt, checked without TensorFlow.

Papers: Liu et al. 2022, "A ConvNet for the 2020s" (https://arxiv.org/abs/2201.03545); Touvron et al. 2021,
layer scale (https://arxiv.org/abs/2103.17239); Hu et al. 2018, squeeze-and-excitation
(https://arxiv.org/abs/1709.01507); Huang et al. 2016, stochastic depth (https://arxiv.org/abs/1603.09382).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isfinite

REDUCES = ("conv", "max-pool")
STEM = 4  # pixels of a side of the patches that the first convolution takes


@dataclass(frozen=True)
class ConvNeXtOptions:
    """The architecture of one ConvNeXt. The defaults are the published one; the extras are off.

    classes: logits. image_size: pixels of both sides. blocks: blocks a stage; stage k has ``width * 2**k``
    channels. expansion: widening inside a block. kernel_size: sides of the depthwise kernels (5 as published,
    7 in the paper). l2: weight of the penalty on the kernels of convolutions.

    Extras: layer_scale, the first value of a learned gain per channel at the end of each block (1e-6 in the
    paper); squeeze_excitation, by how much the channels are squeezed (16 in the paper); noise, standard
    deviation of what is added in training to the pictures scaled to -1..1; reduce, how later stages halve the
    picture, by a 2x2 convolution or by the maximum of 2x2 and a 1x1 convolution; stochastic_depth, the
    chance that the last block is left out of a training step, for earlier ones less, in proportion.

    Raises ValueError naming the argument, the rule and the value.
    """

    classes: int
    image_size: int
    blocks: Sequence[int] = (3, 3, 9, 3)
    width: int = 96
    expansion: int = 4
    activation: str = "gelu"
    kernel_size: int = 5
    l2: float = 1e-4
    layer_scale: float | None = field(default=None, kw_only=True)
    squeeze_excitation: int | None = field(default=None, kw_only=True)
    noise: float = field(default=0.0, kw_only=True)
    reduce: str = field(default="conv", kw_only=True)
    stochastic_depth: float = field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.blocks, Sequence) or not self.blocks:
            raise ValueError(f"blocks must name at least one stage, got {self.blocks!r}")
        object.__setattr__(self, "blocks", tuple(self.blocks))
        for name in ("classes", "image_size", "width", "expansion", "kernel_size"):
            _whole(name, getattr(self, name))
        for place, count in enumerate(self.blocks):
            _whole(f"blocks[{place}]", count)
        smallest = STEM * 2 ** (len(self.blocks) - 1)
        if self.image_size < smallest:
            raise ValueError(
                f"image_size must be at least {smallest} px for {len(self.blocks)} stages "
                f"(each halves the picture), got {self.image_size}"
            )
        if not isinstance(self.activation, str) or not self.activation:
            raise ValueError(f"activation must be the name of a Keras activation, got {self.activation!r}")
        self._check_extras()

    def _check_extras(self) -> None:
        _number("l2", self.l2, at_least=0)
        if self.layer_scale is not None:
            _number("layer_scale", self.layer_scale)
        if self.squeeze_excitation is not None:
            _whole("squeeze_excitation", self.squeeze_excitation)
            if self.squeeze_excitation > self.width:
                raise ValueError(
                    f"squeeze_excitation must leave at least one channel of the {self.width} of the first "
                    f"stage, got {self.squeeze_excitation}"
                )
        _number("noise", self.noise, at_least=0)
        if self.noise > 1:
            raise ValueError(f"noise must be at most 1 (pictures are scaled to -1..1), got {self.noise!r}")
        if self.reduce not in REDUCES:
            raise ValueError(f"reduce must be one of {', '.join(REDUCES)}; got {self.reduce!r}")
        _number("stochastic_depth", self.stochastic_depth, at_least=0)
        if self.stochastic_depth >= 1:
            raise ValueError(
                f"stochastic_depth must be less than 1, or no block is ever trained; "
                f"got {self.stochastic_depth!r}"
            )

    def stages(self) -> Iterator[tuple[int, int, int]]:
        """Number, channels and blocks of each stage."""
        for stage, count in enumerate(self.blocks):
            yield stage, self.width * 2**stage, count

    def squeezed(self, channels: int) -> int:
        """Channels inside a squeeze-and-excitation; 0 where there is none."""
        return channels // self.squeeze_excitation if self.squeeze_excitation else 0


def _whole(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")


def _number(name: str, value: object, *, at_least: float | None = None) -> None:
    good = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if not good or (at_least is not None and value < at_least):  # type: ignore[operator]
        rule = "a finite number" if at_least is None else f"a finite number of at least {at_least}"
        raise ValueError(f"{name} must be {rule}, got {value!r}")
