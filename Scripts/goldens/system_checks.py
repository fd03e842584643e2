"""Checks of the systems' parts against independent formulas, and of their fixtures against themselves."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from Reference import zoo
from Reference.adversarial import Adversarial
from Reference.cases import Golden, Shape
from Reference.draws import Draws, RecordedDraws
from Reference.layers import BatchRenorm, SpectralNorm, perturb
from Reference.networks import progressive, translation
from Reference.systems import (
    acgan,
    bgan,
    ccgan,
    cyclegan,
    discogan,
    improved_gan,
    infogan,
    munit,
    sgan,
    srgan,
    twin_gan,
    unit,
    vae_gan,
)

from .checks import close, require
from .store import Case, Fixture
from .systems import FAMILY


def check_information() -> None:
    """The bound's parts agree with entropies and densities of PyTorch's distributions."""
    logits, category = torch.randn(5, 4).double(), torch.tensor([0, 3, 1, 1, 2])
    prior = torch.distributions.Categorical(logits=torch.zeros(4).double())
    expected = prior.entropy() + torch.distributions.Categorical(logits=logits).log_prob(category).mean()
    close(infogan.categorical_information(logits, category), expected, "categorical information")
    means, codes = torch.randn(5, 2).double(), torch.rand(5, 2).double() * 2 - 1
    entropy = torch.distributions.Uniform(-torch.ones(2).double(), 1.0).entropy().sum()
    expected = entropy + torch.distributions.Normal(means, 1).log_prob(codes).sum(1).mean()
    close(infogan.continuous_information(means, codes), expected, "continuous information")


def check_semi_supervised() -> None:
    """Log probabilities agree with the papers' probabilities; K outputs are K + 1 with the fake one at zero."""
    outputs = torch.randn(6, 5).double()
    p = outputs.softmax(1)
    close(sgan.log_real(outputs).exp(), p[:, :-1].sum(1), "probability of real")
    close(sgan.log_fake(outputs).exp(), p[:, -1], "probability of fake")
    z = outputs.exp().sum(1)
    close(improved_gan.log_real(outputs).exp(), z / (z + 1), "D = Z / (Z + 1)")
    padded = torch.cat([outputs, torch.zeros(6, 1).double()], 1)
    close(improved_gan.log_fake(outputs), sgan.log_fake(padded), "fake output fixed at zero")
    close(improved_gan.log_real(outputs), sgan.log_real(padded), "real outputs beside a zero")


