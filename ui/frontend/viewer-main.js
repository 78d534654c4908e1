// The component "pdf-compare.viewer": Streamlit calls the export at mount and whenever data or theme change, always
// with the same parent element; only the function returned last is called, once, when it goes.

// All modules are named here, so that the browser fetches them at once and not one after the other found the next.
import "./viewer/messages.mjs";
import "./viewer/dom.mjs";
import "./viewer/model.mjs";
import "./viewer/roll.mjs";
import "./viewer/marks.mjs";
import "./viewer/picture.mjs";
import "./viewer/page.mjs";
import "./viewer/column.mjs";
import "./viewer/sides.mjs";
import "./viewer/laying.mjs";
import "./viewer/layered.mjs";
import "./viewer/gestures.mjs";
import "./viewer/flow.mjs";
import "./viewer/redline.mjs";
import "./viewer/details.mjs";
import "./viewer/tools.mjs";
import "./viewer/find.mjs";
import "./viewer/switches.mjs";
import "./viewer/names.mjs";
import "./viewer/telling.mjs";
import "./viewer/words.mjs";
import "./viewer/coverage.mjs";
import "./viewer/card.mjs";
import "./viewer/list.mjs";
import "./viewer/verdicts.mjs";
import "./viewer/review_desk.mjs";
import "./viewer/review.mjs";
import "./viewer/strip.mjs";
import "./viewer/tour.mjs";
import "./viewer/popover.mjs";
import "./viewer/recall.mjs";
import "./viewer/head.mjs";
import { Viewer } from "./viewer/viewer.mjs";

const viewers = new WeakMap();

export default function mount({ parentElement, data: [data], setStateValue, setTriggerValue }) {
  let viewer = viewers.get(parentElement);
  if (!viewer) {
    viewer = new Viewer(parentElement.querySelector(".v"));
    viewers.set(parentElement, viewer);
  }
  viewer.update(data, setStateValue, setTriggerValue);
  return () => {
    viewer.destroy();
    viewers.delete(parentElement);
  };
}
