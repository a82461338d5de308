"use strict";
// The view, the clock, the particle that was chosen, and what can be set.
const SPEEDS = [0.125, 0.25, 0.5, 1, 2, 4, 8];
const WHOLE = 20; // seconds that a run takes to play, at the usual speed
const METRES_PER_DEGREE = 6371000 * Math.PI / 180;
const SLOW = 180, FAST = 60, MANY = 20_000; // milliseconds between frames, and particles: see `hurry`

async function main() {
  const map = $("map"), canvases = ["water", "dots", "track"].map($);
  const pen = canvases[2].getContext("2d");
  const [drawWater, dots] = [await makeWater(canvases[0]), await makeDots(canvases[1])];
  const [ids, born] = [await numbers("numbers"), await numbers("born")];
  const end = about.seconds.at(-1);
  const [x0, x1, y0, y1] = about.extent;
  const perY = about.geographic ? METRES_PER_DEGREE : 1;
  const perX = about.geographic ? METRES_PER_DEGREE * Math.cos((y0 + y1) / 2 * Math.PI / 180) : 1;
  const state = { seconds: 0, size: usualSize(about.count), variable: about.variables.find((v) => v.name === about.color),
    view: { centre: [0, 0], perMetre: 1, dense: 1 }, chosen: null, playing: false };
  let moved = true, passed = true, last = null, counted = -1, frames = 0;
  let every = 1, took = 100;

  // The view ------------------------------------------------------------------------------------------------
  function fit() {
    const wide = (x1 - x0) * perX, tall = (y1 - y0) * perY;
    state.view.perMetre = Math.min(map.clientWidth / wide, map.clientHeight / tall);
    state.view.centre = [(x0 + x1) / 2 - about.origin[0], (y0 + y1) / 2 - about.origin[1]];
    state.view.closest = 200; // pixels a metre
    state.view.farthest = state.view.perMetre / 20;
    state.view.whole = state.view.perMetre;
    moved = true;
  }
  function resize() {
    const dense = state.view.dense = Math.min(devicePixelRatio || 1, 2);
    for (const canvas of canvases) {
      canvas.width = Math.max(1, Math.round(map.clientWidth * dense));
      canvas.height = Math.max(1, Math.round(map.clientHeight * dense));
    }
    moved = true;
  }
  // CSS pixels of the map to units from the origin, and back.
  function placeAt(px, py) {
    const { centre, perMetre } = state.view;
    return [centre[0] + (px - map.clientWidth / 2) / (perMetre * perX), centre[1] - (py - map.clientHeight / 2) / (perMetre * perY)];
  }
  function pixelOf(place) {
    const { centre, perMetre } = state.view;
    return [map.clientWidth / 2 + (place[0] - centre[0]) * perMetre * perX, map.clientHeight / 2 - (place[1] - centre[1]) * perMetre * perY];
  }
  function zoom(factor, px = map.clientWidth / 2, py = map.clientHeight / 2) {
    const { view } = state, kept = placeAt(px, py);
    view.perMetre = Math.min(view.closest, Math.max(view.farthest, view.perMetre * factor));
    const now = placeAt(px, py);
    view.centre = [view.centre[0] + kept[0] - now[0], view.centre[1] + kept[1] - now[1]];
    moved = true;
  }
  function pan(dx, dy) {
    const { view } = state;
    view.centre = [view.centre[0] - dx / (view.perMetre * perX), view.centre[1] + dy / (view.perMetre * perY)];
    moved = true;
  }
  function showRuler() {
    const most = Math.min(160, map.clientWidth / 3) / state.view.perMetre, power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((n) => n * power).find((n) => n <= most);
    $("ruler-text").textContent = length >= 1000 ? `${length / 1000} km` : `${+length.toPrecision(1)} m`;
    $("ruler-bar").style.width = `${length * state.view.perMetre}px`;
  }

  // Points grow a little with the map: who zooms in sees fewer of them.
  function points() {
    return state.size * Math.min(4, Math.max(1, state.view.perMetre / state.view.whole) ** 0.4);
  }

  // Drawing -------------------------------------------------------------------------------------------------
  function frame(now) {
    if (state.playing) {
      const speed = +$("speed").value;
      if (last !== null) {
        state.seconds = Math.min(end, state.seconds + speed * Math.min(now - last, 1000) / 1000);
        hurry(now - last);
      }
      last = now;
      passed = true;
      if (state.seconds >= end) play(false);
    }
    if (moved || passed) draw();
    requestAnimationFrame(frame);
  }
  // Where a browser is slow, only some of many particles are drawn while they play, and the page says so.
  function hurry(milliseconds) {
    took = 0.7 * took + 0.3 * milliseconds;
    const wanted = took > SLOW ? Math.min(every * 2, Math.ceil(about.count / MANY)) : took < FAST ? every / 2 : every;
    setEvery(Math.max(1, Math.ceil(wanted)));
  }
  function setEvery(wanted) {
    if (wanted === every) return;
    every = wanted;
    took = (SLOW + FAST) / 2;
    $("part").textContent = every > 1 ? `, 1 in ${every} drawn while it plays` : "";
  }
  function draw() {
    const { view } = state, { clientWidth: wide, clientHeight: tall } = map;
    view.scale = [2 * view.perMetre * perX / wide, 2 * view.perMetre * perY / tall];
    view.pixel = [2 / (wide * view.dense), 2 / (tall * view.dense)];
    if (moved) {
      drawWater(view, ink);
      showRuler();
    }
    if (passed) {
      $("now").textContent = timeText(state.seconds);
      $("time").value = state.seconds;
      $("time").setAttribute("aria-valuetext", $("now").textContent);
      showParticle(state.chosen, dots, state.seconds, ids, born);
      const [row] = between(state.seconds);
      if (row !== counted) showCounts(state.variable, dots, state.seconds);
      counted = row;
    }
    dots.show({ ...state, size: points() }, state.playing ? every : 1, ink);
    drawTrack();
    moved = passed = false;
    frames++;
  }
  // The whole way of the particle chosen, and a ring round it.
  function drawTrack() {
    canvases[2].hidden = state.chosen === null; // a layer that is there costs a browser without a graphics card 30 ms
    if (state.chosen === null) return;
    const { dense } = state.view;
    pen.setTransform(dense, 0, 0, dense, 0, 0);
    pen.clearRect(0, 0, map.clientWidth, map.clientHeight);
    const way = new Path2D();
    let before = null, start = null;
    for (const seconds of about.seconds) {
      const place = dots.place(state.chosen, seconds), pixel = place && pixelOf(place);
      if (pixel && before) way.lineTo(...pixel); else if (pixel) way.moveTo(...pixel);
      start ??= pixel;
      before = pixel;
    }
    pen.lineJoin = pen.lineCap = "round";
    for (const [colour, width] of [[inkText("--halo"), 4.5], [inkText("--track"), 2.2]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = width;
      pen.stroke(way);
    }
    if (start) ring(start, 4, inkText("--halo"));
    const place = dots.place(state.chosen, state.seconds);
    if (place) ring(pixelOf(place), points() / 2 + 4, null);
  }
  function ring([x, y], radius, fill) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 7);
    if (fill) { pen.fillStyle = fill; pen.fill(); }
    pen.stroke();
  }
  function recolour() {
    dots.colours(coloursOf(state.variable));
    showLegend(state.variable);
    const water = about.water && about.depth;
    $("depth-legend").hidden = !about.water;
    $("depth-bar").hidden = !water;
    $("depth-bar").style.background = `linear-gradient(to right, ${inkText("--shallow")}, ${inkText("--deep")})`;
    counted = -1;
    moved = passed = true;
  }

  // The clock -----------------------------------------------------------------------------------------------
  function play(on) {
    if (on && state.seconds >= end) state.seconds = 0;
    state.playing = on && end > 0;
    last = null;
    if (!state.playing) setEvery(1);
    $("play").textContent = state.playing ? "Pause" : "Play";
    $("play").setAttribute("aria-label", $("play").textContent);
    passed = true;
  }
  function seek(seconds) {
    state.seconds = Math.min(end, Math.max(0, seconds));
    passed = true;
  }
  function byRecord(way) {
    const [row, part] = between(state.seconds);
    play(false);
    seek(about.seconds[Math.max(0, Math.min(about.seconds.length - 1, way > 0 ? row + 1 : part ? row : row - 1))]);
  }

  // The particle --------------------------------------------------------------------------------------------
  function choose(particle) {
    state.chosen = particle;
    $("number").value = particle === null ? "" : ids[particle];
    passed = true;
  }
  function nearest(px, py, reach) {
    let found = null, least = reach * reach;
    for (let i = 0; i < about.count; i++) {
      const place = dots.place(i, state.seconds);
      if (!place) continue;
      const [x, y] = pixelOf(place), apart = (x - px) ** 2 + (y - py) ** 2;
      if (apart <= least) [found, least] = [i, apart];
    }
    return found;
  }

  listen(map, { pan, zoom, look: ([x, y]) => {
    $("where").textContent = placeText(placeAt(x, y).map((unit, axis) => unit + about.origin[axis]));
  }, press: ([x, y], touched) => choose(nearest(x, y, Math.max(touched ? 22 : 10, points()))) });
  map.addEventListener("pointerleave", () => { $("where").textContent = ""; });

  // Keys ----------------------------------------------------------------------------------------------------
  const KEYS = { " ": () => play(!state.playing), ArrowRight: () => byRecord(1), ArrowLeft: () => byRecord(-1),
    ArrowUp: () => zoom(1.25), ArrowDown: () => zoom(0.8), Home: () => seek(0), End: () => seek(end),
    "+": () => zoom(1.25), "-": () => zoom(0.8), 0: fit, Escape: () => choose(null) };
  document.addEventListener("keydown", (event) => {
    const typed = event.target.closest("select, button, input:not(#time)");
    if (typed && event.key !== "Escape" || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  // What can be set -----------------------------------------------------------------------------------------
  for (const variable of about.variables) make("option", variable.text, $("color")).value = variable.name;
  $("color").value = state.variable.name;
  $("color").addEventListener("change", (event) => {
    const wanted = about.variables.find((variable) => variable.name === event.target.value);
    dots.open(wanted).then(() => {
      if ($("color").value !== wanted.name) return; // another was chosen meanwhile
      state.variable = wanted;
      recolour();
    });
  });
  for (const times of SPEEDS) make("option", `${spanText(times * end / WHOLE)} a second`, $("speed")).value = times * end / WHOLE;
  $("speed").selectedIndex = SPEEDS.indexOf(1);
  $("size").value = state.size;
  $("size").addEventListener("input", (event) => { state.size = +event.target.value; moved = true; });
  $("time").max = end;
  $("time").addEventListener("input", (event) => { play(false); seek(+event.target.value); });
  for (const id of ["play", "speed", "time"]) $(id).disabled = end === 0;
  $("play").addEventListener("click", () => play(!state.playing));
  $("number").addEventListener("change", (event) => {
    const found = ids.indexOf(+event.target.value);
    choose(event.target.value === "" || found < 0 ? null : found);
  });
  $("let-go").addEventListener("click", () => choose(null));
  $("closer").addEventListener("click", () => zoom(1.5));
  $("farther").addEventListener("click", () => zoom(1 / 1.5));
  $("whole").addEventListener("click", fit);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
  new ResizeObserver(resize).observe(map);
  if (about.water) $("deepest").textContent = `≥ ${+about.water.deepest.toPrecision(2)}`;
  $("open-line").hidden = !about.water?.open;
  $("notes").textContent = notes();

  await dots.open(state.variable);
  resize();
  fit();
  recolour();
  $("trouble").textContent = "";
  requestAnimationFrame(frame);
  const others = (async () => {
    for (const variable of about.variables) await dots.open(variable);
    passed = true;
  })();
  // for who drives the page from outside
  window.fvdrift = { opened: others, frames: () => frames, seek, pixel: (particle) => {
    const place = dots.place(particle, state.seconds);
    return place && pixelOf(place);
  } };
}

function usualSize(count) {
  return Math.min(12, Math.max(2, Math.round(2 * 22 / count ** 0.2) / 2));
}

function notes() {
  return [about.water ? null : "without mesh, coast and depth, as their forcing was not there", `${about.seconds.length.toLocaleString("en")} of ${about.records.toLocaleString("en")} records`,
    `places are within ${about.resolution} of those in the tracks, and between records on a straight line`,
    `fvdrift ${about.version}`].filter(Boolean).join("; ") + ".";
}

function trouble(error) {
  const old = typeof DecompressionStream === "undefined";
  $("trouble").textContent = old ? "This browser is too old for the page: it needs one of 2023 or later."
    : /webgl/i.test(error.message) ? "This page needs WebGL, which this browser does not have or has switched off."
    : `The page cannot be shown: ${error.message}`;
  throw error;
}

main().catch(trouble);
