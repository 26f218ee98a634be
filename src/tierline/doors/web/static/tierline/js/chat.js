/* The chat in its frame: says what is typed, asks for news every three seconds while it is seen, forgets nothing but the address. */
(() => {
  const words = document.body.dataset;
  const at = (id) => document.getElementById(id);
  const form = at("write"), log = at("log"), state = at("state"), verbs = at("verbs");
  const shown = new Set();
  let token = "", timer = 0, over = false;

  const tell = (text) => { state.textContent = text; };
  const keep = () => parent.postMessage({ tierline: "keep", token }, "*");

  async function call(verb, fields) {
    const body = new URLSearchParams({ ...fields, token });
    const answer = await fetch(`${words.root}/${verb}`, { method: "POST", body, credentials: "omit" });
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.error), { status: answer.status });
    if (told.token) { token = told.token; keep(); }
    draw(told);
  }

  function line(one) {
    const box = document.createElement("div"), who = document.createElement("b"), text = document.createElement("span");
    box.className = `line ${one.by}`;
    who.textContent = one.by === "you" ? words.you : one.by === "assistant" ? words.assistant : one.name;
    text.textContent = one.text;
    box.append(who, text);
    return box;
  }

  function draw(told) {
    for (const one of told.lines) {
      if (shown.has(one.number)) continue;
      shown.add(one.number);
      log.append(line(one));
      log.scrollTop = log.scrollHeight;
    }
    const ended = told.state === "left" || told.state === "solved";
    at("who").hidden = true;
    for (const field of at("who").querySelectorAll("input")) field.required = false;
    verbs.hidden = ended;
    verbs.querySelector("[data-verb=solved]").hidden = told.state !== "tier0";
    verbs.querySelector("[data-verb=people]").hidden = told.state !== "tier0";
    tell(told.state === "people" ? words.people.replace("REFERENCE", told.reference) : told.state === "solved" ? words.solved : ended ? words.ended : "");
    if (ended) { over = true; form.hidden = true; token = ""; keep(); }
  }

  async function attempt(work) {
    try { await work(); } catch (problem) {
      tell(problem.status ? problem.message : words.failed);
      if (problem.status === 404) { token = ""; keep(); }
      return false;
    }
    return true;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = at("text"), text = field.value.trim();
    if (!text) return;
    const fields = token ? { text } : { text, name: at("name").value, email: at("email").value, page: words.page };
    if (await attempt(() => call(token ? "say" : "begin", fields))) { field.value = ""; field.focus(); }
  });
  at("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  verbs.addEventListener("click", (event) => {
    const verb = event.target.dataset.verb;
    if (verb) attempt(() => call(verb, {}));
  });
  at("close").addEventListener("click", () => parent.postMessage({ tierline: "close" }, "*"));
  addEventListener("keydown", (event) => { if (event.key === "Escape") parent.postMessage({ tierline: "close" }, "*"); });

  addEventListener("message", (event) => {
    if (event.source !== parent || event.data?.tierline !== "token" || typeof event.data.token !== "string" || token) return;
    token = event.data.token;
    if (token) attempt(() => call("news", {}));
  });
  const ask = async () => {
    if (token && !over && !document.hidden) await attempt(() => call("news", {}));
    timer = setTimeout(ask, 3000);
  };
  timer = setTimeout(ask, 3000);
  addEventListener("pagehide", () => clearTimeout(timer));
  parent.postMessage({ tierline: "ready" }, "*");
})();