def check_boundary_seeking() -> None:
    """Draws, likelihoods and weights of discrete pixels agree with PyTorch's distributions."""
    for pixels, channels in (("binary", 2), ("categorical", 8)):
        s = {"pixels": pixels, "levels": 4}
        logits = 2 * torch.randn(3, channels, 2, 5).double()
        count = 2 if pixels == "binary" else 4
        if pixels == "binary":
            distribution = torch.distributions.Categorical(logits=torch.stack([torch.zeros_like(logits), logits], -1))
        else:
            by_level = torch.stack(logits.split(channels // count, 1), -1)
            distribution = torch.distributions.Categorical(logits=by_level)
        indices = bgan.draw(logits, torch.rand(20_000, 3, 2, 2, 5).double() * 2 - 1, s)
        shares = torch.stack([(indices == k).double().mean(0) for k in range(count)], -1)
        close(shares, distribution.probs, f"shares of {pixels} draws", 0.02)
        expected = distribution.log_prob(indices[:4]).sum((2, 3, 4))
        close(bgan.log_likelihood(indices[:4], logits, s), expected, f"likelihood of {pixels} draws")
    judged = torch.tensor([[2.0, 400.0], [-1.0, 401.0], [0.5, -300.0]]).double()
    odds = judged[:, 0].sigmoid() / (1 - judged[:, 0].sigmoid())
    close(bgan.importance(judged)[:, 0], odds / odds.sum(), "weights D / (1 - D)")
    close(bgan.importance(judged).sum(0), torch.ones(2).double(), "sums of the weights")
    close(bgan.quantised(torch.tensor([-0.8, -0.7, 0.1, 0.9]), 5), torch.tensor([-1, -0.5, 0, 1]), "levels")


def check_spectral() -> None:
    """The normalised weight has spectral norm 1; strided convolutions and embeddings use it as they should."""
    x, indices = torch.randn(2, 3, 6, 6).double(), torch.tensor([1, 0, 3])
    convolution, embedding = nn.Conv2d(3, 5, 4, 2, 1).double(), nn.Embedding(4, 6).double()
    for layer, argument in ((convolution, x), (embedding, indices)):
        normalised = SpectralNorm(copy.deepcopy(layer))
        normalised.u = normalised.u.double()
        for _ in range(500):
            normalised(argument)
        plain, norm = layer(argument), torch.linalg.matrix_norm(layer.weight.flatten(1), 2)
        shift = layer.bias.view(1, -1, 1, 1) if isinstance(layer, nn.Conv2d) else 0
        close(normalised(argument), (plain - shift) / norm + shift, "spectrally normalised layer", 1e-7)


def check_progressive() -> None:
    """A fade ends at the stable networks and starts at the old stage's, and its images are averages of both."""
    z, x = torch.randn(8, 16), torch.randn(8, 3, 8, 8)
    generator, critic = progressive.ProgressiveGenerator(16, (12, 8), 3, 1.0), progressive.ProgressiveDiscriminator((12, 8), 3, 1.0)
    stable = generator(z), critic(x)
    old = F.interpolate(generator.to_rgb[0](generator.first(z)), size=8)
    generator.alpha = critic.alpha = 1 - 1e-7
    close(generator(z), stable[0], "end of the generator's fade", 1e-5)
    close(critic(x), stable[1], "end of the critic's fade", 1e-5)
    generator.alpha = critic.alpha = 0.25
    close(generator(z), 0.25 * stable[0] + 0.75 * old, "a generator's fade", 1e-5)
    critic.alpha = 0.0
    low = F.leaky_relu(critic.from_rgb[0](x.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5))), 0.2)
    close(critic(x), critic.last(low), "start of the critic's fade", 1e-5)


def check_fused_scale() -> None:
    """A down block's second half is one 4x4 convolution of stride 2 whose kernel is the mean of four shifted ones."""
    block = progressive.DownBlock(3, 5).double()
    nn.init.normal_(block.conv2.bias)
    x = torch.randn(2, 3, 8, 8).double()
    shifted = [F.pad(block.conv2.weight, (i, 1 - i, j, 1 - j)) for i in (0, 1) for j in (0, 1)]
    weight = math.sqrt(2 / 27) * sum(shifted) / 4
    h = F.conv2d(F.leaky_relu(block.conv1(x), 0.2), weight, block.conv2.bias, stride=2, padding=1)
    close(block(x), F.leaky_relu(h, 0.2), "fused down-sampling")


def check_renormalisation() -> None:
    """Between its limits it is a normalisation by running statistics; where both agree it is that by the batch's own."""
    x = (2 * torch.randn(6, 3, 5, 5) + 1).double()
    layer, own = perturb(BatchRenorm(3, 1)).double(), x.transpose(0, 1).flatten(1)
    layer.limits.fill_(1e6)
    mean, std = layer.running_mean.clone(), layer.running_std.clone()
    running = F.batch_norm(x, mean, std.square() - layer.EPSILON, layer.weight, layer.bias, eps=layer.EPSILON)
    close(layer(x), running, "renormalisation without limits", 1e-7)
    close(layer.running_mean, 0.99 * mean + 0.01 * own.mean(1), "running mean", 1e-7)
    deviations = torch.sqrt(own.var(1, correction=0) + layer.EPSILON)
    close(layer.running_std, 0.99 * std + 0.01 * deviations, "running deviation", 1e-7)
    layer.limits.copy_(torch.tensor([1.0, 0.0]))
    batch = F.batch_norm(x, None, None, layer.weight, layer.bias, training=True, eps=layer.EPSILON)
    close(layer(x), batch, "renormalisation held to the batch", 1e-7)


