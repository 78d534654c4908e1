"""How fast the viewer is in a real Chromium: `python -m benchmarks.viewer [pages] [changes] [address]` prints JSON.

The viewer's own files are served to the browser, with a result made by hand; pictures come at once, as from a cache.
Frames and tasks are read from a trace of the renderer's main thread: waiting for other processes does not count.
With the address of a running server (`make run` prints it), it also compares the sample pair there and decides on every
change by keyboard: until it is shown, and until the server has recorded it.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.acceptance.ui.large import large, picture, words
from tests.acceptance.ui.staging import stage

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_DECIDE = """(key) => new Promise((done) => {
    const find = (root) => root.querySelector('[data-testid=desk]') ? root
        : [...root.querySelectorAll('*')].map((one) => one.shadowRoot && find(one.shadowRoot)).find(Boolean);
    const root = find(document);
    const verdict = { a: 'accepted', r: 'rejected', i: 'ignored' }[key];
    const begun = performance.now();
    root.querySelector('[data-testid=changes]').dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, composed: true }));
    const look = () => {
        const pressed = root.querySelector(`.verdict-button.${verdict}[aria-pressed=true]`);
        if (pressed) done(performance.now() - begun);
        else requestAnimationFrame(look);
    };
    look();
})"""
SCRIPTING = {"FunctionCall", "FireAnimationFrame", "EvaluateScript", "TimerFire", "EventDispatch", "v8.callFunction"}
LAYOUT = {
    "Layout",
    "UpdateLayoutTree",
    "RecalculateStyles",
    "PrePaint",
    "HitTest",
    "IntersectionObserverController::computeIntersections",
}
_SCROLL = """(how) => new Promise((done) => {
    const column = document.querySelector('#host').shadowRoot.querySelector('[data-testid=column-new]');
    let left = how.frames;
    const step = () => { column.scrollTop += how.by; left-- > 0 ? requestAnimationFrame(step) : done(); };
    requestAnimationFrame(step);
})"""


def measured(pages: int, changes: int) -> dict[str, Any]:
    """Figures of one run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1600, "height": 900}).new_page()
        begun = time.monotonic()
        stage(page, large(pages, changes), picture, text=words)
        page.locator(".paper:not(.loading)").first.wait_for()
        found: dict[str, Any] = {"pages": pages, "changes": changes, "usable_s": round(time.monotonic() - begun, 2)}
        page.wait_for_timeout(1000)
        for name, by in (("slow", 40), ("fast", 400)):
            page.evaluate(_SCROLL, {"frames": 120, "by": by})  # pictures are there
            page.evaluate(_SCROLL, {"frames": 120, "by": -by})
            page.wait_for_timeout(500)
            found.setdefault("renderer_mb", renderer_mb(browser))  # before a trace, which takes memory itself
            found[f"scroll_{name}"] = scrolled(browser, page, by)
        found["jump_ms"] = jumps(page)
        root = "document.querySelector('#host').shadowRoot"
        found["page_nodes"] = page.evaluate(f"() => {root}.querySelectorAll('.page').length")
        found["all_nodes"] = page.evaluate(f"() => {root}.querySelectorAll('*').length")
        found["load"] = round(os.getloadavg()[0], 1)
        browser.close()
    return found


