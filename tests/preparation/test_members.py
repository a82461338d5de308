"""Ensembles: which members there are, what each has of the keys that vary, and what is said where that cannot
be."""

import json
from pathlib import Path

import numpy as np
import pytest

from fvdrift.errors import RunFileError
from fvdrift.preparation.members import Member, members_of, seeds_said
from fvdrift.settings import resolved_keys
from fvdrift.settings.load import load_run_file, run_file_from
from fvdrift.settings.resolved import as_written

MINIMAL = 'seed = 5\n[forcing]\nfiles = "flow.nc"\n[[release]]\npoint = [1, 2]\n[diffusion]\nhorizontal = "1 m2/s"\n'


def write(folder: Path, ensemble: str) -> Path:
    path = folder / "run.toml"
    path.write_text(f"{MINIMAL}{ensemble}\n", encoding="utf-8")
    return path


def members(folder: Path, ensemble: str) -> list[Member]:
    return members_of(load_run_file(write(folder, ensemble)))


def values(folder: Path, ensemble: str) -> list[dict]:
    return [member.values for member in members(folder, ensemble)]


def test_without_an_ensemble_there_is_the_run_file_itself(tmp_path):
    run_file = load_run_file(write(tmp_path, ""))
    (only,) = members_of(run_file)
    assert only.run_file is run_file
    assert (only.name, only.values) == ("", {})
    assert "ensemble" not in resolved_keys(run_file, whole=True)


def test_lists_are_combined_each_value_with_each_other(tmp_path):
    found = members(
        tmp_path,
        '[ensemble.vary]\ndiffusion.horizontal = ["0.1 m2/s", "10 m2/s", "smagorinsky"]\nrelease.0.count = [10, 20]',
    )
    assert [member.values for member in found] == [
        {"diffusion.horizontal": mixing, "release.0.count": count}
        for mixing in ("0.1 m2/s", "10 m2/s", "smagorinsky") for count in (10, 20)
    ]  # fmt: skip
    assert [member.run_file.diffusion.horizontal for member in found] == [
        0.1,
        0.1,
        10.0,
        10.0,
        "smagorinsky",
        "smagorinsky",
    ]
    assert [member.run_file.release[0].count for member in found] == [10, 20] * 3
    assert [member.name for member in found] == [f"member {n:02d}" for n in range(1, 7)]
    assert [member.run_file.output.file for member in found] == [
        f"tracks.member-{n:02d}.nc" for n in range(1, 7)
    ]
    assert all(member.run_file.seed == 5 and member.run_file.ensemble.off for member in found)


def test_lists_may_go_together(tmp_path):
    found = values(
        tmp_path,
        '[ensemble]\ncombine = "together"\n[ensemble.vary]\nseed = [1, 2]\nrelease.0.start = ["0h", 2020-05-01T06:00:00Z]',
    )
    assert found == [
        {"seed": 1, "release.0.start": "0h"},
        {"seed": 2, "release.0.start": "2020-05-01T06:00:00Z"},
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("seed = { from = 1, to = 5, count = 5 }", [1, 2, 3, 4, 5]),
        ('release.0.start = { from = "0h", to = "90 min", count = 4 }', ["0 s", "30 min", "1 h", "90 min"]),
        (
            "release.0.start = { from = 2020-05-01T00:00:00Z, to = 2020-05-02T00:00:00Z, count = 3 }",
            ["2020-05-01T00:00:00Z", "2020-05-01T12:00:00Z", "2020-05-02T00:00:00Z"],
        ),
        (
            'diffusion.horizontal = { from = "0.1 m2/s", to = "10 m2/s", count = 3, spacing = "log" }',
            ["0.1 m2/s", "1 m2/s", "10 m2/s"],
        ),
        ('behaviour.settling = { from = "-1 mm/s", to = "0.5 mm/s", count = 3 }', ["-1 mm/s", "-0.25 mm/s", "0.5 mm/s"]),
        ("release.0.sigma = { from = -1.0, to = 0.0, count = 3 }", [-1.0, -0.5, 0.0]),
        ("seed = { from = 4, to = 9, count = 1 }", [4]),
        ("diffusion.horizontal = { from = 0, to = 1, count = 5 }", [0, 0.25, 0.5, 0.75, 1]),
        (
            'diffusion.horizontal = { from = 1, to = 10, count = 4, spacing = "log" }',
            [1.0, pytest.approx(10 ** (1 / 3)), pytest.approx(10 ** (2 / 3)), 10.0],
        ),
        ("behaviour.lifespan = { from = 3600, to = 7300, count = 3 }", [3600, 5450, 7300]),
        ("release.0.count = { from = 1.0, to = 9.0, count = 3 }", [1, 5, 9]),
    ],
)  # fmt: skip
def test_ranges_go_from_end_to_end(tmp_path, written, expected):
    key = written.partition(" ")[0]
    assert [found[key] for found in values(tmp_path, f"[ensemble.vary]\n{written}")] == expected


