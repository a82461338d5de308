"use strict";
// What lies beneath: depth, elements, coast and open sides. Drawn when the view changes, not when time passes.
const WATER = {
  vert: `
    precision highp float;
    attribute vec2 place; attribute float depth;
    uniform vec2 centre, scale; uniform float deepest;
    varying float part;
    void main() {
      part = clamp(depth / deepest, 0., 1.);
      gl_Position = vec4((place - centre) * scale, 0, 1);
    }`,
  frag: `
    precision highp float;
    uniform vec4 shallow, deep; varying float part;
    void main() { gl_FragColor = mix(shallow, deep, part); }`,
};
// Browsers draw lines one pixel wide: wider ones are made of two triangles each.
const SIDES = {
  vert: `
    precision highp float;
    attribute vec2 from, to, corner;
    uniform vec2 centre, scale, pixel; uniform float wide;
    void main() {
      vec2 a = (from - centre) * scale, b = (to - centre) * scale;
      vec2 along = normalize((b - a) / pixel + 1e-9);
      gl_Position = vec4(mix(a, b, corner.x) + vec2(-along.y, along.x) * pixel * wide * corner.y, 0, 1);
    }`,
  frag: `
    precision highp float;
    uniform vec4 colour;
    void main() { gl_FragColor = colour; }`,
};

async function makeWater(canvas) {
  const regl = createREGL({ canvas, extensions: ["OES_element_index_uint"], attributes: { antialias: true } });
  if (!about.water) return (view, inks) => regl.clear({ color: inks("--plain-water") });
  const [nodes, depth, triangles, coast, open] = await Promise.all(
    ["nodes", "depth", "triangles", "coast", "open"].map((name) => numbers("water-" + name)));
  const uniforms = { centre: regl.prop("centre"), scale: regl.prop("scale"), deepest: about.water.deepest,
    shallow: regl.prop("shallow"), deep: regl.prop("deep") };
  const attributes = { place: { buffer: regl.buffer(nodes), size: 2 }, depth: { buffer: regl.buffer(depth), size: 1 } };
  const both = { ...WATER, attributes, uniforms, depth: { enable: false } };
  const ground = regl({ ...both, elements: regl.elements({ data: triangles, primitive: "triangles", type: "uint32" }) });
  const blend = { enable: true, func: { srcRGB: "src alpha", srcAlpha: "one", dst: "one minus src alpha" } };
  const mesh = about.mesh && regl({ ...both, blend,
    elements: regl.elements({ data: innerSides(triangles), primitive: "lines", type: "uint32" }) });
  const lines = [[coast, "--coast", 0.8], [open, "--open", 1.6]].filter(([ends]) => ends.length)
    .map(([ends, ink, wide]) => [sidesDrawn(regl, nodes, ends), ink, wide]);
  return (view, inks) => {
    const seen = { centre: view.centre, scale: view.scale };
    regl.poll();
    regl.clear({ color: inks("--land") });
    ground(about.depth ? { ...seen, shallow: inks("--shallow"), deep: inks("--deep") }
      : { ...seen, shallow: inks("--plain-water"), deep: inks("--plain-water") });
    const fine = about.water.side * view.perMetre; // pixels of a side
    if (mesh && fine > 5) {
      const ink = [...inks("--mesh").slice(0, 3), Math.min(0.6, (fine - 5) / 20)];
      mesh({ ...seen, shallow: ink, deep: ink });
    }
    for (const [draw, ink, wide] of lines) draw({ ...seen, pixel: view.pixel, wide: wide * view.dense, colour: inks(ink) });
  };
}

// Each side of two elements once: they go round it in opposite ways. What has one element only is coast, or open.
function innerSides(triangles) {
  const sides = [];
  for (let i = 0; i < triangles.length; i += 3) {
    for (let j = 0; j < 3; j++) {
      const a = triangles[i + j], b = triangles[i + (j + 1) % 3];
      if (a < b) sides.push(a, b);
    }
  }
  return Uint32Array.from(sides);
}

function sidesDrawn(regl, nodes, ends) {
  const corners = [0, -1, 1, -1, 0, 1, 0, 1, 1, -1, 1, 1];
  const from = [], to = [], corner = [];
  for (let i = 0; i < ends.length; i += 2) {
    const a = 2 * ends[i], b = 2 * ends[i + 1];
    for (let j = 0; j < 12; j += 2) {
      from.push(nodes[a], nodes[a + 1]);
      to.push(nodes[b], nodes[b + 1]);
      corner.push(corners[j], corners[j + 1]);
    }
  }
  const given = (list) => ({ buffer: regl.buffer(new Float32Array(list)), size: 2 });
  return regl({ ...SIDES, depth: { enable: false }, count: from.length / 2, primitive: "triangles",
    attributes: { from: given(from), to: given(to), corner: given(corner) },
    uniforms: { centre: regl.prop("centre"), scale: regl.prop("scale"), pixel: regl.prop("pixel"),
      wide: regl.prop("wide"), colour: regl.prop("colour") } });
}
