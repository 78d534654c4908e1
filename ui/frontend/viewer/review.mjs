// The review beside the pages: what is decided, said and signed, asked of the API and shown in all parts.
// A decision is shown at once and sent with the version that was seen; what cannot be recorded is said, and what was
// typed stays, also when the page is loaded anew.

import { h, icon, plural } from "./dom.mjs";
import { language, t } from "./messages.mjs";
import { Desk } from "./review_desk.mjs";
import { MORE, STATES, VERDICTS } from "./verdicts.mjs";

const NEWS = 7000; // ms between questions about what others did, while the page is seen
const KEPT = "pdf-compare.drafts."; // in the session's storage
const SHORT = new Set(["accepted", "rejected", "ignored", "disputed", "carried"]); // chips that their sign is enough for
const NOTHING = { version: 0, state: "open", decisions: [], comments: [], assignee: null, due: null };

export class Review {
  // ask(path, choices) asks the API about this comparison; events are the viewer's.
  constructor(result, { comparison, ask, api, csrf, events }) {
    Object.assign(this, { result, comparison, ask, api, csrf, events });
    this.changes = new Map();
    this.pending = new Map(); // id → verdict that is on its way
    this.chosen = new Set(); // states that the filter lets through; empty for all
    this.chain = Promise.resolve();
    this.desk = new Desk(this);
    this.element = this.desk.element;
    this.chips = h("div", { class: "chips reviewed", hidden: true });
    this.bar = h("i");
    this.count = h("span", {});
    this.button = h("button", { type: "button", class: "button reviewing", "data-testid": "review", hidden: true, onclick: () => this.desk.open() }, h("span", { class: "progress", "aria-hidden": "true" }, this.bar), this.count);
    this.awake = () => document.visibilityState === "visible" && this.load();
    document.addEventListener("visibilitychange", this.awake);
    this.load();
  }

  get isThere() {
    return Boolean(this.review);
  }

  get mayDecide() {
    return Boolean(this.review?.may_decide);
  }

  // What was said of a change, with what is on its way.
  of(id) {
    return this.changes.get(id) ?? { id, ...NOTHING };
  }

  stateOf(id) {
    const change = this.of(id);
    if (!this.pending.has(id)) return change.state;
    const others = new Set(change.decisions.filter((one) => one.user !== this.review.me).map((one) => one.verdict));
    const mine = this.pending.get(id);
    if (mine !== "open") others.add(mine);
    return others.size === 0 ? "open" : others.size === 1 ? [...others][0] : "disputed";
  }

  mine(id) {
    return this.of(id).decisions.find((one) => one.user === this.review?.me) ?? null;
  }

  isCarried(id) {
    const { decisions } = this.of(id);
    return !this.pending.has(id) && decisions.length > 0 && decisions.every((one) => one.carried);
  }

  isForMe(id) {
    const { assignee, comments } = this.of(id);
    const { me } = this.review ?? {};
    return assignee?.user === me || comments.some(({ mentions }) => mentions.some(({ user }) => user === me));
  }

  get counts() {
    const counts = { open: 0, accepted: 0, rejected: 0, ignored: 0, disputed: 0, carried: 0, mine: 0 };
    for (const { id } of this.result.entries) {
      counts[this.stateOf(id)] += 1;
      if (this.isCarried(id)) counts.carried += 1;
      if (this.isForMe(id)) counts.mine += 1;
    }
    return counts;
  }

  // ---- asking

  async load() {
    clearTimeout(this.timer);
    let answer;
    try {
      answer = await this.ask("/reviews", { cache: "no-store", headers: this.tag ? { "If-None-Match": this.tag } : {} });
    } catch (error) {
      if (error.name !== "AbortError") this.later();
      return;
    }
    if (answer.ok) {
      this.tag = answer.headers.get("ETag");
      this.take((await answer.json()).review);
    } else if (answer.status !== 304) {
      if (this.isThere) this.fail(answer.status, await answer.json().catch(() => ({})), () => this.load());
      return; // what has no review, such as a result shown alone, is not asked again
    }
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    if (document.visibilityState === "visible") this.timer = setTimeout(() => this.load(), NEWS);
  }

