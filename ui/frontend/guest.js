// The viewer without the application around it, for who has a link: it asks the addresses of that link alone.

import mount from "./viewer-main.js";

const place = document.getElementById("result");
const root = place.attachShadow({ mode: "open" });
const style = document.createElement("link");
style.rel = "stylesheet";
style.href = "/viewer/viewer-main.css";
const box = document.createElement("div");
box.className = "v";
root.append(style, box);
// Sizes are measured at once, so the style comes first.
style.addEventListener("load", () => {
  mount({ parentElement: root, data: [JSON.parse(place.dataset.result)], setStateValue() {}, setTriggerValue() {} });
});
