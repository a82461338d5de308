"""Random numbers from a counter against the published vectors of Random123, and against their
distribution."""

import os
import subprocess
import sys
import warnings

import numpy as np
import pytest

from fvdrift_kernels import philox
from fvdrift_kernels.jit import entry_point

VECTORS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


@entry_point
def compiled_philox(c0, c1, c2, c3, k0, k1):
    return philox.philox4x32(c0, c1, c2, c3, k0, k1)


@entry_point
def compiled_words(seed, particle, step, use):
    return philox.random_words(seed, particle, step, use)


@entry_point
def fill_uniforms(seed, use, out):
    for i in range(out.shape[0]):
        out[i, 0], out[i, 1] = philox.two_uniforms(seed, i, 7, use)


@entry_point
def ends_of_the_interval(high, low):
    return philox.uniform_from_words(high, low), philox.uniform_from_word(high)


def plain(function):
    return getattr(function, "py_func", function)


def words(text):
    return tuple(int(word, 16) for word in text.split())


@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_published_vectors_come_out_compiled_and_plain(counter, key, expected):
    assert compiled_philox(*words(counter), *words(key)) == words(expected)
    assert plain(philox.philox4x32)(*words(counter), *words(key)) == words(expected)


def test_seed_and_particle_use_all_their_64_bits():
    seed = 0x299F31D0A4093822
    particle = 0x05A308D3243F6A88
    expected = compiled_philox(0x243F6A88, 0x05A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)
    assert compiled_words(seed, particle, 0x13198A2E, 0x03707344) == expected
    assert compiled_words(seed, particle + 2**40, 0x13198A2E, 0x03707344) != expected
    assert compiled_words(seed + 2**40, particle, 0x13198A2E, 0x03707344) != expected


def test_plain_python_takes_numpy_integers_without_overflow():
    script = (
        "import warnings; warnings.simplefilter('error')\n"
        "import numpy as np\n"
        "from fvdrift_kernels import philox\n"
        "print(*philox.random_words(np.int64(2**62 + 5), np.int64(2**61 + 3), np.int32(9), philox.use_word(2, 1, 5)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    use = (2 << 24) | (1 << 23) | 5
    assert tuple(map(int, done.stdout.split())) == compiled_words(2**62 + 5, 2**61 + 3, 9, use)


def test_uses_of_one_step_never_share_numbers():
    use_word = plain(philox.use_word)
    uses = [
        use_word(purpose, part, sub) for purpose in range(5) for part in (0, 1) for sub in (0, 1, 2**23 - 1)
    ]
    assert len(set(uses)) == len(uses)
    assert max(uses) < 2**32


def test_uniforms_stay_inside_the_open_interval():
    largest, smallest = ends_of_the_interval(2**32 - 1, 2**32 - 1), ends_of_the_interval(0, 0)
    assert min(smallest) > 0.0
    assert max(largest) < 1.0
    assert largest[0] == 1.0 - 2.0**-53
    assert largest[1] == 1.0 - smallest[1]


def test_uniforms_are_uniform_and_independent():
    out = np.empty((200_000, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fill_uniforms(42, 1 << 24, out)
    # six standard errors of the mean, the variance and the correlation
    error = 6 / np.sqrt(len(out))
    assert abs(out.mean(axis=0) - 0.5).max() < error * np.sqrt(1 / 12)
    assert abs(out.var(axis=0) - 1 / 12).max() < error * np.sqrt(1 / 180)
    assert abs(np.corrcoef(out.T)[0, 1]) < error
    assert abs(np.corrcoef(out[:-1, 0], out[1:, 0])[0, 1]) < error