  take(review) {
    this.review = review;
    this.changes = new Map(review.changes.map((change) => [change.id, change]));
    this.told();
  }

  put(...changes) {
    for (const change of changes) this.changes.set(change.id, change);
    this.told();
  }

  // All parts show what is known now.
  told() {
    this.drawHead();
    this.drawChips();
    this.desk.draw();
    this.events.reviewed();
  }

  // Send; the answer's body, or null after saying what is wrong. `again` is offered to the user then.
  async send(method, path, body, { headers = {}, again, renewed = false } = {}) {
    let answer;
    try {
      const json = body === undefined ? {} : { body: JSON.stringify(body) };
      answer = await this.ask(path, { method, ...json, headers: { "X-CSRF-Token": this.csrf ?? "", ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers } });
    } catch (error) {
      if (error.name !== "AbortError") this.fail(0, {}, again);
      return null;
    }
    if (answer.ok) {
      this.desk.say(null);
      this.later();
      return answer.json();
    }
    const problem = await answer.json().catch(() => ({}));
    // Who signed in again in another window has another token now.
    if (problem.code === "cross_site" && !renewed && (await this.renew())) return this.send(method, path, body, { headers, again, renewed: true });
    this.fail(answer.status, problem, again);
    return null;
  }

  async renew() {
    try {
      const answer = await fetch(`${this.api}/session`, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) return false;
      this.csrf = (await answer.json()).csrf;
      return Boolean(this.csrf);
    } catch {
      return false;
    }
  }

  fail(status, problem, again) {
    const kept = t`What you typed is kept here.`;
    if (status === 0) return this.desk.say({ words: t`The server did not answer, so nothing was recorded.`, remedy: t`Check the connection, then try again. ${kept}`, again });
    if (status === 401) return this.desk.say({ words: t`Your session has ended.`, remedy: t`Sign in in another window, then try again here. ${kept}`, again, link: [t`Sign in`, "/sign-in"] });
    if (status === 404) return this.desk.say({ words: t`This comparison is not there any more: somebody deleted it, or you left its workspace.`, remedy: t`Nothing can be recorded. ${kept}` });
    return this.desk.say({ words: problem.detail ?? t`It could not be recorded.`, remedy: problem.remedy, again, code: problem.code });
  }

  // ---- doing

  // One write after the other: each is sent with the versions that those before it left.
  inTurn(work) {
    const done = this.chain.then(work);
    this.chain = done.catch((error) => reportError(error));
    return done;
  }

  // The same verdict again takes one's own decision back; a carried one it confirms.
  decide(verdict, { id = this.desk.entry?.id, whatever = false } = {}) {
    if (!id || !this.mayDecide) return;
    const mine = this.mine(id);
    const before = this.pending.get(id) ?? (mine && !mine.carried ? mine.verdict : null);
    const wanted = before === verdict && !whatever ? "open" : verdict;
    this.pending.set(id, wanted);
    this.told();
    this.inTurn(async () => {
      const headers = whatever ? {} : { "If-Match": `"${this.of(id).version}"` };
      const body = await this.send("PUT", `/reviews/changes/${encodeURIComponent(id)}`, { verdict: wanted }, { headers, again: () => this.decide(wanted, { id, whatever: true }) });
      if (this.pending.get(id) === wanted) this.pending.delete(id);
      if (body) this.put(body.change);
      else {
        this.told();
        if (this.desk.trouble?.code === "changed_meanwhile") await this.load();
      }
    });
    if (this.chosen.size) this.events.decided(id);
  }

  // Decide on many at once; those that others changed meanwhile are told.
  decideMany(verdict, ids) {
    return this.inTurn(() => this.sendMany(verdict, ids));
  }

