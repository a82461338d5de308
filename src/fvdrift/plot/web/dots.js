"use strict";
// Particles as points. All records lie in buffers of the graphics card: a frame only says which two it lies between.
const DOTS = {
  vert: `
    precision highp float;
    attribute vec2 from, to; attribute float code, next;
    uniform vec2 centre, scale, origin, grain; uniform float part, size, gain, bias, none; uniform bool listed;
    uniform sampler2D inks; uniform vec4 dim;
    varying vec3 ink;
    void main() {
      bool here = from.x < 65534.5 && (part == 0. || to.x < 65534.5);
      vec2 place = origin + grain * (part == 0. ? from : mix(from, to, part));
      gl_Position = here ? vec4((place - centre) * scale, 0, 1) : vec4(2, 2, 2, 1);
      gl_PointSize = here ? size : 0.;
      float shown = listed || part == 0. || next == none ? code : mix(code, next, part);
      float shade = listed ? shown : clamp(shown * gain + bias, 0., 1.) * 255.;
      ink = code == none ? dim.rgb : texture2D(inks, vec2((shade + .5) / 256., .5)).rgb;
    }`,
  frag: `
    precision highp float;
    uniform vec4 rim; uniform float size;
    varying vec3 ink;
    void main() {
      float r = length(gl_PointCoord * 2. - 1.), soft = 2. / size;
      float there = clamp((1. - r) / soft + .5, 0., 1.);
      if (there == 0.) discard;
      float edge = size > 6. ? clamp((r - 1.) / soft + 1.6, 0., 1.) * .7 : 0.;
      gl_FragColor = vec4(mix(ink, rim.rgb, edge) * there, there);
    }`,
};
// Of few pixels: squares, which software draws in two thirds of the time.
const SMALL = 2.75;
const SQUARES = { frag: `
    precision highp float;
    varying vec3 ink;
    void main() { gl_FragColor = vec4(ink, 1.); }` };

async function makeDots(canvas) {
  const regl = createREGL({ canvas, attributes: { antialias: false, premultipliedAlpha: true, alpha: true } });
  const places = await numbers("places");
  const count = about.count, kept = regl.buffer(places);
  const values = {}, buffers = {}, opened = {};
  const ramp = regl.texture({ width: 256, height: 1, data: new Uint8Array(1024) });
  const prop = regl.prop;
  const common = { ...DOTS, primitive: "points", count: prop("count"), depth: { enable: false },
    attributes: { from: prop("from"), to: prop("to"), code: prop("code"), next: prop("next") },
    uniforms: { centre: prop("centre"), scale: prop("scale"), origin: about.box.map((axis) => axis[0]),
      grain: about.box.map((axis) => axis[1]), part: prop("part"), size: prop("size"), gain: prop("gain"),
      bias: prop("bias"), none: prop("none"), listed: prop("listed"), inks: ramp, dim: prop("dim"), rim: prop("rim") } };
  const discs = regl({ ...common, blend: { enable: true, func: { src: "one", dst: "one minus src alpha" } } });
  const squares = regl({ ...common, ...SQUARES });

  // A variable's values, once: opening all of them takes longer than anybody wants to wait for the first picture.
  function open(variable) {
    return opened[variable.name] ??= numbers("value-" + variable.name).then((codes) => {
      values[variable.name] = codes;
      buffers[variable.name] = regl.buffer(codes);
    });
  }

  function row(buffer, number, size, bytes, every) {
    return { buffer, size, offset: number * count * bytes, stride: bytes * every };
  }

  // state: view, seconds, size, variable; every: draws each so many-th particle; colours: of the 256 shades, [red, green, blue] each.
  function show(state, every, inks) {
    const [at, part] = between(state.seconds), after = part ? at + 1 : at;
    const { variable, view } = state, codes = values[variable.name], wide = codes.BYTES_PER_ELEMENT;
    const buffer = buffers[variable.name];
    const span = variable.span[1] - variable.span[0];
    regl.poll();
    regl.clear({ color: [0, 0, 0, 0] });
    const size = state.size * view.dense, draw = size < SMALL ? squares : discs;
    const [before, next] = variable.byParticle ? [0, 0] : [at, after];
    draw({ count: Math.ceil(count / every), from: row(kept, at, 2, 4, every), to: row(kept, after, 2, 4, every),
      code: row(buffer, before, 1, wide, every), next: row(buffer, next, 1, wide, every),
      centre: view.centre, scale: view.scale, part, size, none: variable.none,
      gain: variable.scale / span, bias: (variable.offset - variable.span[0]) / span, listed: isListed(variable),
      dim: inks("--dim"), rim: inks("--rim") });
  }

  function colours(list) {
    ramp({ width: 256, height: 1, mag: "nearest", min: "nearest", data: list.map((rgb) => [...rgb, 255]).flat() });
  }

  // Where a particle is, from the origin, null where it is nowhere then; the same rule as that of the shader.
  function place(particle, seconds) {
    const [at, part] = between(seconds);
    const i = 2 * (at * count + particle), j = part ? i + 2 * count : i;
    if (places[i] === NOWHERE || places[j] === NOWHERE) return null;
    return about.box.map(([start, step], axis) =>
      start + step * (places[i + axis] + part * (places[j + axis] - places[i + axis])));
  }

  // The value of a particle, NaN where it has none, or is not open yet: of the record before for what is a list.
  function value(particle, variable, seconds) {
    const [at, part] = between(seconds), codes = values[variable.name];
    if (!codes) return NaN;
    const code = codes[variable.byParticle ? particle : at * count + particle];
    if (code === variable.none) return NaN;
    let shown = code;
    if (part && !variable.byParticle && !variable.flags.length) {
      const next = codes[(at + 1) * count + particle];
      if (next !== variable.none) shown += part * (next - code);
    }
    return variable.offset + variable.scale * shown;
  }

  // How many are somewhere, and how many have each number, [there, by number], at the record before.
  function present(variable, seconds) {
    const [at] = between(seconds), codes = values[variable.name], by = new Map();
    let there = 0;
    for (let i = 0; i < count; i++) {
      if (places[2 * (at * count + i)] === NOWHERE) continue;
      there++;
      if (!isListed(variable)) continue;
      const code = codes[variable.byParticle ? i : at * count + i];
      by.set(code, (by.get(code) || 0) + 1);
    }
    return [there, by];
  }

  return { open, show, colours, place, value, present };
}

// Whether each value has a colour of its own: then there are few, and they are whole.
function isListed(variable) {
  return variable.flags.length > 0 && variable.scale === 1 && variable.none < 256;
}
