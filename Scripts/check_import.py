#!/usr/bin/env python3
"""Makes networks as `gan import` knows them, with random weights, and says what they compute.

    .venv/bin/python Scripts/check_import.py FOLDER

Writes for each kind `NAME.pth`, as torch.save leaves it, and `NAME.example.safetensors` with an `input` and what is
`expected` of it. The networks are written from what is published of their architectures, with the names of layers
that their users' files have.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn


class Residual(nn.Module):
    """Two 3x3 convolutions with reflected borders and instance normalisation around which the maps pass."""

    def __init__(self, width: int) -> None:
        """Makes the layers."""
        super().__init__()
        layers: list[nn.Module] = []
        for index in range(2):
            layers += [nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width)]
            layers += [nn.ReLU()] if index == 0 else []
        self.conv_block = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Adds what the layers find."""
        return x + self.conv_block(x)


class ResidualGenerator(nn.Module):
    """Johnson et al.'s generator as Zhu et al. use it: 7x7, two halvings, blocks, two doublings, 7x7, tanh."""

    def __init__(self, width: int, blocks: int) -> None:
        """Makes the layers."""
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, width, 7), nn.InstanceNorm2d(width), nn.ReLU()]
        for n in (width, 2 * width):
            layers += [nn.Conv2d(n, 2 * n, 3, stride=2, padding=1), nn.InstanceNorm2d(2 * n), nn.ReLU()]
        layers += [Residual(4 * width) for _ in range(blocks)]
        for n in (4 * width, 2 * width):
            up = nn.ConvTranspose2d(n, n // 2, 3, stride=2, padding=1, output_padding=1)
            layers += [up, nn.InstanceNorm2d(n // 2), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(width, 3, 7), nn.Tanh()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Translates images."""
        return self.model(x)


class Level(nn.Module):
    """A level of Isola et al.'s U-Net, with the inner levels in the midst of its layers."""

    def __init__(self, outer: int, widths: list[int], norm: Callable[[int], nn.Module], is_outermost: bool) -> None:
        """Makes this level and those inside."""
        super().__init__()
        width, inner = widths[0], widths[1:]
        has_bias = norm is nn.InstanceNorm2d
        self.is_outermost = is_outermost
        down = nn.Conv2d(outer, width, 4, stride=2, padding=1, bias=has_bias)
        up = nn.ConvTranspose2d(2 * width if inner else width, outer, 4, stride=2, padding=1, bias=has_bias or is_outermost)
        layers: list[nn.Module] = [down] if is_outermost else [nn.LeakyReLU(0.2), down]
        if inner:
            layers += [] if is_outermost else [norm(width)]
            layers += [Level(width, inner, norm, is_outermost=False)]
        layers += [nn.ReLU(), up]
        layers += [nn.Tanh()] if is_outermost else [norm(outer)]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Passes maps through, and by; what passes by has been rectified on the way down."""
        if self.is_outermost:
            return self.model(x)
        return torch.cat([nn.functional.leaky_relu(x, 0.2), self.model(x)], 1)


class UNet(nn.Module):
    """The U-Net, whose outermost level is called `model`."""

    def __init__(self, widths: list[int], norm: Callable[[int], nn.Module]) -> None:
        """Makes the levels."""
        super().__init__()
        self.model = Level(3, widths, norm, is_outermost=True)

    def forward(self, x: Tensor) -> Tensor:
        """Translates images."""
        return self.model(x)


class Generator(nn.Module):
    """Radford et al.'s generator as PyTorch's example has it: transposed convolutions of 4x4."""

    def __init__(self, latent: int, width: int) -> None:
        """Makes the layers for 64x64."""
        super().__init__()
        sizes = [latent, 8 * width, 4 * width, 2 * width, width]
        layers: list[nn.Module] = []
        for index, (a, b) in enumerate(zip(sizes, sizes[1:])):
            up = nn.ConvTranspose2d(a, b, 4, 1, 0, bias=False) if index == 0 else nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)
            layers += [up, nn.BatchNorm2d(b), nn.ReLU()]
        self.main = nn.Sequential(*layers, nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """Draws images of noise [N, D]."""
        return self.main(x[:, :, None, None])


class Block(nn.Module):
    """A residual block of SRResNet."""

    def __init__(self, width: int) -> None:
        """Makes the layers."""
        super().__init__()
        self.first, self.first_norm, self.bend = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.PReLU()
        self.second, self.second_norm = nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Adds what the layers find."""
        return x + self.second_norm(self.second(self.bend(self.first_norm(self.first(x)))))


class SRResNet(nn.Module):
    """Ledig et al.'s SRResNet, figure 4, with one slope for all channels and names of its own."""

    def __init__(self, width: int, blocks: int, doublings: int) -> None:
        """Makes the layers."""
        super().__init__()
        self.head = nn.Sequential(nn.Conv2d(3, width, 9, padding=4), nn.PReLU())
        self.body = nn.Sequential(*[Block(width) for _ in range(blocks)])
        self.neck = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width))
        up = [[nn.Conv2d(width, 4 * width, 3, padding=1), nn.PixelShuffle(2), nn.PReLU()] for _ in range(doublings)]
        self.tail = nn.Sequential(*[layer for layers in up for layer in layers], nn.Conv2d(width, 3, 9, padding=4))

    def forward(self, x: Tensor) -> Tensor:
        """Enlarges images between 0 and 1 to such between -1 and 1."""
        shallow = self.head(x)
        return self.tail(shallow + self.neck(self.body(shallow)))


def randomized(network: nn.Module) -> nn.Module:
    """Gives gains, offsets, slopes and running statistics values that matter; weights have some from the start."""
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.weight.uniform_(0.5, 1.5)
                layer.bias.uniform_(-0.3, 0.3)
                layer.running_mean.uniform_(-0.3, 0.3)
                layer.running_var.uniform_(0.5, 1.5)
            elif isinstance(layer, nn.PReLU):
                layer.weight.uniform_(0.1, 0.4)
    return network


def write(folder: Path, name: str, network: nn.Module, given: Tensor, compute: Callable[[Tensor], Tensor], saved: object) -> None:
    """Writes a network's weights, as they are saved, and an example."""
    torch.save(saved, folder / f"{name}.pth")
    with torch.no_grad():
        save_file({"input": given, "expected": compute(given).contiguous()}, folder / f"{name}.example.safetensors")


def main(folder: Path) -> None:
    """Writes all networks."""
    torch.manual_seed(7)
    torch.set_num_threads(1)
    image = torch.rand(1, 3, 32, 48) * 2 - 1
    for blocks in (6, 9):
        resnet = ResidualGenerator(8, blocks).eval()
        state = resnet.state_dict()
        # As files of old versions, whose normalisations keep statistics that nobody uses; from several GPUs.
        extra = {"model.2.running_mean": torch.zeros(8), "model.2.running_var": torch.ones(8)} if blocks == 9 else {}
        saved = {f"module.{key}": value for key, value in state.items()} | {f"module.{key}": v for key, v in extra.items()}
        write(folder, f"resnet{blocks}", resnet, image, resnet, saved if blocks == 9 else state)

    # In use pix2pix's networks take each image's own statistics, as in training on single images.
    unet = randomized(UNet([8, 16, 16, 16], nn.BatchNorm2d)).train()
    write(folder, "unet", unet, image, unet, unet.state_dict())
    plain = UNet([8, 16, 16, 16], nn.InstanceNorm2d).eval()
    write(folder, "unet-instance", plain, image, plain, plain.state_dict())

    generator = randomized(Generator(10, 8)).eval()
    write(folder, "dcgan", generator, torch.randn(5, 10), generator, generator.state_dict())

    srresnet = randomized(SRResNet(8, 2, 1)).eval()
    low = torch.rand(2, 3, 12, 20) * 2 - 1
    write(folder, "srresnet", srresnet, low, lambda x: srresnet(x / 2 + 0.5).clamp(-1, 1), {"epoch": 3, "model": srresnet.state_dict()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
