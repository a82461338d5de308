"""Pages of `fvdrift plot -o NAME.html` in a real browser: they open, play, answer a click, change colours."""

import io
import json

import netCDF4
import numpy as np
import pytest
from PIL import Image
from tests.plot.conftest import EXITED, RECORDS, SETTLED, write_case, write_many

from fvdrift.cli import main
from headless import settle

pytestmark = pytest.mark.extras


def made(folder, geographic):
    case = write_case(folder / "here", geographic)
    path = case.tracks.with_suffix(".html")
    assert main(["plot", str(case.tracks), "-o", str(path), "--quiet"]) == 0
    return case, path


@pytest.fixture(scope="session")
def _both(tmp_path_factory):
    return [made(tmp_path_factory.mktemp("case"), geographic) for geographic in (False, True)]


@pytest.fixture(params=[0, 1], ids=["metres", "degrees"])
def each(request, _both):
    """A case and its page."""
    return _both[request.param]


@pytest.fixture
def metres(_both):
    """A case in metres and its page."""
    return _both[0]


def pixels(page) -> np.ndarray:
    """The map: int (height, width, 3)."""
    image = page.locator("#map").screenshot()
    return np.asarray(Image.open(io.BytesIO(image)).convert("RGB")).astype(int)


def track_pixels(page) -> int:
    """How many pixels have the colour of the track of the particle chosen."""
    return int((np.abs(pixels(page) - np.array([0xC2, 0x18, 0x5B])).sum(axis=2) < 12).sum())


def seek(page, row: float) -> None:
    page.evaluate(f"fvdrift.seek({3600 * row})")
    settle(page)


def click(page, particle: int) -> None:
    """At the place of a particle on the screen."""
    x, y = page.evaluate(f"fvdrift.pixel({particle})")
    page.locator("#map").click(position={"x": x, "y": y})
    settle(page)


def shown(page) -> dict[str, str]:
    """What the page says of the particle chosen."""
    return dict(
        page.evaluate(
            "[...document.querySelectorAll('#particle td')].map(td => [td.dataset.of, td.textContent])"
        )
    )


def column(case, name):
    with netCDF4.Dataset(case.tracks) as file:
        return np.ma.filled(file[name][...].astype(float), np.nan)


def alone(case, row: int) -> int:
    """The active particle that is farthest from any other."""
    x, y = case.x[:, row], case.y[:, row]
    apart = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(apart, np.nan)
    nearest = np.full(len(x), -1.0)
    there = np.isfinite(x)
    nearest[there] = np.nanmin(apart[there], axis=1)
    nearest[:5] = -1
    return int(nearest.argmax())


def test_it_opens_and_shows_the_map(each, opened):
    _, path = each
    page = opened(path)
    assert page.title() == page.locator("h1").text_content() == "A channel"
    assert page.locator("#how-many").text_content() == "40 particles, 29 of them present"
    assert page.locator("#now").text_content() == "2020-05-01 00:00 UTC"
    assert page.locator("#trouble").text_content() == ""
    colours = {tuple(rgb) for rgb in pixels(page).reshape(-1, 3)}
    assert {(0xE9, 0xE5, 0xDC), (0x00, 0x72, 0xB2)} <= colours, "land, and the open boundary or a release"
    assert len(colours) > 50, "depth"


def test_it_plays_and_stops(metres, opened):
    _, path = metres
    page = opened(path)
    before = pixels(page)
    page.keyboard.press("Space")
    page.wait_for_function("+document.getElementById('time').value > 3600")
    page.keyboard.press("Space")
    settle(page)
    now, later = page.locator("#now").text_content(), pixels(page)
    assert now > "2020-05-01 01:00"
    assert 0.001 < (np.abs(later - before).sum(axis=2) > 60).mean() < 0.3, "particles moved, the map did not"
    page.wait_for_timeout(200)
    assert page.locator("#now").text_content() == now
    page.locator("#speed").select_option(index=6)
    page.locator("#play").click()
    page.wait_for_function("document.getElementById('play').textContent === 'Play'")
    assert page.locator("#now").text_content() == "2020-05-01 06:00 UTC", "it stops at the end"


def test_arrows_go_from_record_to_record(metres, opened):
    _, path = metres
    page = opened(path)
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "End", "ArrowRight", "Home"):
        page.keyboard.press(key)
        settle(page)
        seen.append(page.locator("#now").text_content()[11:13])
    assert seen == ["01", "02", "01", "06", "06", "00"]
    seek(page, 1.5)
    assert page.locator("#now").text_content() == "2020-05-01 01:30 UTC"
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert page.locator("#now").text_content() == "2020-05-01 01:00 UTC"


