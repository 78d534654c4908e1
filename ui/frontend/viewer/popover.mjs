// A button with a panel below it.

import { h } from "./dom.mjs";

// Escape, a click elsewhere or a choice closes it.
export function popover(trigger, content, role = "dialog") {
  const panel = h("div", { class: "panel", role, hidden: true, tabindex: "-1", "aria-label": trigger.textContent || trigger.title });
  const holder = h("div", { class: "popover" }, trigger, panel);
  trigger.setAttribute("aria-expanded", "false");
  trigger.setAttribute("aria-haspopup", role);
  let before = trigger; // who had the keyboard: a key may open it from anywhere
  const away = (event) => {
    if (!event.composedPath().includes(holder)) close();
  };
  const close = () => {
    panel.hidden = true;
    trigger.setAttribute("aria-expanded", "false");
    document.removeEventListener("pointerdown", away);
  };
  holder.toggle = () => {
    if (!panel.hidden) return close();
    panel.replaceChildren(...content());
    panel.hidden = false;
    before = holder.getRootNode().activeElement ?? trigger;
    panel.focus({ preventScroll: true });
    trigger.setAttribute("aria-expanded", "true");
    document.addEventListener("pointerdown", away);
    return undefined;
  };
  holder.close = close;
  trigger.addEventListener("click", holder.toggle);
  panel.addEventListener("click", (event) => event.target.closest("a, button") && setTimeout(close, 0));
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    close();
    before.focus({ preventScroll: true });
  });
  return holder;
}