def check_twins() -> None:
    """Fades begin with the stage before, and a block convolves enlarged maps and skips side by side."""
    widths, x = (8, 6, 4), torch.randn(4, 3, 16, 16)
    encoder, generator = (
        perturb(network).eval()
        for network in (twin_gan.TwinEncoder(widths, 3, 1, 0.0), twin_gan.TwinGenerator(widths, 3, 1, 0.0))
    )
    low = F.avg_pool2d(x, 2)
    old = encoder.blocks[0](encoder.from_rgb[1](low, "a"), "a")
    content, skips = encoder(x, "a")
    close(content, F.avg_pool2d(old, 2), "start of the encoder's fade", 1e-5)
    close(skips[0], old, "skips at the start of the encoder's fade", 1e-5)
    image = generator.to_rgb[1](generator.blocks[0](generator.first(content, "b"), old, "b"), "b")
    close(generator(content, skips, "b"), F.interpolate(image, size=16), "start of the generator's fade", 1e-5)
    block, maps = generator.blocks[0], torch.randn(2, 8, 4, 4)
    skip = torch.randn(2, 8, 8, 8)
    weight = torch.cat([block.up.weight, block.skip.weight], 1) * math.sqrt(2 / (2 * 8 * 9))
    both = F.conv2d(torch.cat([F.interpolate(maps, size=8), skip], 1), weight, padding=1)
    h = block.pixel_norm(F.leaky_relu(block.norm(both, "a"), 0.2))
    close(block(maps, skip, "a"), block.conv(h, "a"), "a convolution of maps and skips", 1e-5)


def check_pool() -> None:
    """A pool returns new images while it fills, then old ones exactly where a draw exceeds one half."""
    draws = RecordedDraws()
    pool, expected = cyclegan.Pool(2, draws), []
    returned = [pool.query(torch.tensor(float(i))) for i in range(40)]
    stored, values = [0.0, 1.0], iter(draws.values)
    for i in range(2, 40):
        if next(values) > 0.5:
            index = int(next(values))
            expected.append(stored[index])
            stored[index] = float(i)
        else:
            expected.append(float(i))
    require([float(x) for x in returned] == [0.0, 1.0, *expected], "image pool")
    require(not list(values) and expected != [float(i) for i in range(2, 40)], "draws of the image pool")


def check_translators() -> None:
    """Translators keep the shape, and dropout is in the first three decoder levels but never in the last."""
    for depth, masks in ((2, 1), (4, 3), (5, 3)):
        draws = RecordedDraws()
        x = torch.randn(2, 3, 32, 32)
        network = translation.UNet(3, [4] * depth, nn.BatchNorm2d, draws, 0.5)
        require(network(x).shape == x.shape, "shape of the U-Net")
        require(len(draws.values) == masks, "dropout of the U-Net")
    require(translation.ResidualTranslator(3, 4, 1)(x).shape == x.shape, "shape of the residual translator")


def check_discovery() -> None:
    """DiscoGAN's features are compared as by PyTorch's hinge embedding loss, its images in [0, 1]."""
    shape = Shape(3, 64, 64)
    translator, judge = discogan.translator(4, shape), discogan.Discriminator(4, shape)
    real, other = torch.rand(4, 3, 64, 64), torch.rand(4, 3, 64, 64)
    (logits, features), (_, others) = judge(2 * real - 1), judge(2 * other - 1)
    require(logits.shape == (4, 1, 1, 1) and [f.shape[2] for f in features] == [16, 8, 4], "shapes of a discriminator")
    squares = [(f.mean(0) - o.mean(0)) ** 2 for f, o in zip(features, others)]
    expected = sum(nn.HingeEmbeddingLoss()(s, torch.ones_like(s)) for s in squares)
    close(discogan.mismatch(features, others), expected, "mismatch of features", 1e-6)
    inner = nn.Sequential(*list(translator)[1:-1])
    close(0.5 * translator(2 * real - 1) + 0.5, torch.sigmoid(inner(real)), "translator in [0, 1]", 1e-6)