  async sendMany(verdict, ids) {
    const body = await this.send("POST", "/reviews", { verdict, changes: ids.map((id) => ({ id, version: this.of(id).version })) }, { again: () => this.decideMany(verdict, ids) });
    if (!body) return null;
    this.put(...body.changes);
    if (body.conflicts.length) {
      this.desk.say({ words: t`${plural(body.conflicts.length, "change")} of them were changed by others meanwhile, and left as they are.`, remedy: t`Look at them, then decide again.` });
      await this.load();
    }
    return body;
  }

  async comment(id, text) {
    const body = await this.send("POST", `/reviews/changes/${encodeURIComponent(id)}/comments`, { text }, { again: () => this.desk.send() });
    if (body) this.put(body.change);
    return Boolean(body);
  }

  async uncomment(id, comment) {
    const body = await this.send("DELETE", `/reviews/changes/${encodeURIComponent(id)}/comments/${comment}`, undefined, { again: () => this.uncomment(id, comment) });
    if (body) this.put(body.change);
  }

  assign(id, assignee, due) {
    return this.inTurn(() => this.sendAssignment(id, assignee, due));
  }

  async sendAssignment(id, assignee, due) {
    const given = { assignee: assignee || null, due: due || null };
    const again = () => this.assign(id, assignee, due);
    const body = await this.send("PUT", `/reviews/changes/${encodeURIComponent(id)}/assignment`, given, { headers: { "If-Match": `"${this.of(id).version}"` }, again });
    if (body) this.put(body.change);
    else await this.load();
  }

  async alike(id, profile) {
    const body = await this.send("POST", `/reviews/changes/${encodeURIComponent(id)}/alike`, { profile: profile || null }, { again: () => this.alike(id, profile) });
    if (body) this.put(...body.changes);
    return body;
  }

  async sign(note, withOpen) {
    const given = { result_sha256: this.review.result_sha256, note, with_open: withOpen };
    const body = await this.inTurn(() => this.send("POST", "/reviews/signatures", given));
    if (body) this.take(body.review);
    return Boolean(body);
  }

  async withdraw(signature) {
    const body = await this.send("DELETE", `/reviews/signatures/${signature}`);
    if (body) this.take(body.review);
  }

  async activity() {
    const answer = await this.ask("/reviews/activity?limit=100").catch(() => null);
    return answer?.ok ? (await answer.json()).events : null;
  }

  // The revisions of these documents, with the two that are compared here.
  async revisions() {
    try {
      const { comparison } = await (await this.ask("")).json();
      const answer = await fetch(`${this.api}/documents/${comparison.new.id}/timeline`, { credentials: "same-origin" });
      return answer.ok ? { ...(await answer.json()).timeline, here: comparison } : null;
    } catch {
      return null;
    }
  }

  // Members of the workspace, asked for once.
  members() {
    this.asked ??= fetch(`${this.api}/members`, { credentials: "same-origin" }).then(async (answer) => (answer.ok ? (await answer.json()).members : [])).catch(() => {
      this.asked = null;
      return [];
    });
    return this.asked;
  }

  // ---- showing

  show(entry) {
    this.desk.show(entry);
  }

  // The chosen states, as an export's filter knows them.
  get states() {
    return Object.keys(STATES).filter((state) => this.chosen.has(state));
  }

  // In a row of the list: the state by sign and word, and how much is said.
  badge({ id }) {
    if (!this.isThere) return [];
    const state = this.stateOf(id);
    const { comments, assignee } = this.of(id);
    const said = [];
    if (comments.length) said.push(h("span", { class: "talk", title: plural(comments.length, "comment") }, icon("annotation", 12), h("span", { text: String(comments.length) })));
    if (assignee) said.push(h("span", { class: `talk${this.isForMe(id) ? " me" : ""}`, title: t`Assigned to ${assignee.name}` }, icon("person", 12)));
    if (state !== "open") {
      const word = this.isCarried(id) ? t`${STATES[state].word}, carried over` : STATES[state].word;
      said.push(h("span", { class: `state ${state}${this.isCarried(id) ? " carried" : ""}`, title: word, role: "img", "aria-label": word, "data-testid": "state" }, icon(STATES[state].icon, 12)));
    }
    return said;
  }

