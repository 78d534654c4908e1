// Moving and zooming by hand: drag on what is no word, wheel with Ctrl (which a two-finger gesture on a pad is too), pinch.

const START = 4; // px before a press becomes a drag

export function gestures(scroller, { zoom, isBusy }, signal) {
  let from = null;
  let ended = -1e3;
  scroller.addEventListener("pointerdown", (event) => {
    const overWord = event.composedPath()[0].closest?.(".glyphs > span, button, a, input");
    if (event.pointerType !== "mouse" || isBusy() || (event.button === 0 ? overWord : event.button !== 1)) return;
    if (event.button === 1) event.preventDefault(); // no automatic scrolling
    from = { x: event.clientX, y: event.clientY, left: scroller.scrollLeft, top: scroller.scrollTop, id: event.pointerId, moved: false };
  }, { signal });
  scroller.addEventListener("pointermove", (event) => {
    if (!from || event.pointerId !== from.id) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    if (!from.moved && Math.hypot(dx, dy) < START) return;
    if (!from.moved) scroller.setPointerCapture(from.id);
    from.moved = true;
    scroller.classList.add("dragged");
    scroller.scrollLeft = from.left - dx;
    scroller.scrollTop = from.top - dy;
  }, { signal });
  const end = () => {
    if (from?.moved) {
      ended = performance.now();
      scroller.classList.remove("dragged");
    }
    from = null;
  };
  // The click that ends a drag picks nothing.
  scroller.addEventListener("click", (event) => performance.now() - ended < 60 && event.stopImmediatePropagation(), { capture: true, signal });
  scroller.addEventListener("pointerup", end, { signal });
  scroller.addEventListener("pointercancel", end, { signal });
  scroller.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
  }, { passive: false, signal });

  let apart = 0;
  const span = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  scroller.addEventListener("touchmove", (event) => {
    if (event.touches.length !== 2) return void (apart = 0);
    event.preventDefault();
    const [a, b] = event.touches;
    const now = span([a, b]);
    if (apart) zoom(now / apart, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
    apart = now;
  }, { passive: false, signal });
  scroller.addEventListener("touchend", () => (apart = 0), { signal });
}
