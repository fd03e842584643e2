"""Networks of TP-GAN (Huang et al. 2017): the global path, the four local ones, the discriminator, and a frozen
classifier of identities.

A convolution that batch norm follows has no bias, which it would cancel.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..layers import Maxout, perturb

PATCHES = ((40, 40), (40, 40), (32, 40), (32, 48))
"""Height and width of the patches of two eyes, nose and mouth in images of 128x128."""


def leaky(x: Tensor) -> Tensor:
    """LeakyReLU with a slope of 0.2."""
    return F.leaky_relu(x, 0.2)


def patch_sizes(side: int, halvings: int) -> list[tuple[int, int]]:
    """Height and width of the four patches: shares of the side, to the nearest multiple of 2 ** halvings."""
    unit = 1 << halvings

    def length(pixels: int) -> int:
        return max(unit, int(pixels * side / 128 / unit + 0.5) * unit)

    return [(length(height), length(width)) for height, width in PATCHES]


def corners(landmarks: Tensor, size: tuple[int, int], side: int) -> Tensor:
    """The upper left pixels (y, x) `[N, 2]` of patches around points (x, y) in shares of the side, inside of the image."""
    limit = torch.tensor([side - size[0], side - size[1]], device=landmarks.device)
    half = torch.tensor([size[0] / 2, size[1] / 2], device=landmarks.device)
    return torch.minimum((landmarks.flip(1) * side - half).round().clamp_min(0).long(), limit)


def cut(x: Tensor, corner: Tensor, size: tuple[int, int]) -> Tensor:
    """Patches of a size, each at its own corner (y, x)."""
    count, channels = x.shape[:2]
    rows = corner[:, :1] + torch.arange(size[0], device=x.device)
    columns = corner[:, 1:] + torch.arange(size[1], device=x.device)
    n = torch.arange(count, device=x.device)[:, None, None, None]
    c = torch.arange(channels, device=x.device)[None, :, None, None]
    return x[n, c, rows[:, None, :, None], columns[:, None, None, :]]


def fused(parts: Sequence[Tensor], places: Sequence[tuple[int, int]], side: int) -> Tensor:
    """The largest of the parts, each at its place (y, x) among zeros."""
    whole = torch.zeros(0)
    for i, (part, (top, left)) in enumerate(zip(parts, places)):
        height, width = part.shape[2:]
        padded = F.pad(part, (left, side - left - width, top, side - top - height))
        whole = padded if i == 0 else torch.maximum(whole, padded)
    return whole


class Block(nn.Module):
    """`conv1`, `norm1`, LeakyReLU, `conv2`, `norm2`, plus the identity, then LeakyReLU."""

    def __init__(self, width: int, kernel: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, kernel, padding=kernel // 2, bias=False)
        self.norm1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, kernel, padding=kernel // 2, bias=False)
        self.norm2 = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        return leaky(x + self.norm2(self.conv2(leaky(self.norm1(self.conv1(x))))))


class Convolution(nn.Module):
    """`conv`, `norm`, LeakyReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return leaky(self.norm(self.conv(x)))


