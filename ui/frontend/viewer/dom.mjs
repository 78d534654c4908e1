// Elements without markup: everything shown comes from hostile files, so text is only ever set as text.

import { language, word } from "./messages.mjs";

const SVG = "http://www.w3.org/2000/svg";

// h("button", {class: "x", text: "Go", onclick: f, "aria-label": "Go"}, child, …); null children are left out.
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const ICONS = {
  text: "M3.2 5V3.5h9.6V5M8 3.5v9M6.2 12.5h3.6",
  style: "M3.5 13 8 3l4.5 10M5.2 9.5h5.6",
  table: "M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9",
  image: "M2.5 3.5h11v9h-11zM2.5 11l3.2-3 2.3 2 2.5-3 3 3.4M5.6 6.2v.1",
  drawing: "M3 3v10h10zM5.6 9v1.6h1.6z",
  annotation: "M2.5 3.5h11v7.2h-6l-3 2.6v-2.6h-2z",
  form: "M2 5h12v6H2zM4.5 7v2",
  link: "M6.6 9.4 9.4 6.6M7.2 5l1.3-1.3a2.6 2.6 0 0 1 3.7 3.7L10.9 8.7M8.8 11l-1.3 1.3a2.6 2.6 0 0 1-3.7-3.7L5.1 7.3",
  outline: "M3 4h10M6.5 8H13M6.5 12H13M3 8h.2M3 12h.2",
  metadata: "M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 0 1 8 2.4ZM8 7.4v3.6M8 5v.1",
  page: "M4 2.5h5.3L12 5.2v8.3H4zM9.3 2.5v2.7H12",
  cover: "M8 2.2 13 4v3.8c0 3-2 5-5 6-3-1-5-3-5-6V4zM5.6 7.8l1.8 1.8 3-3.4",
  previous: "M10 3.5 5.5 8l4.5 4.5",
  next: "M6 3.5 10.5 8 6 12.5",
  up: "M3.5 10 8 5.5l4.5 4.5",
  down: "M3.5 6 8 10.5 12.5 6",
  sides: "M2 3.5h5v9H2zM9 3.5h5v9H9z",
  overlay: "M2.5 2.5h7.5V10H2.5zM6 6h7.5v7.5H6z",
  slider: "M2.5 3.5h11v9h-11zM8 2v12M6.2 6.6 4.8 8l1.4 1.4M9.8 6.6 11.2 8 9.8 9.4",
  across: "M2 8h12M5 5 2 8l3 3M11 5l3 3-3 3",
  blink: "M1.8 8S4 4 8 4s6.2 4 6.2 4-2.2 4-6.2 4-6.2-4-6.2-4ZM8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6Z",
  difference: "M8 2.5v6M5 5.5h6M5 12.8h6",
  redline: "M3 4h10M3 8h4.5M9.5 8H13M3 12h7M2.2 8h6",
  details: "M2.5 3h11v4.2h-11zM2.5 9.4h11M2.5 12.6h11M6.5 3v4.2",
  ruler: "M1.8 10.6 10.6 1.8l3.6 3.6-8.8 8.8zM4.5 8l1.3 1.3M7 5.4l1.8 1.8M9.4 3l1.3 1.3",
  pins: "M4.2 3.2v5M1.7 5.7h5M11.8 7.8v5M9.3 10.3h5M6.5 3.2h4.8v3",
  layers: "M8 2.6 14 6 8 9.4 2 6zM2.4 9 8 12.2 13.6 9",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  play: "M5 3.2 12.5 8 5 12.8z",
  plus: "M8 3.5v9M3.5 8h9",
  minus: "M3.5 8h9",
  fit: "M2.5 4v8M13.5 4v8M5 8h6M6.7 6.2 5 8l1.7 1.8M9.3 6.2 11 8 9.3 9.8",
  whole: "M3.5 2.5h9v11h-9zM8 4.5v7M6.5 6 8 4.5 9.5 6M6.5 10 8 11.5 9.5 10",
  turn: "M12.8 6.2A5.2 5.2 0 1 0 13 9.4M13 2.8v3.6H9.4",
  download: "M8 2.5v7.5M4.8 7.2 8 10.4l3.2-3.2M3 13.2h10",
  search: "M7 11.5a4.5 4.5 0 1 1 0-9 4.5 4.5 0 0 1 0 9ZM10.4 10.4l3.1 3.1",
  warning: "M8 2.6 14.2 13H1.8L8 2.6ZM8 6.6v3M8 11.3v.2",
  check: "M3 8.5 6.5 12 13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  help: "M5.8 6.2a2.3 2.3 0 1 1 3.4 2C8.4 8.7 8 9.1 8 10M8 12.2v.1M8 1.9a6.1 6.1 0 1 1 0 12.2A6.1 6.1 0 0 1 8 1.9Z",
  keys: "M2 4.5h12v7H2zM4.5 7h.2M7 7h.2M9.5 7h.2M11.6 7h.2M5 9.3h6",
  open: "M8 2.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6Z",
  ignored: "M8 2.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 0 1 8 2.6ZM4.2 4.2l7.6 7.6",
  disputed: "M2.5 6h8.2M8.4 3.4 11 6 8.4 8.6M13.5 10.6H5.3M7.6 8 5 10.6l2.6 2.6",
  person: "M8 2.6a2.6 2.6 0 1 1 0 5.2 2.6 2.6 0 0 1 0-5.2ZM3 13.4c.5-2.6 2.4-4 5-4s4.5 1.4 5 4",
  carried: "M3 12.5V9a3 3 0 0 1 3-3h7M10.4 3.4 13 6l-2.6 2.6",
  alike: "M2.5 4.5h7v7h-7zM6 4.5v-2h7.5v7h-4",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.2M2.5 8h.2M2.5 12h.2",
};

export function icon(name, size = 16) {
  return s("svg", { viewBox: "0 0 16 16", width: size, height: size, class: "icon", "aria-hidden": "true" }, s("path", { d: ICONS[name] ?? ICONS.metadata }));
}

export function button(label, iconName, onclick, attributes = {}) {
  return h("button", { type: "button", class: "button", title: label, "aria-label": label, onclick, ...attributes }, icon(iconName));
}

export function debounced(milliseconds, work) {
  let timer = 0;
  const call = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), milliseconds);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

export const plural = (n, one, many = `${one}s`) => `${n.toLocaleString(language)} ${word(n === 1 ? one : many)}`;

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

// The first index whose value in an ascending array is greater than `value`.
export function upperBound(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
