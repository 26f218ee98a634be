/* Ctrl+K: every verb of the page (the elements that have a key or words) and every object the search knows. */

const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const list = dialog.querySelector("ul");
const none = dialog.querySelector("[data-none]");
const opener = document.querySelector("[data-palette-open]");
let items = [];
let chosen = 0;
let asked = 0;

const usable = (element) => element.getClientRects().length > 0 && element.getAttribute("aria-disabled") !== "true";

const verbs = () =>
  [...document.querySelectorAll("[data-key-words]")]
    .filter((e) => !dialog.contains(e) && usable(e))
    .map((e) => ({ words: e.dataset.keyWords, note: e.dataset.key ?? "", run: () => (e.matches("input[type=search], textarea") ? e.focus() : e.click()) }));

const matches = (words, query) => query.toLowerCase().split(/\s+/).every((part) => words.toLowerCase().includes(part));

const draw = () => {
  list.replaceChildren();
  items.forEach((item, index) => {
    const row = document.createElement("li");
    row.id = `palette-${index}`;
    row.role = "option";
    row.ariaSelected = String(index === chosen);
    row.append(document.createTextNode(item.words));
    const note = document.createElement("small");
    note.textContent = item.note;
    row.append(note);
    row.addEventListener("click", () => run(item));
    list.append(row);
  });
  none.hidden = items.length > 0;
  input.setAttribute("aria-activedescendant", items.length ? `palette-${chosen}` : "");
  list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
};

const run = (item) => {
  dialog.close();
  item.run();
};

const search = async () => {
  const query = input.value.trim();
  const ticket = ++asked;
  items = verbs().filter((item) => matches(item.words, query));
  chosen = 0;
  draw();
  if (query.length < 2) return;
  const answer = await fetch(`${dialog.dataset.source}?q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || ticket !== asked) return;
  const found = (await answer.json()).results.map((r) => ({ words: r.words, note: r.note, run: () => { location.href = r.href; } }));
  items = [...items, ...found];
  draw();
};

const open = () => {
  input.value = "";
  dialog.showModal();
  search();
};

let pause = 0;
input.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(search, 120); });
input.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    chosen = items.length ? (chosen + step + items.length) % items.length : 0;
    draw();
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (items[chosen]) run(items[chosen]);
    else if (input.value.trim()) location.href = `${document.querySelector(".find form").action}?q=${encodeURIComponent(input.value.trim())}`;
  }
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (!dialog.open) open();
  }
});
opener.hidden = false;
opener.addEventListener("click", open);