def decided(address: str) -> dict[str, Any]:
    """Milliseconds from a key until the decision is shown, and until it is recorded; on a result of a real server."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_context(viewport={"width": 1600, "height": 900}).new_page()
        page.goto(address)
        begun = time.monotonic()
        page.get_by_role("button", name="Try a sample pair").click()
        page.get_by_test_id("column-new").wait_for(timeout=120_000)
        found: dict[str, Any] = {"sample_pair_s": round(time.monotonic() - begun, 2)}
        page.get_by_test_id("review").wait_for()
        shown, recorded = [], []
        changes = page.get_by_test_id("change").count()
        for verdict in ("a", "r", "i"):
            for _ in range(changes):
                page.keyboard.press("n")
                with page.expect_response(lambda answer: answer.request.method == "PUT") as answered:
                    took = page.evaluate(_DECIDE, verdict)
                shown.append(took)
                timing = answered.value.request.timing
                recorded.append(timing["responseEnd"] - timing["requestStart"])
        found |= {
            "decisions": len(shown),
            "shown_ms_median": round(statistics.median(shown), 1),
            "shown_ms_p95": round(sorted(shown)[int(len(shown) * 0.95)], 1),
            "recorded_ms_median": round(statistics.median(recorded), 1),
            "recorded_ms_p95": round(sorted(recorded)[int(len(recorded) * 0.95)], 1),
            "load": round(os.getloadavg()[0], 1),
        }
        browser.close()
        return found


def scrolled(browser: Browser, page: Page, by: int) -> dict[str, float]:
    """Main-thread milliseconds a frame, and the longest task, of 120 frames."""
    browser.start_tracing(
        page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"]
    )
    page.evaluate(_SCROLL, {"frames": 120, "by": by})
    events = json.loads(browser.stop_tracing())["traceEvents"]
    renderer = [e for e in events if e.get("name") == "FireAnimationFrame"]
    process, thread = max(((e["pid"], e["tid"]) for e in renderer), key=[(e["pid"], e["tid"]) for e in renderer].count)
    own = sorted(
        (e for e in events if (e.get("pid"), e.get("tid")) == (process, thread) and "dur" in e),
        key=lambda e: (e["ts"], -e["dur"]),
    )
    frames = [e["ts"] for e in own if e["name"] == "FireAnimationFrame"]
    work: list[float] = []
    spans = []
    end = 0.0
    for event in own:
        if event["name"] in SCRIPTING | LAYOUT and event["ts"] >= end:  # not what lies within one counted already
            spans.append((event["ts"], event["tdur"] if "tdur" in event else event["dur"]))
            end = event["ts"] + event["dur"]
    for start, stop in pairwise(frames):
        work.append(sum(took for ts, took in spans if start <= ts < stop) / 1000)
    tasks = [(e.get("tdur", e["dur"])) / 1000 for e in own if e["name"] in ("RunTask", "ThreadControllerImpl::RunTask")]
    return {
        "frames": len(frames),
        "work_ms_median": round(statistics.median(work), 2),
        "work_ms_p95": round(sorted(work)[int(len(work) * 0.95)], 2),
        "longest_task_ms": round(max(tasks, default=0.0), 1),
    }


def jumps(page: Page) -> dict[str, float]:
    """Milliseconds from a key until the change's box stands on the screen, and until its picture does."""
    boxed, pictured = [], []
    for key in ("End", "Home", "PageDown", "End", "Home"):
        page.get_by_test_id("changes").focus()
        took = page.evaluate(
            """(key) => new Promise((done) => {
                const root = document.querySelector('#host').shadowRoot;
                const begun = performance.now();
                const event = new KeyboardEvent('keydown', { key, bubbles: true, composed: true });
                root.querySelector('[data-testid=changes]').dispatchEvent(event);
                let boxed = 0;
                const look = () => {
                    const box = root.querySelector('.change.on .frame');
                    if (box && !boxed) boxed = performance.now() - begun;
                    if (boxed && !box?.closest('.paper').matches('.loading')) done([boxed, performance.now() - begun]);
                    else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
            })""",
            key,
        )
        boxed.append(took[0])
        pictured.append(took[1])
        page.wait_for_timeout(300)
    return {
        "box": round(statistics.median(boxed)),
        "picture": round(statistics.median(pictured)),
        "worst_box": round(max(boxed)),
    }


def renderer_mb(browser: Browser) -> int:
    """Resident memory of the largest renderer."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    sizes = [0]
    for process in processes:
        status = Path(f"/proc/{process['id']}/status")
        if process["type"] == "renderer" and status.exists():
            line = next(row for row in status.read_text().splitlines() if row.startswith("VmRSS"))
            sizes.append(int(line.split()[1]) // 1024)
    return max(sizes)


if __name__ == "__main__":
    asked = [int(value) for value in sys.argv[1:3]]
    figures = measured(*(asked + [1000, 5000][len(asked) :]))
    if len(sys.argv) > 3:
        figures["decisions"] = decided(sys.argv[3])
    print(json.dumps(figures, indent=1))
