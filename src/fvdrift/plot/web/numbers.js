"use strict";
// What the page was made of: `about`, and arrays of numbers as src/fvdrift/plot/quantised.py packs them.
const about = JSON.parse(document.getElementById("about").textContent);
const TYPES = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array, float32: Float32Array, float64: Float64Array };
const NOWHERE = 65535;

function bytesOf(text) {
  if (Uint8Array.fromBase64) return new Blob([Uint8Array.fromBase64(text)]);
  const step = 1 << 20; // letters, a multiple of 4
  const parts = [];
  for (let at = 0; at < text.length; at += step) {
    const letters = atob(text.slice(at, at + step)), bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    parts.push(bytes);
  }
  return new Blob(parts);
}

async function numbers(name) {
  const element = document.getElementById("array-" + name);
  const { type, rows } = about.arrays[name];
  const stream = bytesOf(element.textContent).stream().pipeThrough(new DecompressionStream("deflate"));
  const planes = new Uint8Array(await new Response(stream).arrayBuffer());
  element.remove();
  const wide = TYPES[type].BYTES_PER_ELEMENT, count = planes.length / wide;
  const bytes = new Uint8Array(planes.length);
  for (let plane = 0; plane < wide; plane++) {
    for (let i = 0, from = plane * count, to = plane; i < count; i++, from++, to += wide) bytes[to] = planes[from];
  }
  const found = new TYPES[type](bytes.buffer);
  const width = rows ? count / rows : count;
  for (let i = width; i < count; i++) found[i] += found[i - width]; // wraps, as the differences did
  return found;
}

// Which record comes at or before a time in seconds from the first, and how far the next one is: [row, part].
function between(seconds) {
  const times = about.seconds;
  let low = 0, high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle] <= seconds) low = middle; else high = middle - 1;
  }
  if (low === times.length - 1) return [low, 0];
  return [low, Math.max(0, (seconds - times[low]) / (times[low + 1] - times[low]))];
}

// The time for people, as fvdrift writes it.
function timeText(seconds) {
  const [row, part] = between(seconds);
  if (part === 0) return about.texts[row];
  if (about.calendar && !about.dated) return about.texts[row]; // browsers don't know older calendars
  return dateText(about.start + (about.backward ? -1000 : 1000) * seconds);
}

function dateText(milliseconds) {
  if (about.calendar) return new Date(milliseconds).toISOString().slice(0, 16).replace("T", " ") + " UTC";
  const day = Math.floor(milliseconds / 86400000), rest = new Date(milliseconds - 86400000 * day);
  return `day ${day} ${rest.toISOString().slice(11, 19)}`;
}

function spanText(seconds) {
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (seconds >= size) return `${+(seconds / size).toPrecision(3)} ${unit}`;
  }
  return `${+seconds.toPrecision(3)} s`;
}

function valueText(value, decimals) {
  if (!Number.isFinite(value)) return "–";
  if (decimals > 6 || Math.abs(value) >= 1e7) return String(+value.toPrecision(7));
  return value.toFixed(decimals);
}

// Decimals that a step of this size is worth.
function decimalsOf(step) {
  return Math.max(0, Math.ceil(-Math.log10(step) - 0.01));
}
