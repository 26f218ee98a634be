/* A <tl-upload> in a form shows how far its files are while they go up. What is too large is said before anything is sent,
   and when something goes wrong the page, the words and the chosen files stay. Without it the form is sent as ever. */

const WORTH = 1000000; // bytes: what is smaller is there before a bar is

class Upload extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.bar = this.querySelector("progress");
    this.words = this.querySelector("[role=status]");
    this.leave = new AbortController();
    const { signal } = this.leave;
    this.form.addEventListener("submit", (event) => this.submit(event), { signal });
    this.form.addEventListener("change", (event) => { if (event.target.type === "file") this.judge(); }, { signal });
    this.querySelector("button").addEventListener("click", () => this.sending?.abort(), { signal });
    addEventListener("beforeunload", (event) => { if (this.sending) event.preventDefault(); }, { signal });
  }

  disconnectedCallback() { this.leave.abort(); }

  get size() {
    const files = [...this.form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    return files.reduce((all, file) => all + file.size, 0);
  }

  /* Whether the chosen files are too large; says so. */
  judge() {
    const much = this.size > Number(this.getAttribute("limit"));
    if (much) this.say(this.getAttribute("too-large"), "bad");
    else this.hidden = true;
    return much;
  }

  submit(event) {
    if (event.defaultPrevented) return;
    if (this.sending) { event.preventDefault(); return; }
    if (this.judge()) { event.preventDefault(); this.kept(); return; }
    if (this.size < WORTH) return;
    event.preventDefault();
    this.send(event.submitter);
  }

  send(button) {
    const request = new XMLHttpRequest();
    request.open("POST", button?.hasAttribute("formaction") ? button.formAction : this.form.action);
    request.setRequestHeader("X-Tierline-Upload", "1");
    request.upload.addEventListener("progress", (event) => this.far(event.loaded, event.total));
    request.addEventListener("load", () => this.answered(request));
    request.addEventListener("error", () => this.failed(this.getAttribute("failed")));
    request.addEventListener("abort", () => this.failed(this.getAttribute("stopped")));
    this.sending = request;
    this.toggleAttribute("sending", true);
    this.far(0, this.size);
    request.send(new FormData(this.form, button));
  }

  far(sent, all) {
    this.bar.value = all ? sent / all : 0;
    const name = sent < all ? "far" : "there";
    const percent = String(Math.floor((100 * sent) / (all || 1)));
    this.say(this.getAttribute(name).replace("{percent}", percent).replace("{size}", sizeOf(all)), "");
  }

  answered(request) {
    const go = request.getResponseHeader("X-Tierline-Go");
    if (!go) { this.failed(reason(request) || this.getAttribute("failed")); return; }
    this.sending = null;
    const there = new URL(go, location.href);
    const here = new URL(location.href);
    if (there.pathname + there.search === here.pathname + here.search) {
      if (there.hash) history.replaceState(null, "", there.hash);
      location.reload();
    } else {
      location.assign(there);
    }
  }

  failed(words) {
    this.sending = null;
    this.toggleAttribute("sending", false);
    this.say(words, "bad");
    this.kept();
  }

  say(words, tone) {
    this.hidden = false;
    this.dataset.tone = tone;
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  /* Nothing was sent: whoever keeps drafts goes on with them. */
  kept() { this.form.dispatchEvent(new Event("tl-not-sent")); }
}

/* What a refusal says: in its own words, or those of the page that came back. */
function reason(request) {
  const text = request.responseText;
  if (!(request.getResponseHeader("Content-Type") ?? "").startsWith("text/html")) return text.length < 400 ? text : "";
  const found = new DOMParser().parseFromString(text, "text/html");
  const said = [...found.querySelectorAll("[role=alert], form .error, main .said")].map((one) => one.textContent.trim());
  return [...new Set(said)].join(" ").replace(/\s+/g, " ");
}

function sizeOf(bytes) {
  const [unit, power] = bytes >= 1e9 ? ["GB", 1e9] : ["MB", 1e6];
  return `${new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(bytes / power)} ${unit}`;
}

customElements.define("tl-upload", Upload);
