/** The field in which a customer signs: what a finger draws becomes the path of an SVG, in whole units from point to point. */

const LEAST_STEP = 3;
const LONGEST = 11_900; // some minutes of scribbling; sync/selling.py allows a little more

/** @type {{pad: HTMLElement, at: [number, number]} | null} */
let drawing = null;

export function take_signatures() {
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("pointerdown", begin);
  document.addEventListener("pointermove", go_on);
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, finish);
  document.addEventListener("click", ({ target }) => {
    const pad = target instanceof Element && target.closest("[data-clear]")?.closest("[data-pad]");
    if (pad instanceof HTMLElement) write(pad, "", true);
  });
  show();
}

function show() {
  for (const pad of document.querySelectorAll("[data-pad]")) pad.removeAttribute("hidden");
}

/** @param {PointerEvent} event */
function begin(event) {
  const { target } = event;
  const pad = target instanceof Element && target.closest(".ink") ? target.closest("[data-pad]") : null;
  if (!(pad instanceof HTMLElement) || !event.isPrimary) return;
  event.preventDefault();
  const at = point_of(pad, event);
  const [x, y] = end_of(written(pad));
  write(pad, `${written(pad)}m${at[0] - x} ${at[1] - y} 0 0`);
  drawing = { pad, at };
}

/** @param {PointerEvent} event */
function go_on(event) {
  if (drawing === null || !event.isPrimary) return;
  const { pad, at: [x, y] } = drawing;
  const at = point_of(pad, event);
  const [right, down] = [at[0] - x, at[1] - y];
  if (Math.abs(right) + Math.abs(down) < LEAST_STEP || written(pad).length > LONGEST) return;
  write(pad, `${written(pad)} ${right} ${down}`);
  drawing.at = at;
}

function finish() {
  if (drawing) write(drawing.pad, written(drawing.pad), true);
  drawing = null;
}

/** The point within the field, in units of its viewBox. @param {Element} pad @param {PointerEvent} event @returns {[number, number]} */
function point_of(pad, { clientX, clientY }) {
  const field = /** @type {SVGSVGElement} */ (pad.querySelector(".ink"));
  const { left, top, width, height } = field.getBoundingClientRect();
  const { width: wide, height: high } = field.viewBox.baseVal;
  const within = (/** @type {number} */ share, /** @type {number} */ most) => Math.round(Math.min(Math.max(share, 0), 1) * most);
  return [within((clientX - left) / width, wide), within((clientY - top) / height, high)];
}

/** Where a path ends, which is the sum of its steps. @param {string} path @returns {[number, number]} */
function end_of(path) {
  const steps = (path.match(/-?\d+/g) ?? []).map(Number);
  const sum = (/** @type {number} */ odd) => steps.reduce((total, step, at) => (at % 2 === odd ? total + step : total), 0);
  return [sum(0), sum(1)];
}

/** @param {Element} pad */
function field_of(pad) {
  return /** @type {HTMLInputElement} */ (pad.querySelector("input"));
}

/** @param {Element} pad */
function written(pad) {
  return field_of(pad).value;
}

/** @param {Element} pad @param {string} path @param {boolean} [is_done] the stroke has ended, and the draft keeps it */
function write(pad, path, is_done = false) {
  const field = field_of(pad);
  field.value = path;
  pad.querySelector(".ink path")?.setAttribute("d", path);
  if (is_done) field.dispatchEvent(new Event("input", { bubbles: true }));
}
