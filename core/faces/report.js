"use strict";
// Filters what is on the page. Without this script everything is shown.
const boxes = [...document.querySelectorAll("nav input[type=checkbox]")];
const search = document.querySelector("nav input[type=search]");
const articles = [...document.querySelectorAll("article")];
const words = articles.map((article) => article.textContent.toLocaleLowerCase());
const shown = document.getElementById("shown");

function filter() {
  const off = { kind: new Set(), layer: new Set(), severity: new Set(), review: new Set() };
  for (const box of boxes) if (!box.checked) off[box.name].add(box.value);
  const wanted = search.value.trim().toLocaleLowerCase();
  let count = 0;
  articles.forEach((article, index) => {
    const { kind, layer, severity, review } = article.dataset;
    article.hidden = off.kind.has(kind) || off.layer.has(layer) || off.severity.has(severity) || off.review.has(review)
      || (wanted !== "" && !words[index].includes(wanted));
    if (!article.hidden) count += 1;
  });
  for (const section of document.querySelectorAll("main section")) {
    section.hidden = section.querySelector("article:not([hidden])") === null;
  }
  shown.textContent = `${count.toLocaleString("en")} of ${articles.length.toLocaleString("en")} shown`;
}

let waiting;
for (const box of boxes) box.addEventListener("change", filter);
search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
document.querySelector("nav").hidden = false;
filter();