def test_each_draws_a_seed_of_its_own_but_for_the_first(tmp_path):
    found = [each["seed"] for each in values(tmp_path, "[ensemble]\nmembers = 4")]
    assert found[0] == 5
    assert len(set(found)) == 4
    assert [each["seed"] for each in values(tmp_path, "[ensemble]\nmembers = 6")][:4] == found
    both = values(
        tmp_path, '[ensemble]\nmembers = 2\n[ensemble.vary]\ndiffusion.horizontal = ["1 m2/s", "2 m2/s"]'
    )
    # the same numbers for every strength of mixing
    assert [each["seed"] for each in both] == [*found[:2], *found[:2]]


@pytest.mark.parametrize(
    ("distribution", "expected"),  # its quantiles at 0.1, 0.5, 0.9
    [
        ("{ uniform = [0, 2] }", (0.2, 1.0, 1.8)),
        ("{ lognormal = [1, 2.0] }", (0.411, 1.0, 2.431)),
        ("{ log_uniform = [1, 10] }", (1.259, 3.162, 7.943)),
        ("{ normal = [50, 1] }", (48.718, 50.0, 51.282)),
        ('{ uniform = ["2 m2/s", "4 m2/s"] }', (2.2, 3.0, 3.8)),
        ('{ log_uniform = ["0.1 m2/s", "10 m2/s"] }', (0.1585, 1.0, 6.310)),
        ('{ normal = ["5 m2/s", "0.5 m2/s"] }', (4.359, 5.0, 5.641)),
        ('{ lognormal = ["2 m2/s", 1.5] }', (1.189, 2.0, 3.363)),
    ],
)
def test_draws_follow_their_distribution_and_stay_when_more_are_drawn(tmp_path, distribution, expected):
    def drawn(count: int) -> list[str]:
        text = f"[ensemble]\nmembers = {count}\n[ensemble.vary]\ndiffusion.horizontal = {distribution}"
        return [found["diffusion.horizontal"] for found in values(tmp_path, text)]

    found = drawn(900)
    assert all(str(text).endswith(" m2/s") == ("m2/s" in distribution) for text in found)
    numbers = np.array([float(str(text).removesuffix(" m2/s")) for text in found])
    spread = np.quantile(numbers, 0.9) - np.quantile(numbers, 0.1)
    assert np.allclose(np.quantile(numbers, [0.1, 0.5, 0.9]), expected, atol=0.08 * spread)
    assert len(set(found)) == 900
    assert drawn(20) == found[:20]


def test_a_number_of_particles_is_whole_and_each_as_often(tmp_path):
    text = "[ensemble]\nmembers = 900\n[ensemble.vary]\nrelease.0.count = { uniform = [1, 3] }"
    drawn = [found["release.0.count"] for found in values(tmp_path, text)]
    # 300 of each, with a standard deviation of 14; by rounding 225, 450, 225
    assert np.allclose(np.bincount(drawn, minlength=4), [0, 300, 300, 300], atol=55)


def test_more_members_leave_the_draws_there_are_beside_a_list(tmp_path):
    def found(count: int) -> list[dict]:
        vary = 'diffusion.horizontal = ["1 m2/s", "2 m2/s"]\nbehaviour.settling = { uniform = ["0 mm/s", "1 mm/s"] }'
        return values(tmp_path, f"[ensemble]\nmembers = {count}\n[ensemble.vary]\n{vary}")

    drawn = [[each["behaviour.settling"] for each in found(count)] for count in (1, 2, 5)]
    assert drawn[0] == drawn[1][::2] == drawn[2][::5]
    assert drawn[1][1::2] == drawn[2][1::5]
    assert len(set(drawn[2])) == 10  # the control: each member draws one of its own
    assert [each["diffusion.horizontal"] for each in found(2)] == ["1 m2/s", "1 m2/s", "2 m2/s", "2 m2/s"]


@pytest.mark.parametrize(
    ("ensemble", "said"),
    [
        ("[ensemble]\nmembers = 3", ""),
        ("[ensemble.vary]\nseed = [1, 2]", ""),
        ("[ensemble.vary]\nrelease.0.count = [1, 2]", "all 2 members have one seed"),
        ("[ensemble]\nmembers = 3\n[ensemble.vary]\nrelease.0.count = [1, 2]", "3 seeds for 6 members"),
    ],
)
def test_shared_seeds_are_said(tmp_path, ensemble, said):
    assert seeds_said(members(tmp_path, ensemble)).partition(":")[0] == said


def test_an_ensemble_reads_back_as_it_is_resolved_and_written(tmp_path):
    ensemble = (
        "[ensemble]\nmembers = 3\n[ensemble.vary]\n"
        'release.0.start = ["1h", 2020-05-01]\nbehaviour.windage = { normal = [0.02, 0.001] }'
    )
    run_file = load_run_file(write(tmp_path, ensemble))
    for tree in (resolved_keys(run_file, whole=True), as_written(run_file)):
        again = run_file_from(json.loads(json.dumps(tree)), run_file.path)
        assert again.ensemble == run_file.ensemble
        assert [member.values for member in members_of(again)] == [
            member.values for member in members_of(run_file)
        ]