@pytest.mark.parametrize("row", [0, 3])
def test_a_click_on_a_particle_says_what_the_tracks_say(each, opened, row):
    case, path = each
    page = opened(path)
    seek(page, row)
    particle = alone(case, row)
    before = track_pixels(page)
    click(page, particle)
    said = shown(page)
    assert said["number"] == str(particle)
    assert said["release"] == ["Río", "sea"][particle % 2]
    assert said["status"] == "active"
    assert said["dry"] == "wet"
    assert said["born"] == f"2020-05-01 0{0 if particle < 30 else 2}:00 UTC"
    assert float(said["temp"].split()[0]) == pytest.approx(10 + particle, abs=1e-3)
    assert float(said["depth"].split()[0]) == pytest.approx(1 + row, abs=1e-3)
    assert float(said["age"].split()[0]) == pytest.approx(row if particle < 30 else row - 2, abs=1e-3)
    x, y = case.place(case.x[particle, row], case.y[particle, row])
    if case.geographic:
        lat, north, lon, west = said["place"].replace("°", "").replace(",", "").split()
        assert (north, west) == ("N", "W")
        assert (-float(lon), float(lat)) == pytest.approx((x, y), abs=2e-5)
    else:
        assert [float(part) for part in said["place"].removesuffix("\u00a0m").split(", ")] == pytest.approx(
            [x, y], abs=0.3
        )
    assert track_pixels(page) > 50 + before
    page.keyboard.press("Escape")
    settle(page)
    assert shown(page) == {}
    assert track_pixels(page) == before


def test_between_records_a_particle_is_between_its_places(metres, opened):
    case, path = metres
    page = opened(path)
    particle, at = alone(case, 3), {}
    for row in (3, 4, 3.25):
        seek(page, row)
        at[row] = page.evaluate(f"fvdrift.pixel({particle})")
    assert at[3.25] == pytest.approx(
        [0.75 * a + 0.25 * b for a, b in zip(at[3], at[4], strict=True)], abs=0.01
    )
    x, y = map(round, at[3.25])
    blue, vermilion = [0x00, 0x72, 0xB2], [0xD5, 0x5E, 0x00]
    assert pixels(page)[y, x].tolist() == [blue, vermilion][particle % 2], "the shader draws it there too"


def test_what_left_is_gone_and_what_settled_stays(metres, opened):
    _, path = metres
    page = opened(path)
    there = {}
    for row in range(RECORDS):
        seek(page, row)
        there[row] = page.evaluate(f"[fvdrift.pixel({EXITED}) !== null, fvdrift.pixel({SETTLED}) !== null]")
    assert [there[row] for row in range(RECORDS)] == [[row <= 4, True] for row in range(RECORDS)]
    assert page.locator("#how-many").text_content() == "40 particles, 37 of them present"


def test_another_variable_has_other_colours_and_another_legend(metres, opened):
    case, path = metres
    page = opened(path)
    seek(page, 4)
    seen = {}
    for name in ("release", "status", "temp", "age"):
        page.locator("#color").select_option(name)
        settle(page)
        seen[name] = pixels(page)
    images = list(seen.values())
    assert all((a != b).any() for n, a in enumerate(images) for b in images[:n])
    assert "≤" not in page.locator("#legend").text_content()
    page.locator("#color").select_option("status")
    settle(page)
    status = column(case, "status")[:, 4]
    items = "[...document.querySelectorAll('#legend li')]"
    counts = dict(page.evaluate(f"{items}.map(li => [li.children[1].textContent, li.lastChild.textContent])"))
    assert counts == {
        "active": str((status == 1).sum()),
        "stranded": "1",
        "settled": "1",
        "exited": "1",
        "dead": "0",
    }
    x, y = map(round, page.evaluate(f"fvdrift.pixel({alone(case, 4)})"))
    assert seen["status"][y, x].tolist() == [0x00, 0x72, 0xB2], "active"
    x, y = map(round, page.evaluate(f"fvdrift.pixel({SETTLED})"))
    assert seen["status"][y, x].tolist() == [0x00, 0x9E, 0x73], "settled"


def test_the_map_moves_and_comes_back(metres, opened):
    _, path = metres
    page = opened(path)
    box = page.locator("#map").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before, ruler = page.evaluate("fvdrift.pixel(20)"), page.locator("#ruler-text").text_content()
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] - 25, steps=4)
    page.mouse.up()
    settle(page)
    assert page.evaluate("fvdrift.pixel(20)") == pytest.approx([before[0] + 60, before[1] - 25], abs=0.01)
    assert shown(page) == {}, "who drags does not choose"
    page.mouse.wheel(0, -1000)
    settle(page)
    assert page.locator("#ruler-text").text_content() != ruler
    page.locator("#whole").click()
    settle(page)
    assert page.evaluate("fvdrift.pixel(20)") == pytest.approx(before, abs=0.01)