class Doubling(nn.Module):
    """`conv` (transposed 3x3 of stride 2), `norm`, LeakyReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, 1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return leaky(self.norm(self.conv(x)))


class Encoder(nn.Module):
    """The way down (table 1): `input` 7x7, `down.<i>` 5x5, 3x3, 3x3, 3x3 of stride 2, and `blocks.<i>` behind each, four
    behind the last; `feature` is a maxout of two pieces."""

    def __init__(self, channels: int, width: int, features: int, side: int) -> None:
        super().__init__()
        widths = [width, width, 2 * width, 4 * width, 8 * width]
        self.input = nn.Conv2d(channels, width, 7, padding=3)
        self.down = nn.ModuleList(
            Convolution(widths[i], widths[i + 1], 5 if i == 0 else 3, stride=2) for i in range(4)
        )
        kernels = [[7], [5], [3], [3], [3] * 4]
        self.blocks = nn.ModuleList(
            nn.ModuleList(Block(n, kernel) for kernel in own) for n, own in zip(widths, kernels)
        )
        self.feature = Maxout(8 * width * (side // 16) ** 2, features, 2)

    def forward(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        maps = []
        for i, blocks in enumerate(self.blocks):
            x = leaky(self.input(x)) if i == 0 else self.down[i - 1](x)
            for block in blocks:
                x = block(x)
            maps.append(x)
        return maps, self.feature(x.flatten(1))


class Level(nn.Module):
    """A level of the way up: `up`, `select` on what stands beside it, and `blocks` on both and on more."""

    def __init__(
        self, inputs: int, outputs: int, beside: int, more: int, kernel: int, kernels: Sequence[int]
    ) -> None:
        super().__init__()
        self.up = Doubling(inputs, outputs)
        self.select = Block(beside, kernel)
        self.width = outputs + beside + more
        self.blocks = nn.ModuleList(Block(self.width, own) for own in kernels)

    def forward(self, x: Tensor, beside: Sequence[Tensor], more: Sequence[Tensor] = ()) -> Tensor:
        x = torch.cat([self.up(x), self.select(torch.cat([*beside], 1)), *more], 1)
        for block in self.blocks:
            x = block(x)
        return x


class Part(nn.Module):
    """A local path (table 3): a U-Net that halves as often as there are widths behind the first; features and an image."""

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        pairs = list(zip(widths, widths[1:]))
        self.input = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.first = Block(widths[0])
        self.down = nn.ModuleList(Convolution(m, n, stride=2) for m, n in pairs)
        self.blocks = nn.ModuleList(Block(n) for _, n in pairs)
        self.last = Block(widths[-1])
        self.up = nn.ModuleList(Doubling(n, m) for m, n in reversed(pairs))
        self.merge = nn.ModuleList(Convolution(2 * m, m) for m, _ in reversed(pairs))
        self.refine = nn.ModuleList(Block(m) for m, _ in reversed(pairs))
        self.output = nn.Conv2d(widths[0], channels, 3, padding=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        maps = [self.first(leaky(self.input(x)))]
        for down, block in zip(self.down, self.blocks):
            maps.append(block(down(maps[-1])))
        x = self.last(maps.pop())
        for up, merge, refine in zip(self.up, self.merge, self.refine):
            x = refine(merge(torch.cat([up(x), maps.pop()], 1)))
        return x, torch.tanh(self.output(x))


class Decoder(nn.Module):
    """The way up of the global path (table 2), with an image at a quarter, a half and all of the side.

    `project` (ReLU) makes maps of feature and noise, `project_up.<i>` (ReLU) larger ones; `first.<i>` are blocks at a
    sixteenth of the side; `levels.<i>`; `images.<i>`; `merge`, `refine` and `narrow` stand in front of the last image.
    """

    def __init__(self, channels: int, width: int, part: int, code: int, side: int) -> None:
        super().__init__()
        w, c = width, channels
        self.shape = (w, side // 16, side // 16)
        shares = [w, max(w // 2, 1), max(w // 4, 1), max(w // 8, 1)]
        self.project = nn.Linear(code, w * (side // 16) ** 2)
        self.project_up = nn.ModuleList(
            [
                nn.ConvTranspose2d(shares[0], shares[1], 3, 4, 0, 1),
                nn.ConvTranspose2d(shares[1], shares[2], 3, 2, 1, 1),
                nn.ConvTranspose2d(shares[2], shares[3], 3, 2, 1, 1),
            ]
        )
        self.first = nn.ModuleList(Block(9 * w) for _ in range(3))
        sixteen = Level(9 * w, 8 * w, 4 * w, 0, 3, [3, 3])
        quarter = Level(sixteen.width, 4 * w, 2 * w + shares[1] + c, 0, 3, [3, 3])
        half = Level(quarter.width, 2 * w, w + shares[2] + c, c, 5, [3, 3])
        whole = Level(half.width, w, w + shares[3] + c, part + 2 * c, 7, [5])
        self.levels = nn.ModuleList([sixteen, quarter, half, whole])
        last = max(w // 2, 1)
        self.merge, self.refine, self.narrow = Convolution(whole.width, w, 5), Block(w), Convolution(w, last)
        widths = (quarter.width, half.width, last)
        self.images = nn.ModuleList(nn.Conv2d(n, c, 3, padding=1) for n in widths)

    def forward(
        self, code: Tensor, maps: Sequence[Tensor], images: Sequence[Tensor], parts: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        made = [F.relu(self.project(code)).view(len(code), *self.shape)]
        for up in self.project_up:
            made.append(F.relu(up(made[-1])))
        x = torch.cat([made[0], maps[4]], 1)
        for block in self.first:
            x = block(x)
        x = self.levels[0](x, [maps[3]])
        x = self.levels[1](x, [maps[2], made[1], images[2]])
        quarter = torch.tanh(self.images[0](x))
        x = self.levels[2](x, [maps[1], made[2], images[1]], [larger(quarter)])
        half = torch.tanh(self.images[1](x))
        x = self.levels[3](x, [maps[0], made[3], images[0]], [*parts, larger(half)])
        whole = torch.tanh(self.images[2](self.narrow(self.refine(self.merge(x)))))
        return whole, half, quarter


def larger(x: Tensor) -> Tensor:
    """Twice the sides, by bilinear interpolation."""
    return F.interpolate(x, scale_factor=2, mode="bilinear")


class FrontalGenerator(nn.Module):
    """Both paths: `encoder`, `parts.<i>` (left eye, right eye, nose, mouth), `decoder`, and `classes`, which reads the
    identity from the encoder's feature.

    Args:
        means: shares (x, y) of the four points in frontal images.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        widths: Sequence[int],
        features: int,
        noise: int,
        classes: int,
        side: int,
        means: Sequence[tuple[float, float]],
    ) -> None:
        super().__init__()
        self.encoder = Encoder(channels, width, features, side)
        self.parts = nn.ModuleList(Part(channels, widths) for _ in PATCHES)
        self.decoder = Decoder(channels, width, widths[0], features + noise, side)
        self.classes = nn.Linear(features, classes)
        self.side, self.sizes = side, patch_sizes(side, len(widths) - 1)
        self.places = []
        for size, (x, y) in zip(self.sizes, means):
            top, left = round(y * side - size[0] / 2), round(x * side - size[1] / 2)
            self.places.append((min(max(top, 0), side - size[0]), min(max(left, 0), side - size[1])))

    def at_places(self, x: Tensor) -> list[Tensor]:
        """The four patches of frontal images."""
        return [x[:, :, t : t + h, m : m + w] for (t, m), (h, w) in zip(self.places, self.sizes)]

    def patches(self, x: Tensor, landmarks: Tensor | None) -> list[Tensor]:
        """The four patches of turned images around their own points, or where those of frontal images are."""
        if landmarks is None:
            return self.at_places(x)
        return [cut(x, corners(landmarks[:, i], size, self.side), size) for i, size in enumerate(self.sizes)]

    def forward(
        self, x: Tensor, z: Tensor, landmarks: Tensor | None = None
    ) -> tuple[tuple[Tensor, Tensor, Tensor], list[Tensor], Tensor]:
        """The images of three sizes, the largest first, the images of the parts, and scores of identities."""
        made = [part(patch) for part, patch in zip(self.parts, self.patches(x, landmarks))]
        features, images = [m[0] for m in made], [m[1] for m in made]
        maps, feature = self.encoder(x)
        scales = [x, F.avg_pool2d(x, 2), F.avg_pool2d(x, 4)]
        local = [fused(features, self.places, self.side), fused(images, self.places, self.side)]
        outputs = self.decoder(torch.cat([feature, z], 1), maps, scales, local)
        return outputs, images, self.classes(feature)