@pytest.mark.parametrize(
    ("ensemble", "problem"),
    [
        (
            "[ensemble.vary]\nforcing.files = [1, 2]",
            "ensemble.vary.forcing.files: is the same for all members",
        ),
        ('[ensemble.vary]\ntime.step = ["1s", "2s"]', "ensemble.vary.time.step: is the same for all members"),
        (
            '[ensemble.vary]\nbehaviour.decay.half_life = ["1h", "2h"]',
            "ensemble.vary.behaviour.decay.half_life: decay cannot vary: make a run of its own for each value",
        ),
        (
            '[ensemble.vary]\nbehaviour.settlement = ["a", "b"]',
            "ensemble.vary.behaviour.settlement: is the same for all members",
        ),
        (
            "[ensemble.vary]\nseeds = [1, 2]",
            "ensemble.vary.seeds: is no key that can vary (did you mean seed?)",
        ),
        ("[ensemble.vary]\nseed = 3", "ensemble.vary.seed: 3 is one value: write a list"),
        ("[ensemble.vary]\nseed = []", "ensemble.vary.seed: must hold 1 to 999 values"),
        ("[ensemble.vary]\nseed = { from = 1, to = 4 }", "ensemble.vary.seed"),
        ('[ensemble.vary]\nseed = { from = 1, to = "4 m", count = 2 }', '1 and "4 m" must be of one unit'),
        (
            '[ensemble.vary]\nrelease.0.radius = { uniform = ["1 m", "2 km"] }',
            '"1 m" and "2 km" must be of one unit',
        ),
        (
            '[ensemble.vary]\nrelease.0.radius = { log_uniform = ["0 m", "2 m"] }',
            "log_uniform needs two values above 0",
        ),
        (
            '[ensemble.vary]\nrelease.0.radius = { normal = ["3 m", "-2 m"] }',
            "the standard deviation is below 0",
        ),
        (
            '[ensemble.vary]\nrelease.0.radius = { lognormal = ["3 m", "2 m"] }',
            "a factor of at least 1 without a unit",
        ),
        (
            '[ensemble.vary]\nrelease.0.radius = { normal = ["3 m"] }',
            "normal must be [mean and standard deviation]",
        ),
        (
            "[ensemble.vary]\nseed = { from = 1, to = 2, count = 5 }",
            "5 values from 1 to 2 hold 1 more than once: take fewer",
        ),
        ("[ensemble.vary]\nrelease.0.count = { uniform = [1.5, 4] }", "1.5 and 4 must be whole numbers"),
        ("[ensemble]\nmembers = 0", "ensemble.members: 0 must be at least 1"),
        ("[ensemble]\nvaries = 2", "ensemble.varies: unknown key"),
        ('[ensemble]\ncombine = "zip"', '"zip" must be "product", "together"'),
    ],
)
def test_what_cannot_vary_is_said_at_its_key(tmp_path, ensemble, problem):
    path = write(tmp_path, ensemble)
    with pytest.raises(RunFileError) as error:
        load_run_file(path)
    assert problem in str(error.value)
    assert str(path) in str(error.value)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    ("ensemble", "problem"),
    [
        (
            '[ensemble]\ncombine = "together"\n[ensemble.vary]\nseed = [1, 2]\nrelease.0.count = [1, 2, 3]',
            "lists that go together must be of one length: seed has 2, release.0.count has 3",
        ),
        ("[ensemble.vary]\nseed = { from = 1, to = 99, count = 99 }\nrelease.0.count = { from = 1, to = 99, count = 99 }",
         "9,801 combinations are more than 999"),
        ("[ensemble]\nmembers = 500\n[ensemble.vary]\nrelease.0.count = [1, 2, 3]", "1,500 members are more than 999"),
        ('[ensemble.vary]\ndiffusion.horizontal = ["1 m2/s", "1 m/s"]', "member 02: diffusion.horizontal (given beside it): "),
        ("[ensemble.vary]\nrelease.1.count = [1, 2]", "release has no number 1"),
        (
            "[ensemble]\nmembers = 2\n[ensemble.vary]\nseed = [1, 2]",
            "ensemble.members: member 01 and member 02 are the same run: where seed varies by a list, members makes copies",
        ),
        ('[ensemble.vary]\ndiffusion.horizontal = ["1 m2/s", 1.0]', "ensemble.vary: member 01 and member 02 are the same run"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_member_names_it(tmp_path, ensemble, problem):
    run_file = load_run_file(write(tmp_path, ensemble))
    with pytest.raises(RunFileError) as error:
        members_of(run_file)
    assert problem in str(error.value)
