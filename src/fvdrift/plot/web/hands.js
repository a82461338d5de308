"use strict";
// Mouse and fingers on the map: one moves it, two zoom, a wheel zooms, a press chooses.
const CLICK = 5; // pixels that a finger or mouse may move between down and up

// map: the element; told of pixels on it: pan(dx, dy), zoom(factor, x, y), look([x, y]), press([x, y], touched).
function listen(map, { pan, zoom, look, press }) {
  const fingers = new Map();
  let pressed = null;
  const inMap = (event) => {
    const box = map.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  map.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button")) return;
    map.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, inMap(event));
    pressed = fingers.size === 1 ? inMap(event) : null;
  });
  map.addEventListener("pointermove", (event) => {
    const here = inMap(event), before = fingers.get(event.pointerId);
    look(here);
    if (!before) return;
    if (pressed && Math.hypot(here[0] - pressed[0], here[1] - pressed[1]) > CLICK) pressed = null;
    if (fingers.size === 1 && !pressed) pan(here[0] - before[0], here[1] - before[1]);
    if (fingers.size === 2) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (a) => Math.hypot(a[0] - other[0], a[1] - other[1]) || 1;
      pan((here[0] - before[0]) / 2, (here[1] - before[1]) / 2);
      zoom(apart(here) / apart(before), (here[0] + other[0]) / 2, (here[1] + other[1]) / 2);
    }
    if (!pressed) fingers.set(event.pointerId, here);
  });
  const released = (event) => {
    const single = fingers.size === 1 && pressed;
    fingers.delete(event.pointerId);
    if (single && event.type === "pointerup") press(pressed, event.pointerType === "touch");
    pressed = null;
  };
  map.addEventListener("pointerup", released);
  map.addEventListener("pointercancel", released);
  map.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...inMap(event));
  }, { passive: false });
}