def regional_discriminator(channels: int, width: int, side: int) -> nn.Sequential:
    """4x4 convolutions of stride 2 down to 2x2, batch norm but for the first, then a logit for each of four regions."""
    body: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    inputs, side = width, side // 2
    while side > 2:
        outputs = min(2 * inputs, 8 * width)
        body += [nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        inputs, side = outputs, side // 2
    return nn.Sequential(*body, nn.Conv2d(inputs, 1, 1))


def convolutions(inputs: int, outputs: int, count: int) -> nn.Sequential:
    """`count` times 3x3, batch norm and ReLU."""
    layers: list[nn.Module] = []
    for i in range(count):
        layers += [
            nn.Conv2d(outputs if i else inputs, outputs, 3, padding=1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers)


def halving(width: int) -> nn.Sequential:
    """3x3 to twice the channels, max pooling, batch norm and ReLU."""
    conv = nn.Conv2d(width, 2 * width, 3, padding=1, bias=False)
    return nn.Sequential(conv, nn.MaxPool2d(2), nn.BatchNorm2d(2 * width), nn.ReLU())


class ResidualClassifier(nn.Module):
    """SwiftGAN's residual classifier of images of 32x32: features of the last stage and scores."""

    def __init__(self, channels: int, classes: int, width: int) -> None:
        super().__init__()
        self.stem, self.stage1 = convolutions(channels, width, 1), halving(width)
        self.block1 = convolutions(2 * width, 2 * width, 2)
        self.stage2, self.stage3 = halving(2 * width), halving(4 * width)
        self.block3 = convolutions(8 * width, 8 * width, 2)
        self.fc = nn.Linear(8 * width, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stage1(self.stem(x))
        x = self.stage3(self.stage2(x + self.block1(x)))
        features = (x + self.block3(x)).mean((2, 3))
        return features, self.fc(features)


class DigitsClassifier(nn.Module):
    """SwiftGAN's classifier of grey images of 32x32: features of a layer of 128 and scores."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.stage1, self.stage2 = convolutions(1, 32, 2), convolutions(32, 64, 2)
        self.stage3 = convolutions(64, 128, 1)
        self.embed, self.fc = nn.Linear(128 * 4 * 4, 128), nn.Linear(128, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stage2(F.max_pool2d(self.stage1(x), 2))
        x = F.avg_pool2d(self.stage3(F.max_pool2d(x, 2)), 2)
        features = F.relu(self.embed(x.flatten(1)))
        return features, self.fc(features)


def identity_network(name: str, channels: int, classes: int) -> nn.Module:
    """A frozen classifier whose weights follow from its shape alone: one like the package's digits, or a residual one."""
    with torch.random.fork_rng():
        torch.manual_seed(100 * channels + classes)
        digits = name == "digits"
        network = perturb(DigitsClassifier(classes) if digits else ResidualClassifier(channels, classes, width=2))
    return network.eval().requires_grad_(False)
