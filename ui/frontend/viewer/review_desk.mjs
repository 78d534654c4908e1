// Where a reviewer works: the panel below the current change, and the dialog about the whole review.

import { h, icon, plural } from "./dom.mjs";
import { calendar, language, t, word } from "./messages.mjs";
import { STATES, VERDICTS } from "./verdicts.mjs";

const DID = { accepted: t`accepted`, rejected: t`rejected`, ignored: t`ignored` };
const NAMES = 5; // offered while a mention is typed

export class Desk {
  constructor(review) {
    this.review = review;
    this.entry = null;
    this.verdicts = h("div", { class: "verdicts", role: "group", "aria-label": t`Decide on this change` });
    this.said = h("div", { class: "decisions" });
    this.thread = h("ol", { class: "thread", "aria-label": t`Comments` });
    this.text = h("textarea", { rows: "1", class: "comment", placeholder: t`Comment; @ mentions somebody`, "aria-label": t`Comment on this change`, maxlength: "4000", "data-testid": "comment" });
    this.names = h("div", { class: "names-offered", hidden: true });
    this.sender = h("button", { type: "submit", class: "secondary small", text: t`Send` });
    this.form = h("form", { class: "say" }, this.text, this.sender);
    this.assignment = h("div", { class: "assignment" });
    this.form2 = h("div", { class: "alike", hidden: true });
    this.trouble = null;
    this.alert = h("div", { class: "trouble", role: "alert", hidden: true, "data-testid": "review-trouble" });
    this.element = h("section", { class: "desk", "aria-label": t`Review of the current change`, "data-testid": "desk", hidden: true }, this.verdicts, this.alert, this.form2, this.said, this.thread, this.names, this.form, this.assignment);
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("keydown", (event) => this.key(event));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.dialog = h("dialog", { class: "review-dialog", "aria-label": t`Review`, "data-testid": "review-dialog" });
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation()); // keys of the viewer mean nothing here
  }

  show(entry) {
    if (this.entry?.id !== entry?.id) {
      this.entry = entry;
      this.text.value = entry ? this.review.draft(entry.id) : "";
      this.form2.hidden = this.names.hidden = true;
      if (this.trouble && !this.trouble.again) this.say(null);
      this.fit();
    }
    this.draw();
  }

  draw() {
    const { review, entry } = this;
    this.element.hidden = !review.isThere || !entry;
    if (this.element.hidden) return;
    const change = review.of(entry.id);
    const mine = review.pending.get(entry.id) ?? review.mine(entry.id)?.verdict;
    const focused = this.element.getRootNode().activeElement?.dataset?.verdict;
    this.verdicts.replaceChildren(
      ...Object.entries(VERDICTS).map(([verdict, { word, key }]) =>
        h("button", { type: "button", class: `verdict-button ${verdict}`, "aria-pressed": String(mine === verdict), "aria-keyshortcuts": key, title: `${word} (${key})`, "data-verdict": verdict, disabled: !review.mayDecide, onclick: () => review.decide(verdict) }, icon(STATES[verdict].icon, 14), h("span", { text: mine === verdict ? STATES[verdict].word : word }))),
      review.mayDecide ? h("button", { type: "button", class: "button more-button", title: t`Ignore all like it…`, "aria-label": t`Ignore all like it…`, "aria-expanded": String(!this.form2.hidden), onclick: () => this.alike() }, icon("alike", 15)) : "",
    );
    if (focused) this.verdicts.querySelector(`[data-verdict="${focused}"]`)?.focus();
    this.said.replaceChildren(...change.decisions.map((one) => this.decision(one)));
    this.said.hidden = !change.decisions.length;
    this.thread.hidden = !change.comments.length;
    this.thread.replaceChildren(...change.comments.map((one) => this.comment(one)));
    this.form.hidden = !review.mayDecide;
    this.drawAssignment(change);
    if (this.dialog.open) this.fill();
  }

  decision({ user, name, verdict, at, carried }) {
    const who = user === this.review.review.me ? t`You` : name;
    return h("p", { class: `decision${carried ? " carried" : ""}` }, h("span", { class: `state ${verdict}` }, icon(STATES[verdict].icon, 12)), h("span", {}, h("strong", { text: who }), ` ${DID[verdict]} · `, h("time", { datetime: at, text: when(at) }), carried ? h("span", { class: "from", text: t` · carried over from ${from(carried)}` }) : null));
  }

  comment({ id, user, name, text, mentions, at, carried }) {
    const mine = user === this.review.review.me && !carried;
    const names = mentions.map((one) => one.name);
    return h("li", {}, h("p", { class: "by" }, h("strong", { text: name }), h("time", { datetime: at, text: when(at) }), carried ? h("span", { class: "from", text: t`carried over from ${from(carried)}` }) : null,
      mine ? h("button", { type: "button", class: "link", text: t`Delete`, "aria-label": t`Delete this comment`, onclick: () => this.review.uncomment(this.entry.id, id) }) : null),
    h("p", { class: "remark", dir: "auto" }, ...marked(text, names)));
  }

  drawAssignment({ assignee, due, assignment_carried: carried }) {
    const { review } = this;
    const late = due && due < new Date().toISOString().slice(0, 10);
    const words = assignee ? (due ? t`${assignee.name}, until ${day(due)}` : assignee.name) : due ? t`Until ${day(due)}` : t`Nobody yet`;
    if (this.assigning) return;
    this.assignment.replaceChildren(h("span", { class: "quiet", text: t`Assigned to` }), h("span", { class: late ? "late" : "", text: late ? t`${words} (late)` : words }), carried ? h("span", { class: "from", text: t`carried over from ${from(carried)}` }) : "",
      review.mayDecide ? h("button", { type: "button", class: "link", text: t`Change`, "aria-label": t`Change who it is assigned to`, "data-testid": "assign", onclick: () => this.assign() }) : "");
  }

  async assign() {
    const { entry } = this;
    this.assigning = true;
    const change = this.review.of(entry.id);
    const people = h("select", { "aria-label": t`Assigned to`, "data-testid": "assignee" }, h("option", { value: "", text: t`Nobody` }), ...(await this.review.members()).map(({ user, name }) => h("option", { value: user, text: name, selected: user === change.assignee?.user })));
    const due = h("input", { type: "date", "aria-label": t`Until`, value: change.due ?? "" });
    const done = async (save) => {
      this.assigning = false;
      if (save) await this.review.assign(entry.id, people.value, due.value);
      this.draw();
      this.assignment.querySelector("button")?.focus();
    };
    this.assignment.replaceChildren(people, due, h("button", { type: "button", class: "secondary small", text: t`Assign`, onclick: () => done(true) }), h("button", { type: "button", class: "link", text: t`Cancel`, onclick: () => done(false) }));
    people.focus();
  }

  // Ignore what says the same, and keep that as a rule where it is wished.
  alike() {
    if (!this.form2.hidden) {
      this.form2.hidden = true;
      return this.draw();
    }
    const { review, entry } = this;
    const same = (change) => JSON.stringify([change.layer, change.kind, change.old?.text ?? null, change.new?.text ?? null]);
    const worded = entry.change.old?.text || entry.change.new?.text;
    const count = worded ? review.result.entries.filter(({ change }) => same(change) === same(entry.change)).length : 1;
    const keep = h("input", { type: "checkbox" });
    const name = h("input", { type: "text", value: "Ignored in review", maxlength: "80", "aria-label": t`Name of the profile`, disabled: true });
    keep.addEventListener("change", () => (name.disabled = !keep.checked));
    const go = h("button", { type: "button", class: "secondary small", text: count > 1 ? t`Ignore all ${count.toLocaleString(language)}` : t`Ignore`, onclick: async () => {
      const done = await review.alike(entry.id, keep.checked ? name.value : null);
      if (!done) return;
      if (!done.rule) this.form2.hidden = true;
      else this.form2.replaceChildren(h("p", { text: t`Profile “${done.profile}” now leaves out ${done.rule}.` }), h("p", { class: "quiet", text: t`Compare again with this profile, and nothing like it is told. What was decided is carried over.` }), h("button", { type: "button", class: "secondary small", text: t`Compare again`, onclick: () => review.events.compareAgain(done.profile) }));
      this.draw();
    } });
    this.form2.replaceChildren(h("p", { text: count > 1 ? t`${count.toLocaleString(language)} changes say the same.` : t`No other change says the same.` }), h("label", {}, keep, h("span", { text: t`From now on too: keep it as a rule of the profile` })), name, go);
    this.form2.hidden = false;
    this.draw();
    go.focus();
    return undefined;
  }

  // ---- typing

  write() {
    if (!this.entry) return;
    this.text.focus();
    this.text.scrollIntoView({ block: "nearest" });
  }

  typed() {
    this.review.keepDraft(this.entry.id, this.text.value);
    this.fit();
    this.offer();
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(140, this.text.scrollHeight + 2)}px`;
  }

  // Names that the word behind the last @ may mean.
  async offer() {
    const before = this.text.value.slice(0, this.text.selectionStart);
    const [, sought] = before.match(/(?:^|\s)@([^@\n]{0,40})$/u) ?? [];
    if (sought === undefined) return void (this.names.hidden = true);
    const found = (await this.review.members()).filter(({ name, login }) => [name, login].some((word) => word?.toLowerCase().startsWith(sought.toLowerCase()))).slice(0, NAMES);
    this.names.hidden = !found.length;
    this.names.replaceChildren(...found.map(({ name }) => h("button", { type: "button", class: "chip", text: `@${name}`, onclick: () => this.mention(sought, name) })));
  }

  mention(sought, name) {
    const at = this.text.selectionStart;
    const before = this.text.value.slice(0, at - sought.length);
    this.text.value = `${before}${name} ${this.text.value.slice(at)}`;
    this.text.setSelectionRange(before.length + name.length + 1, before.length + name.length + 1);
    this.text.focus();
    this.names.hidden = true;
    this.typed();
  }

  key(event) {
    const first = this.names.hidden ? null : this.names.querySelector("button");
    if (event.key === "Tab" && first && !event.shiftKey) first.click();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async send() {
    const { entry } = this;
    const text = this.text.value;
    if (!entry || !text.trim() || this.sender.disabled) return;
    this.sender.disabled = true;
    const done = await this.review.comment(entry.id, text);
    this.sender.disabled = false;
    if (!done) return;
    this.review.keepDraft(entry.id, "");
    if (this.entry?.id === entry.id && this.text.value === text) this.text.value = "";
    this.fit();
  }

  // What is wrong, in place; null when nothing is any more.
  say(trouble) {
    this.trouble = trouble;
    const shown = trouble ? [icon("warning", 15), h("div", {}, h("strong", { text: trouble.words }), trouble.remedy ? h("span", { text: ` ${trouble.remedy}` }) : null,
      h("div", { class: "actions" },
        trouble.link ? h("a", { class: "link", href: trouble.link[1], target: "_blank", rel: "noopener", text: trouble.link[0] }) : null,
        trouble.again ? h("button", { type: "button", class: "secondary small", text: trouble.code === "changed_meanwhile" ? t`Decide all the same` : t`Try again`, onclick: () => trouble.again() }) : null,
        h("button", { type: "button", class: "link", text: t`Dismiss`, onclick: () => this.say(null) })))] : [];
    this.alert.hidden = !trouble;
    this.alert.replaceChildren(...shown);
    const here = this.dialog.querySelector(".trouble");
    if (here) {
      here.hidden = !trouble;
      here.replaceChildren(...(trouble ? [icon("warning", 15), h("div", {}, h("strong", { text: trouble.words }), trouble.remedy ? h("span", { text: ` ${trouble.remedy}` }) : null)] : []));
    }
  }

  // ---- the whole review

  open() {
    if (!this.dialog.isConnected) this.review.events.mount(this.dialog);
    this.note = h("textarea", { rows: "2", placeholder: t`Add a sentence, if you like`, "aria-label": t`What you add to the signature`, maxlength: "4000" });
    this.ticked = h("input", { type: "checkbox" });
    this.events = this.revisions = null;
    this.fill();
    this.dialog.showModal();
    this.review.revisions().then((revisions) => {
      this.revisions = revisions;
      if (this.dialog.open) this.fill();
    });
    this.review.activity().then((events) => {
      this.events = events;
      if (this.dialog.open) this.fill();
    });
  }

  fill() {
    const { review } = this;
    const { counts } = review;
    const all = review.result.entries.length;
    const undone = counts.open + counts.disputed;
    const shown = review.events.shown().filter(({ id }) => review.stateOf(id) === "open");
    const cell = (state) => h("button", { type: "button", class: "tile", onclick: () => (this.dialog.close(), review.only([state])) }, h("span", { class: `state ${state}` }, icon(STATES[state].icon, 14)), h("b", { text: counts[state].toLocaleString(language) }), h("span", { text: STATES[state].word }));
    const many = (verdict) => h("button", { type: "button", class: "secondary small", text: VERDICTS[verdict].word, onclick: () => review.decideMany(verdict, shown.map(({ id }) => id)).then(() => this.fill()) });
    const body = [
      h("header", {}, h("h2", { text: t`Review` }), h("button", { type: "button", class: "button", title: t`Close`, "aria-label": t`Close`, onclick: () => this.dialog.close() }, icon("close"))),
      h("div", { class: "trouble", role: "alert", hidden: true }),
      h("div", { class: "wide-progress", role: "progressbar", "aria-valuemin": "0", "aria-valuemax": String(all), "aria-valuenow": String(all - undone), "aria-label": t`Decided` }, h("i")),
      h("p", { text: counts.carried ? t`${(all - undone).toLocaleString(language)} of ${plural(all, "change")} decided, ${counts.carried.toLocaleString(language)} of them carried over and not looked at here.` : t`${(all - undone).toLocaleString(language)} of ${plural(all, "change")} decided.` }),
      h("div", { class: "tiles" }, ...Object.keys(STATES).map(cell)),
      review.mayDecide && shown.length ? h("div", { class: "many" }, h("span", { text: t`The ${plural(shown.length, "open change")} that the list shows:` }), many("accepted"), many("rejected"), many("ignored")) : "",
      h("h3", { text: t`Signatures` }), ...this.signatures(), ...this.earlier(), review.mayDecide ? this.signing(undone) : "",
      ...this.timeline(),
      h("h3", { text: t`Activity` }), this.activities(),
    ];
    this.dialog.replaceChildren(...body);
    this.dialog.querySelector(".wide-progress i").style.width = `${all ? ((all - undone) / all) * 100 : 0}%`;
    if (this.trouble) this.say(this.trouble);
  }

  signatures() {
    const { signatures, me } = this.review.review;
    if (!signatures.length) return [h("p", { class: "quiet", text: t`Nobody has signed yet.` })];
    return signatures.map((one) => {
      const why = one.withdrawn_at ? t`withdrawn ${when(one.withdrawn_at)}` : one.stands ? t`stands` : one.result_sha256 === this.review.review.result_sha256 ? t`decisions have changed since` : t`of another result of these two files`;
      const { counts } = one;
      return h("div", { class: `signature${one.stands ? " stands" : ""}`, "data-testid": "signature" }, icon(one.stands ? "check" : "close", 16),
        h("div", {}, h("p", {}, h("strong", { text: one.name }), t` signed ${when(one.at)} · `, h("span", { class: "why", text: why })),
          h("p", { class: "quiet", text: t`${counts.accepted} accepted, ${counts.rejected} rejected, ${counts.ignored} ignored, ${counts.open + counts.disputed} undecided of ${counts.changes} · result ${one.result_sha256.slice(0, 12)}…` }),
          one.note ? h("p", { class: "remark", dir: "auto", text: one.note }) : null),
        one.user === me && !one.withdrawn_at && this.review.mayDecide ? h("button", { type: "button", class: "link", text: t`Withdraw`, onclick: () => this.review.withdraw(one.id).then(() => this.fill()) }) : null);
    });
  }

  // What was signed of other revisions: told apart, as it is no signature of this result.
  earlier() {
    return (this.review.review.earlier_signatures ?? []).map(({ comparison, name, old, new: now, at }) =>
      h("p", { class: "quiet earlier", "data-testid": "earlier-signature" }, icon("carried", 13), h("span", { text: t`Signed for the earlier result ${old} → ${now} by ${name} on ${when(at)}; not a signature of this one.` }),
        comparison ? h("a", { class: "link", href: `/result?comparison=${comparison}`, text: t`Show` }) : null));
  }

  signing(undone) {
    const go = h("button", { type: "submit", class: "secondary", text: t`Sign off`, "data-testid": "sign" });
    const check = () => (go.disabled = undone > 0 && !this.ticked.checked);
    this.ticked.onchange = check;
    check();
    const form = h("form", { class: "signing" }, this.note,
      undone ? h("label", {}, this.ticked, h("span", { text: t`Sign although ${plural(undone, "change is", "changes are")} open or disputed` })) : "",
      h("p", { class: "quiet", text: t`Your name, the time, and the digest of this result (${this.review.review.result_sha256.slice(0, 12)}…) and of the decisions are recorded.` }), go);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      if (await this.review.sign(this.note.value, this.ticked.checked)) {
        this.note.value = "";
        this.events = await this.review.activity();
      }
      this.fill();
    });
    return form;
  }

  // The revisions on one line; any two can be compared, and what is new since one signed.
  timeline() {
    if (!this.revisions) return [];
    const { documents, comparisons, since_signed: since, here } = this.revisions;
    const nameOf = new Map(documents.map((one, k) => [one.id, `${k + 1}. ${one.name}`]));
    const known = (old, now) => comparisons.find((one) => one.old === old && one.new === now && one.state === "done");
    const go = (old, now) => {
      const there = known(old, now);
      if (there) location.assign(`/result?comparison=${there.id}`);
      else this.review.events.compare(old, now);
    };
    const choice = (label, chosen) => h("select", { "aria-label": label }, ...documents.map(({ id }) => h("option", { value: id, selected: id === chosen, text: nameOf.get(id) })));
    const [from, to] = [choice(t`Compare this revision`, here.old.id), choice(t`with this one`, here.new.id)];
    const rows = documents.map(({ id, created_at: at, page_count: pages }) => {
      const ours = id === here.old.id ? "old" : id === here.new.id ? "new" : null;
      const signed = comparisons.filter((one) => one.new === id).flatMap((one) => one.signed);
      return h("li", {}, h("span", { class: "revision", text: nameOf.get(id) }), ours ? h("span", { class: `side ${ours}`, text: word(ours) }) : null,
        h("span", { class: "quiet", text: [when(at), plural(pages, "page"), signed.length ? t`signed by ${[...new Set(signed.map(({ name }) => name))].join(", ")}` : null].filter(Boolean).join(" · ") }));
    });
    return [h("h3", { text: t`Revisions` }), h("ol", { class: "timeline", "data-testid": "timeline" }, ...rows),
      since ? h("p", {}, t`A newer revision came since you signed (${when(since.signed_at)}). `, h("button", { type: "button", class: "link", text: t`What changed since`, onclick: () => go(since.old, since.new) })) : "",
      documents.length > 1 ? h("div", { class: "many" }, from, h("span", { text: "→" }), to, h("button", { type: "button", class: "secondary small", text: t`Compare`, onclick: () => go(from.value, to.value) })) : ""];
  }

  activities() {
    if (this.events === null) return h("p", { class: "quiet", text: t`Loading…` });
    if (!this.events?.length) return h("p", { class: "quiet", text: t`Nothing has been done yet.` });
    return h("ol", { class: "activity" }, ...this.events.map(({ at, who, action, change, detail }) => {
      const entry = change ? this.review.result.byId.get(change) : null;
      const did = { decided: detail.verdict === "open" ? t`took a decision back` : decidedOn(detail.verdict, detail.count > 1 ? plural(detail.count, "change") : t`a change`), commented: t`commented on a change`, comment_deleted: t`deleted a comment`, assigned: detail.to ? t`assigned a change` : t`took an assignment away`, signed: t`signed off`, withdrawn: t`withdrew a signature` }[action] ?? action;
      return h("li", {}, h("time", { datetime: at, text: when(at) }), h("span", {}, h("strong", { text: who || t`Somebody` }), ` ${did}`), entry ? h("button", { type: "button", class: "link", text: t`Show`, onclick: () => (this.dialog.close(), this.review.events.pick(entry)) }) : null);
    }));
  }

  close() {
    if (this.dialog.open) this.dialog.close();
  }
}

const decidedOn = (verdict, what) => ({ accepted: t`accepted ${what}`, rejected: t`rejected ${what}`, ignored: t`ignored ${what}` })[verdict] ?? verdict;

const from = ({ old, new: now, same_revisions: same }) => (same ? t`a comparison with other options` : `${old} → ${now}`);

function when(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(calendar, today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
}

const day = (iso) => new Date(`${iso}T00:00`).toLocaleDateString(calendar, { day: "numeric", month: "short", year: "numeric" });

// A comment with the names that it mentions made strong.
function marked(text, names) {
  if (!names.length) return [text];
  const one = new RegExp(`(@(?:${names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")}))(?![\\p{L}\\p{N}])`, "giu");
  return text.split(one).map((part, i) => (i % 2 ? h("b", { class: "mention", text: part }) : part));
}