def check_autoencoding() -> None:
    """The bound's parts agree with PyTorch's distributions; the players rest where the authors' code lets them."""
    mean, log_variance = torch.randn(3, 4).double(), torch.randn(3, 4).double()
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    prior = torch.distributions.Normal(torch.zeros(()).double(), 1.0)
    expected = torch.distributions.kl_divergence(posterior, prior).sum(1).mean()
    close(vae_gan.divergence(mean, log_variance), expected, "divergence from the prior")
    found, wanted = torch.randn(3, 2, 4).double(), torch.randn(3, 2, 4).double()
    density = -torch.distributions.Normal(wanted, 1.0).log_prob(found).flatten(1).sum(1).mean()
    close(vae_gan.surprise(found, wanted) + 8 * 0.5 * math.log(2 * math.pi), density, "log-likelihood")
    settings = {"equilibrium": 0.7, "margin": 0.3}
    for real, fake, expected_moves in (
        (0.7, 0.7, (1, 1)),
        (0.3, 0.7, (1, 0)),
        (0.7, 0.3, (1, 0)),
        (1.1, 0.7, (0, 1)),
        (0.7, 1.1, (0, 1)),
        (0.3, 1.1, (1, 1)),
    ):
        moves = vae_gan.system.balance(settings, torch.tensor(real), torch.tensor(fake))
        require(tuple(int(x) for x in moves) == expected_moves, f"balance at {real} and {fake}")


def check_shared_codes() -> None:
    """UNIT's divergence is that of unit variances; its domains' networks share their innermost blocks and no others."""
    mean = torch.randn(3, 4, 2, 2).double()
    prior, posterior = torch.distributions.Normal(torch.zeros(()).double(), 1.0), torch.distributions.Normal(mean, 1.0)
    close(unit.divergence(mean), torch.distributions.kl_divergence(posterior, prior).mean(), "divergence of codes")
    settings = unit.system.settings({"generatorWidth": "4", "blocks": "1", "sharedBlocks": "2"})
    x, z = torch.randn(2, 3, 16, 16), torch.randn(2, 16, 4, 4)
    for network, inputs in ((unit.Encoders(settings, 3), x), (unit.Generators(settings, 3), z)):
        gradients = []
        for domain in "ab":
            network.zero_grad()
            network(inputs, domain).square().sum().backward()
            gradients.append({key for key, p in network.named_parameters() if p.grad is not None})
        common = {key for key, _ in network.named_parameters() if key.startswith("shared.")}
        require(gradients[0] & gradients[1] == common and len(common) == 4, "what both domains have in common")


def check_styles() -> None:
    """MUNIT's adapted maps have the moments asked for, its contents none; D and G see styles of their own."""
    x, offset, gain = torch.randn(2, 3, 64, 64).double(), torch.randn(2, 3).double(), torch.rand(2, 3).double() + 0.5
    variance, mean = torch.var_mean(munit.adapted(x, offset, gain), (2, 3), correction=0)
    close(mean, offset, "means of adapted maps")
    close(variance.sqrt(), gain, "deviations of adapted maps", 1e-4)
    normed = munit.ChannelLayerNorm(3).double()
    close(normed(x), F.layer_norm(x, x.shape[1:]), "layer normalisation of images")
    settings = munit.system.settings({"generatorWidth": "2", "residualBlocks": "1", "scales": "3", "mlpWidth": "4"})
    images = torch.full((1, 2, 66, 70), 0.25)
    discriminator = munit.MultiScaleDiscriminator(settings, 2)
    for output, scale, size in zip(discriminator(images), discriminator.scales, ((66, 70), (33, 35), (17, 18))):
        close(output, scale(torch.full((1, 2, *size), 0.25)), "what a scale sees", 1e-6)


