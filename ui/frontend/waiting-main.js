// The component "pdf-compare.waiting": asks the API how a comparison or an answer is doing and tells Python once when that differs
// from what is drawn; then it waits to be drawn again. So there is never a second request on its way when the page
// is left: Streamlit's own timer sends one, and the page it comes back to is cleared.

const EVERY = 600; // ms

class Waiting {
  update({ api, what, id, drawn }, tell) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(`${api}/${what}/${encodeURIComponent(id)}`, drawn, tell), EVERY);
  }

  async ask(address, drawn, tell) {
    try {
      const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok && answer.status !== 404) throw new Error("not now");
      const { state, progress, queue_position: place, result } = await answer.json().then((body) => body.comparison ?? body.answer ?? body);
      const rows = Object.values(result?.parts ?? {}).reduce((sum, part) => sum + part.length, 0) || "";
      const now = [state, progress?.stage, progress?.side, progress?.done, progress?.total, place, rows].map((value) => value ?? "").join("/");
      if (this.ended) return;
      if (now !== drawn) return void tell("changed", now);
    } catch {
      // The server or its database is away for a moment; the next question may be answered.
    }
    if (!this.ended) this.timer = setTimeout(() => this.ask(address, drawn, tell), EVERY);
  }

  destroy() {
    this.ended = true;
    clearTimeout(this.timer);
  }
}

const all = new WeakMap();

export default function mount({ parentElement, data: [data], setTriggerValue }) {
  const waiting = all.get(parentElement) ?? new Waiting();
  all.set(parentElement, waiting);
  waiting.update(data, setTriggerValue);
  return () => {
    waiting.destroy();
    all.delete(parentElement);
  };
}
