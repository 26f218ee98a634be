/* The keyboard, read from the markup: every element with data-key gets its key, `?` shows them all.
   Keys rest while somebody types or a dialog is open. Two-stroke keys ("g q") wait one second for the second stroke. */

const WAIT = 1000;
let first = "";
let timer = 0;

const resting = (event) =>
  event.ctrlKey || event.metaKey || event.altKey || event.isComposing ||
  event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog");

const usable = (element) => element.getClientRects().length > 0 && element.getAttribute("aria-disabled") !== "true";

const find = (key) => [...document.querySelectorAll("[data-key]")].find((e) => e.dataset.key === key && usable(e));

const press = (element) => {
  if (element.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=submit])")) {
    element.focus();
    element.select?.();
    return;
  }
  if (element.matches("[type=radio]")) element.click();
  const focus = element.dataset.keyFocus && document.getElementById(element.dataset.keyFocus);
  if (element.matches("[type=radio]")) return focus?.focus();
  element.click();
  focus?.focus();
};

const move = (step) => {
  const rows = [...document.querySelectorAll("[data-row]")].filter(usable);
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.matches(".here, [aria-current]") || row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))] ?? rows[0];
  for (const row of rows) row.classList.toggle("here", row === next);
  const link = next.matches("a") ? next : next.querySelector("a");
  link.focus({ preventScroll: false });
  next.scrollIntoView({ block: "nearest" });
};

const here = () => document.querySelector("[data-row].here") ?? document.activeElement?.closest("[data-row]");

const listKeys = {
  j: () => move(1),
  k: () => move(-1),
  o: () => { const row = here(); (row?.matches("a") ? row : row?.querySelector("a"))?.click(); },
  x: () => here()?.querySelector("input[type=checkbox]")?.click(),
};

const help = () => {
  const dialog = document.getElementById("keys-help");
  const list = dialog.querySelector("dl");
  const seen = new Map();
  for (const e of document.querySelectorAll("[data-key]")) {
    if (!seen.has(e.dataset.key)) seen.set(e.dataset.key, e.dataset.keyWords ?? e.textContent.trim());
  }
  list.replaceChildren();
  for (const [key, words] of seen) {
    const term = document.createElement("dt");
    for (const part of key.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = part;
      term.append(cap, " ");
    }
    const meaning = document.createElement("dd");
    meaning.textContent = words;
    list.append(term, meaning);
  }
  dialog.showModal();
};

document.addEventListener("keydown", (event) => {
  if (resting(event)) return;
  const key = first ? `${first} ${event.key}` : event.key;
  clearTimeout(timer);
  first = "";
  if (key === "?") return help();
  const target = find(key);
  if (target) {
    event.preventDefault();
    return press(target);
  }
  if (document.querySelector(`[data-key^="${CSS.escape(event.key)} "]`) && key === event.key) {
    first = event.key;
    timer = setTimeout(() => { first = ""; }, WAIT);
    return;
  }
  if (document.querySelector("[data-row]") && listKeys[key]) {
    event.preventDefault();
    listKeys[key]();
  }
});

/* Pointing at a due time opens its derivation, and leaving closes it, unless a click has said that it stays. */
const POINTED = 300;
const LEFT = 250;
let pointing = 0;
const dueTime = (element) => element.closest?.(".clock-why, .clocks .why-box");
document.addEventListener("mouseover", (event) => {
  const box = dueTime(event.target);
  clearTimeout(pointing);
  for (const other of document.querySelectorAll("details[data-pointed]")) if (other !== box) shut(other);
  if (!box || box.open) return;
  pointing = setTimeout(() => { box.dataset.pointed = ""; box.open = true; }, POINTED);
});
const shut = (box) => setTimeout(() => {
  if (!("pointed" in box.dataset) || box.matches(":hover")) return;
  delete box.dataset.pointed;
  box.open = false;
}, LEFT);
document.addEventListener("click", (event) => {
  const box = event.target.closest("summary") && dueTime(event.target);
  clearTimeout(pointing);
  if (!box || !("pointed" in box.dataset)) return;
  event.preventDefault(); // it is open already: now it stays
  delete box.dataset.pointed;
});

/* One open receipt at a time, closed by Escape or a click elsewhere. */
const openPanels = () => document.querySelectorAll("details:is(.why-box, .account, .filter-more)[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const panel of openPanels()) {
    panel.open = false;
    panel.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  for (const panel of openPanels()) if (!panel.contains(event.target)) panel.open = false;
});
