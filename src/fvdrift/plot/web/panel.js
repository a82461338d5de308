"use strict";
// What stands beside the map: legends, and the particle that was chosen.
const VIRIDIS = ["#440154", "#48186a", "#472d7b", "#424086", "#3b528b", "#33638d", "#2c728e", "#26828e", "#21918c",
  "#1fa088", "#28ae80", "#3fbc73", "#5ec962", "#84d44b", "#addc30", "#d8e219", "#fde725"];
const $ = (id) => document.getElementById(id);

function rgb(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

function make(tag, text, parent) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (parent) parent.append(element);
  return element;
}

// A colour of the style sheet, as it is in the light or in the dark: text, or four numbers to one.
function inkText(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
function ink(name) {
  return [...rgb(inkText(name)).map((part) => part / 255), 1];
}

// The part of viridis that stands out from the water.
function shadeOf(part) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const at = (dark ? 0.2 + 0.8 * part : 0.93 * part) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(at), VIRIDIS.length - 2), [a, b] = [rgb(VIRIDIS[low]), rgb(VIRIDIS[low + 1])];
  return a.map((first, i) => Math.round(first + (at - low) * (b[i] - first)));
}

function flagColour(hex) {
  return hex === "#000000" ? inkText("--black") : hex;
}

// The 256 colours of a variable: by number where it is a list.
function coloursOf(variable) {
  if (!isListed(variable)) return Array.from({ length: 256 }, (_, i) => shadeOf(i / 255));
  const list = Array(256).fill(rgb(inkText("--dim")));
  for (const [number, , colour] of variable.flags) {
    if (number - variable.offset >= 0 && number - variable.offset < 255) list[number - variable.offset] = rgb(flagColour(colour));
  }
  return list;
}

function showLegend(variable) {
  const box = $("legend");
  box.replaceChildren();
  if (isListed(variable)) {
    const list = make("ul", undefined, box);
    for (const [number, name, colour] of variable.flags) {
      if (!variable.drawn.includes(number)) continue;
      const line = make("li", undefined, list);
      make("i", undefined, line).style.background = flagColour(colour);
      make("span", name, line);
      make("b", "", line).dataset.number = number;
    }
    return;
  }
  const bar = make("div", undefined, box), ends = make("div", undefined, box);
  bar.className = "bar";
  ends.className = "ends";
  const stops = Array.from({ length: 17 }, (_, i) => `rgb(${shadeOf(i / 16)})`);
  bar.style.background = `linear-gradient(to right, ${stops})`;
  const [low, high] = variable.span, decimals = Math.min(6, decimalsOf((high - low) / 100));
  const beyond = 0.005 * (high - low);
  make("span", (variable.seen[0] < low - beyond ? "≤ " : "") + valueText(low, decimals), ends);
  make("span", valueText((low + high) / 2, decimals), ends);
  make("span", (variable.seen[1] > high + beyond ? "≥ " : "") + valueText(high, decimals), ends);
}

function showCounts(variable, dots, seconds) {
  const [there, by] = dots.present(variable, seconds);
  for (const line of $("legend").querySelectorAll("b")) {
    line.textContent = (by.get(line.dataset.number - variable.offset) || 0).toLocaleString("en");
  }
  $("how-many").textContent = `${about.howMany}, ${there.toLocaleString("en")} of them present`;
}

function flagName(variable, value) {
  if (variable.names) return variable.names[value] ?? String(value);
  const flag = variable.flags.find(([number]) => number === value);
  return flag ? flag[1] : undefined;
}

// A longitude on any turn, or a latitude, or metres.
function placeText(place) {
  if (!about.geographic) return place.map((metres) => metres.toFixed(1)).join(", ") + "\u00a0m";
  const lon = ((place[0] + 180) % 360 + 360) % 360 - 180;
  const sided = (degrees, letters) => `${Math.abs(degrees).toFixed(5)}° ${letters[+(degrees < 0)]}`;
  return `${sided(place[1], "NS")}, ${sided(lon, "EW")}`;
}

function showParticle(particle, dots, seconds, ids, born) {
  const box = $("particle");
  box.replaceChildren();
  $("let-go").hidden = particle === null;
  if (particle === null) return;
  const table = make("table", undefined, box);
  const line = (head, text, key) => {
    const row = make("tr", undefined, table);
    make("th", head, row).scope = "row";
    make("td", text, row).dataset.of = key;
  };
  line("number", String(ids[particle]), "number");
  line("released", bornText(born[particle]), "born");
  const place = dots.place(particle, seconds);
  line("place", place ? placeText(place.map((metres, axis) => metres + about.origin[axis])) : "not there at this time", "place");
  const part = between(seconds)[1];
  for (const variable of about.variables) {
    if (!place && !["release", "status"].includes(variable.name)) continue;
    const value = dots.value(particle, variable, seconds);
    const decimals = variable.scale === 1 ? (part ? 2 : 0) : decimalsOf(variable.scale);
    const text = flagName(variable, value) ?? `${shortText(value, decimals)} ${variable.units}`.trim();
    line(variable.name.replaceAll("_", " "), text, variable.name);
  }
}

function shortText(value, decimals) {
  const text = valueText(value, decimals);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function bornText(seconds) {
  if (!Number.isFinite(seconds)) return "–";
  const run = (about.backward ? -1 : 1) * seconds; // from the first record, as the run goes
  const ends = about.seconds, row = ends.indexOf(run);
  if (row >= 0) return about.texts[row];
  if (about.calendar && !about.dated) return `${spanText(Math.abs(run))} ${run < 0 ? "before" : "after"} the first record`;
  return dateText(about.start + 1000 * seconds);
}