  passes({ id }) {
    if (!this.chosen.size || !this.isThere) return true;
    return this.chosen.has(this.stateOf(id)) || (this.chosen.has("mine") && this.isForMe(id)) || (this.chosen.has("carried") && this.isCarried(id));
  }

  drawHead() {
    const { counts } = this;
    const all = this.result.entries.length;
    const done = all - counts.open - counts.disputed;
    this.button.hidden = !this.isThere;
    this.bar.style.width = `${all ? (done / all) * 100 : 100}%`;
    this.count.textContent = all ? `${done.toLocaleString(language)}/${all.toLocaleString(language)}` : t`Review`;
    const signed = this.review?.signatures.some((one) => one.stands);
    this.button.classList.toggle("signed", Boolean(signed));
    this.button.title = signed ? t`Review: ${done.toLocaleString(language)} of ${plural(all, "change")} decided, signed` : t`Review: ${done.toLocaleString(language)} of ${plural(all, "change")} decided`;
    this.button.setAttribute("aria-label", this.button.title);
  }

  drawChips() {
    const { counts } = this;
    this.chips.hidden = !this.isThere || !this.result.entries.length;
    const shown = Object.entries({ ...STATES, ...MORE }).filter(([state]) => state === "open" || counts[state] || this.chosen.has(state));
    const focused = this.chips.getRootNode().activeElement?.dataset?.chip;
    this.chips.replaceChildren(h("div", { class: "group", role: "group", "aria-label": t`Filter by review` }, ...shown.map(([state, { word, icon: name }]) =>
      h("button", { type: "button", class: "chip", "aria-pressed": String(this.chosen.has(state)), "data-chip": `review:${state}`, title: word, "aria-label": `${word} ${counts[state].toLocaleString(language)}`, onclick: () => this.toggle(state) }, icon(name, 12), SHORT.has(state) ? null : h("span", { text: word }), h("span", { class: "n", text: counts[state].toLocaleString(language) })))));
    if (focused?.startsWith("review:")) this.chips.querySelector(`[data-chip="${focused}"]`)?.focus();
  }

  toggle(state) {
    if (!this.chosen.delete(state)) this.chosen.add(state);
    this.drawChips();
    this.events.refilter();
  }

  only(states) {
    this.chosen = new Set(states);
    this.drawChips();
    this.events.refilter();
  }

  // Keys of the viewer while nothing is typed.
  get keys() {
    if (!this.isThere) return {};
    const keys = { u: () => this.nextOpen() };
    if (this.mayDecide) for (const [verdict, { key }] of Object.entries(VERDICTS)) keys[key] = () => this.decide(verdict);
    if (this.mayDecide) keys.m = () => this.desk.write();
    return keys;
  }

  nextOpen() {
    const { entries } = this.result;
    const from = this.desk.entry ? this.desk.entry.index + 1 : 0;
    const found = [...entries.slice(from), ...entries.slice(0, from)].find(({ id }) => ["open", "disputed"].includes(this.stateOf(id)));
    if (found) this.events.pick(found);
  }

  // ---- what was typed

  draft(id) {
    return kept(() => sessionStorage.getItem(`${KEPT}${this.comparison}.${id}`)) ?? this.typed?.get(id) ?? "";
  }

  keepDraft(id, text) {
    (this.typed ??= new Map()).set(id, text);
    const name = `${KEPT}${this.comparison}.${id}`;
    kept(() => (text ? sessionStorage.setItem(name, text) : sessionStorage.removeItem(name)));
  }

  destroy() {
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.awake);
    this.desk.close();
  }
}

// Storage that a private window may refuse: it is then kept in memory alone.
function kept(work) {
  try {
    return work();
  } catch {
    return null;
  }
}