def test_it_can_be_read_in_the_dark_and_on_a_telephone(metres, opened):
    _, path = metres
    dark = opened(path, color_scheme="dark", viewport={"width": 390, "height": 800}, has_touch=True)
    body = dark.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, body.removeprefix("rgb(").removesuffix(")").split(","))) < 150
    assert (pixels(dark).sum(axis=2) < 300).mean() > 0.5
    assert dark.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is beyond its side"
    x, y = dark.evaluate("fvdrift.pixel(20)")
    box = dark.locator("#map").bounding_box()
    dark.touchscreen.tap(box["x"] + x, box["y"] + y)
    settle(dark)
    assert "number" in shown(dark)


@pytest.mark.parametrize(("count", "records"), [(1, 1), (1, 3), (3, 1)])
def test_few_particles_and_records_open_too(tmp_path, opened, count, records):
    tracks = tmp_path / "few.nc"
    write_many(tracks, count, records)
    assert main(["plot", str(tracks), "-o", str(tmp_path / "few.html"), "--quiet"]) == 0
    page = opened(tmp_path / "few.html")
    assert page.locator("#play").is_disabled() == (records == 1)
    assert "without mesh" in page.locator("#notes").text_content()
    click(page, 0)
    assert shown(page)["number"] == "0"
    assert (np.ptp(pixels(page).reshape(-1, 3), axis=0) > 50).any()


def test_a_title_cannot_break_out(tmp_path, opened):
    tracks = tmp_path / "few.nc"
    write_many(tracks, 2)
    evil = "</script><script>document.body.remove()</script>"
    assert main(["plot", str(tracks), "-o", str(tmp_path / "few.html"), "--title", evil, "--quiet"]) == 0
    page = opened(tmp_path / "few.html")
    assert page.locator("h1").text_content() == page.title() == evil


def test_two_fingers_zoom_about_what_they_hold(metres, opened):
    _, path = metres
    page = opened(path, has_touch=True)
    box = page.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = [page.evaluate(f"fvdrift.pixel({particle})") for particle in (20, 21)]
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *apart: int) -> None:
        points = [{"x": x + side * half, "y": y, "id": side + 1} for half in apart for side in (-1, 1)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", 50)
    fingers("touchMove", 75)
    fingers("touchMove", 100)
    fingers("touchEnd")
    settle(page)
    after = [page.evaluate(f"fvdrift.pixel({particle})") for particle in (20, 21)]
    middle = np.array([box["width"] / 2, box["height"] / 2])
    assert np.array(after) - middle == pytest.approx(2 * (np.array(before) - middle), abs=1.0)
    assert shown(page) == {}


def test_a_backward_run_plays_to_its_earliest_time(tmp_path, opened):
    case, path = made(tmp_path, False)
    with netCDF4.Dataset(case.tracks, "a") as file:
        file["time"][...] = np.asarray(file["time"][...])[..., ::-1]
        file.run_file = json.dumps({**json.loads(file.run_file), "time": {"direction": "backward"}})
    assert main(["plot", str(case.tracks), "-o", str(path), "--quiet"]) == 0
    page = opened(path)
    seen = []
    for row in (0, 1.5, 6):
        seek(page, row)
        seen.append(page.locator("#now").text_content()[11:16])
    assert seen == ["06:00", "04:30", "00:00"]
    seek(page, 4)
    click(page, 35)
    assert {name: shown(page)[name] for name in ("born", "age")} == {
        "born": "2020-05-01 04:00 UTC",
        "age": "2 h",
    }


def test_of_many_particles_a_slow_browser_draws_some_while_it_plays(tmp_path, opened):
    tracks = tmp_path / "many.nc"
    write_many(tracks, 50_000, records=3)
    assert main(["plot", str(tracks), "-o", str(tmp_path / "many.html"), "--quiet"]) == 0
    page = opened(tmp_path / "many.html")
    seek(page, 1)  # in the middle of the map
    for _ in range(30):
        page.keyboard.press("+")
    settle(page)
    whole = pixels(page)
    processor = page.context.new_cdp_session(page)
    processor.send("Emulation.setCPUThrottlingRate", {"rate": 40})
    page.locator("#speed").select_option(index=0)
    page.evaluate("document.getElementById('speed').selectedOptions[0].value = 1e-6")  # all but stands
    page.keyboard.press("Space")
    page.wait_for_function(
        "document.getElementById('part').textContent.includes('drawn while it plays')", timeout=60_000
    )
    assert (pixels(page) != whole).any(axis=2).sum() > 500
    page.keyboard.press("Space")
    processor.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    settle(page)
    assert page.locator("header p").text_content() == "50,000 particles, 50,000 of them present"
    seek(page, 1)
    assert np.array_equal(pixels(page), whole)
