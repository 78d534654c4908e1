// The component "pdf-compare.viewer": Streamlit calls the export at mount and whenever data or theme change, always
// with the same parent element; only the function returned last is called, once, when it goes.

import { Viewer } from "./viewer/viewer.mjs";

const viewers = new WeakMap();

export default function mount({ parentElement, data, setStateValue, setTriggerValue }) {
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
