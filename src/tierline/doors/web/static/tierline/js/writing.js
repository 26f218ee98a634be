/* Nothing typed is lost: a <tl-draft> around a text field saves it to the server while somebody writes, and Ctrl+Enter sends. */

const PAUSE = 900;
const WRITES_FOR = 20000; // milliseconds after the last key in which colleagues are told that somebody writes

class Draft extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("textarea");
    this.said = this.querySelector("[data-draft-said]");
    this.form = this.closest("form");
    this.saved = this.field.value;
    this.field.addEventListener("input", () => this.later());
    this.form.addEventListener("change", () => this.later());
    this.form.addEventListener("submit", () => { clearTimeout(this.timer); this.sent = true; });
    this.form.addEventListener("tl-not-sent", () => { this.sent = false; this.later(); });
    this.leaving = () => this.save({ leaving: true });
    addEventListener("pagehide", this.leaving);
  }

  disconnectedCallback() { // another composer took its place, with everything that stood here
    clearTimeout(this.timer);
    clearTimeout(this.rest);
    removeEventListener("pagehide", this.leaving);
  }

  later() {
    this.tell();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save({}), PAUSE);
  }

  tell() {
    const writing = this.form.elements.writing;
    if (!writing) return;
    writing.value = "1";
    clearTimeout(this.rest);
    this.rest = setTimeout(() => { writing.value = ""; }, WRITES_FOR);
  }

  /* What was typed: chosen files go up once, with the form itself. */
  typed() {
    const body = new FormData(this.form);
    for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
    return body;
  }

  async save({ leaving }) {
    if (this.sent || this.field.value === this.saved) return;
    const body = this.typed();
    const text = this.field.value;
    if (leaving) { navigator.sendBeacon(this.getAttribute("action"), body); return; }
    try {
      const answer = await fetch(this.getAttribute("action"), { method: "POST", body, headers: { "HX-Request": "true" } });
      this.said.textContent = answer.ok ? await answer.text() : this.getAttribute("failed");
      if (answer.ok) this.saved = text;
    } catch {
      this.said.textContent = this.getAttribute("failed");
    }
  }
}
customElements.define("tl-draft", Draft);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const form = event.target.closest("form[data-send]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-send-button]") ?? undefined);
});

document.addEventListener("change", (event) => {
  if (!event.target.matches(".attach input")) return;
  const names = event.target.closest(".attach").querySelector("[data-file-names]");
  names.textContent = [...event.target.files].map((file) => file.name).join(", ");
});

/* "Select all" and the bulk bar follow the boxes of the list. */
const bulk = () => {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const boxes = [...document.querySelectorAll("input[name=ticket]")];
  const ticked = boxes.filter((box) => box.checked).length;
  bar.dataset.ticked = String(ticked);
  const count = bar.querySelector("[data-bulk-count]");
  if (count) count.textContent = String(ticked);
  const all = document.querySelector("[data-select-all]");
  if (all) { all.checked = ticked > 0 && ticked === boxes.length; all.indeterminate = ticked > 0 && ticked < boxes.length; }
};
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) {
    for (const box of document.querySelectorAll("input[name=ticket]")) box.checked = event.target.checked;
  }
  if (event.target.matches("[data-select-all], input[name=ticket]")) bulk();
});
bulk();

/* Macros: `/` in the empty composer, or the button, opens the list; Enter takes the first one. Without this the button leads to a page. */
class Macros extends HTMLElement {
  connectedCallback() {
    this.opener = this.querySelector("button");
    this.panel = this.querySelector(".macro-panel");
    this.find = this.panel.querySelector("input");
    this.field = this.closest("form").querySelector("textarea");
    this.leave = new AbortController();
    const { signal } = this.leave;
    this.opener.addEventListener("click", (event) => { event.preventDefault(); this.show(this.panel.hidden); }, { signal });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "/" || this.field.value || event.isComposing) return;
      event.preventDefault();
      this.show(true);
    }, { signal });
    this.addEventListener("keydown", (event) => this.key(event), { signal });
    this.addEventListener("htmx:beforeRequest", (event) => { if (event.target === this.find) this.asking = this.find.value; }, { signal });
    this.addEventListener("htmx:afterSettle", (event) => { if (event.target.matches(".macro-found")) this.arrived(); }, { signal });
    document.addEventListener("click", (event) => { if (!this.contains(event.target)) this.close(); }, { signal });
  }

  disconnectedCallback() { this.leave.abort(); }

  show(open) {
    if (!open) { this.close(); this.field.focus(); return; }
    this.panel.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.find.value = "";
    this.find.focus();
    this.find.dispatchEvent(new Event("look"));
  }

  close() {
    this.panel.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
  }

  key(event) {
    if (this.panel.hidden) return;
    const found = [...this.panel.querySelectorAll("button.macro")];
    const at = found.indexOf(document.activeElement);
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.show(false); }
    if (event.key === "ArrowDown") { event.preventDefault(); (found[at + 1] ?? found[0])?.focus(); }
    if (event.key === "ArrowUp") { event.preventDefault(); (at > 0 ? found[at - 1] : this.find).focus(); }
    if (event.key === "Enter" && event.target === this.find) { event.preventDefault(); this.take(); }
  }

  /* Enter means what was typed: a list that is still on its way is waited for. */
  take() {
    if (this.shown === this.find.value) { this.panel.querySelector("button.macro")?.click(); return; }
    this.wanted = true;
    this.find.dispatchEvent(new Event("look"));
  }

  arrived() {
    this.shown = this.asking;
    if (!this.wanted || this.shown !== this.find.value) return;
    this.wanted = false;
    this.take();
  }
}
customElements.define("tl-macros", Macros);

/* A macro brings a new composer; the files that were chosen in the old one stay. */
let chosen = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  chosen = event.detail.target.id === "write" ? event.detail.target.querySelector(".attach") : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (!chosen) return;
  document.querySelector("#write .attach")?.replaceWith(chosen);
  chosen = null;
});