def check_reduction() -> None:
    """Small images are MATLAB's, whose weights are written out for every sample of a row."""
    for factor, count in ((2, 10), (4, 16)):
        rows, scale = torch.randn(3, count).double(), 1 / factor
        mirrored = [*range(count), *range(count - 1, -1, -1)]
        for j in range(count // factor):
            centre, width = (j + 1) / scale + 0.5 * (1 - 1 / scale), 4 / scale
            places = [math.floor(centre - width / 2) + k for k in range(math.ceil(width) + 2)]
            weights = [scale * float(srgan.cubic(torch.tensor(scale * (centre - place)).double())) for place in places]
            value = sum(w * rows[:, mirrored[(place - 1) % (2 * count)]] for w, place in zip(weights, places)) / sum(weights)
            image = rows[:, None, None, :].expand(-1, -1, count, -1)
            close(srgan.reduced(image, factor)[:, 0, 0, j], value, "reduction as MATLAB's")


def check_holes() -> None:
    """Holes are whole squares of the sizes asked for, at all places alike; their error is that of their pixels."""
    count, shape, sizes = 20_000, Shape(2, 6, 9), (2, 4)
    holes = ccgan.square_holes(count, shape, sizes, Draws())
    rows, columns = (holes.any(axis).sum((1, 2)) for axis in (3, 2))
    require(torch.equal(rows, columns) and torch.equal(holes.sum((1, 2, 3)), rows * columns), "holes are squares")
    for side in (2, 3, 4):
        chosen = holes[rows == side]
        close(torch.tensor(len(chosen) / count), torch.tensor(1 / 3), f"share of holes of {side}", 0.02)
        places = (shape.height - side + 1) * (shape.width - side + 1)
        for row, column in ((0, 0), (0, -1), (-1, 0), (-1, -1)):
            share = chosen[:, 0, row, column].double().mean()
            close(share, torch.tensor(1 / places).double(), f"holes of {side} in a corner", 0.02)
    images, completed = (torch.randn(7, *shape.image).double() for _ in range(2))
    inside = holes[:7].expand_as(images)
    completed = torch.where(inside, completed, images)
    expected = (completed - images)[inside].abs().mean()
    close(ccgan.hole_error(images, completed, holes[:7]), expected, "error inside holes")


def initialised(case: Case) -> dict[str, Tensor]:
    """The g and b of weight normalisation that a golden sets from its first images and first draws."""
    if case.config["system"] != "improved-gan":
        return {}
    t, prefix, values = case.tensors, "initial/discriminator.", {}
    count = sum(key.startswith(prefix) and key.endswith("weight_v") for key in t)
    h = 0.5 + 0.5 * t["step0/batch/images"].flatten(1).double()
    for i in range(count):
        layer = "output" if i == count - 1 else f"hidden.{i}"
        h = h + (0.5 if i else 0.3) * t[f"step0/random/{i:02d}"]
        y = F.linear(h, F.normalize(t[f"{prefix}{layer}.weight_v"].double(), dim=1))
        variance, mean = torch.var_mean(y, 0, correction=0)
        values[f"discriminator.{layer}.weight_g"] = variance.rsqrt()[:, None].float()
        values[f"discriminator.{layer}.bias"] = (-mean * variance.rsqrt()).float()
        h = F.relu((y - mean) / variance.sqrt())
    return values


def check_replay(case: Case, golden: Golden) -> None:
    """Initial weights, less the rate times each gradient, are the final weights; no other parameter stands still."""
    start = initialised(case)
    clip = case.config["settings"].get("clip")
    still = {*golden.without_gradient, *golden.cancelled}
    parameters = {key.split("/", 2)[2] for key in case.tensors if "/update" in key}
    for name in parameters:
        value = start.get(name, case.tensors[f"initial/{name}"]).clone()
        keys = sorted(key for key in case.tensors if "/update" in key and key.split("/", 2)[2] == name)
        for key in keys:
            # WGAN clips its critic before every update, DualGAN its two behind it.
            if clip and name.startswith("discriminator."):
                value.clamp_(-float(clip), float(clip))
            value -= golden.rate * case.tensors[key]
            if clip and name.startswith("discriminator_"):
                value.clamp_(-float(clip), float(clip))
            if name.endswith(".slope"):
                value.clamp_(0, 1)
        close(value, case.tensors[f"final/{name}"], f"{case.path}: replay of {name}", 1e-5 if start else 1e-6)
        moves = any(case.tensors[key].abs().max() > 1e-6 for key in keys)
        require(moves != (name in still), f"{case.path}: gradient of {name}")


def check_clipping(case: Case) -> None:
    """No parameter's gradient is longer than the limit; in every update some have its length and some are shorter."""
    limit = float(case.config["settings"].get("maxGradientNorm", 0))
    updates: dict[str, list[float]] = {}
    for key, value in case.tensors.items():
        if limit and "/update" in key:
            updates.setdefault("/".join(key.split("/")[:2]), []).append(value.norm().item() / limit)
    for update, lengths in updates.items():
        at_limit = [length for length in lengths if abs(length - 1) < 1e-5]
        require(max(lengths) < 1 + 1e-5, f"{case.path}: too long a gradient in {update}")
        require(0 < len(at_limit) < len(lengths), f"{case.path}: clipping of {update}")


def check_statistics(case: Case) -> None:
    """A discriminator's batch norms counted its passes over real images alone; Q's those over generated ones."""
    system = zoo.systems()[case.config["system"]]
    passes = 2 if isinstance(system, sgan.SGAN) else 1
    if not isinstance(system, (Adversarial, acgan.ACGAN, bgan.BGAN, ccgan.CCGAN, infogan.InfoGAN, sgan.SGAN)):
        return
    for key, value in case.tensors.items():
        if key.startswith(("final/discriminator", "final/recognition")) and key.endswith("num_batches_tracked"):
            expected = 2 if key.startswith("final/recognition") else passes
            require(value.item() == case.config["steps"] * expected, f"{case.path}: {key}")


def check_balance(case: Case) -> None:
    """The decoder rests in one step and the discriminator in the other, in the golden that is to show it."""
    if case.name == "vae-gan-balance":
        rests = [[float(case.tensors[f"step{k}/loss/balance/{player}"]) for player in "GD"] for k in (0, 1)]
        require(rests == [[0, 1], [1, 0]], f"{case.path}: who moves is {rests}")


def check_case(case: Case, golden: Golden) -> None:
    """Checks one of the family: it replays, each network learns, and both outcomes of a pool occur."""
    check_replay(case, golden)
    check_statistics(case)
    check_clipping(case)
    check_balance(case)
    largest: dict[str, float] = {}
    for key, value in case.tensors.items():
        if "/update" in key:
            network = key.split("/", 2)[2].split(".", 1)[0]
            largest[network] = max(largest.get(network, 0.0), value.abs().max().item())
    require(min(largest.values()) > 1e-3, f"{case.path}: vanishing gradients of {min(largest, key=largest.get)}")
    if case.name.startswith("cyclegan"):
        drawn = [key for key in case.tensors if key.startswith("step1/random/")]
        require(len(drawn) == 3, f"{case.path}: one pool should exchange and the other not")


def check_fixtures(fixtures: list[Fixture]) -> None:
    """Checks the family's fixtures."""
    goldens = {golden.name: golden for system in zoo.systems().values() for golden in system.goldens}
    for case in fixtures:
        if isinstance(case, Case) and case.family == FAMILY:
            check_case(case, goldens[case.name])


CHECKS: list[Callable[[], None]] = [
    check_information,
    check_semi_supervised,
    check_boundary_seeking,
    check_spectral,
    check_progressive,
    check_fused_scale,
    check_renormalisation,
    check_twins,
    check_pool,
    check_translators,
    check_discovery,
    check_autoencoding,
    check_shared_codes,
    check_styles,
    check_reduction,
    check_holes,
]
