/* The portal works without this file. It adds two things: a file may be dropped anywhere on the page, and the results of
   the search box can be walked with the arrow keys. Search while typing is htmx, in the markup. */

const form = document.querySelector("form[data-drop-anywhere]");
const input = form?.querySelector("input[type=file]");

const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

if (input) {
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.add("over");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) form.classList.remove("over");
  });
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    form.classList.remove("over");
    const files = new DataTransfer();
    const kept = input.multiple ? [...input.files] : [];
    for (const file of [...kept, ...event.dataTransfer.files]) files.items.add(file);
    input.files = files.files;
    input.focus();
    if (form.hasAttribute("data-send-on-drop")) form.requestSubmit();
  });
}

const seek = document.getElementById("q");
const links = () => [...document.querySelectorAll("#finds a.find, #finds .both a")];

document.addEventListener("keydown", (event) => {
  if (!seek || !["ArrowDown", "ArrowUp", "Escape"].includes(event.key)) return;
  const all = links();
  const at = all.indexOf(document.activeElement);
  if (event.key === "Escape" && (at >= 0 || document.activeElement === seek)) {
    document.getElementById("finds")?.replaceChildren();
    seek.focus();
    return;
  }
  if (!all.length || (at < 0 && document.activeElement !== seek)) return;
  event.preventDefault();
  const next = at + (event.key === "ArrowDown" ? 1 : -1);
  (next < 0 ? seek : all[Math.min(next, all.length - 1)]).focus();
});
