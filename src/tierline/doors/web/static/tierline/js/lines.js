/* A log of any length: <tl-lines> around a list of lines fetches what comes before and after as somebody scrolls there,
   and keeps only so many lines in the page. Without it the buttons above the list do the same. */

const KEPT = 480;

class Lines extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.scroller = scrollerOf(this);
    this.watch = new IntersectionObserver((seen) => this.reached(seen.filter((one) => one.isIntersecting)));
    this.list.addEventListener("click", unfold);
    this.more = () => { if (!this.busy) this.mark(); };
    document.addEventListener("htmx:afterSettle", this.more); // of a file that is being read there are more lines now
    this.mark();
  }

  disconnectedCallback() {
    this.watch.disconnect();
    document.removeEventListener("htmx:afterSettle", this.more);
  }

  get total() { return Number(document.querySelector("[data-lines]")?.dataset.lines ?? this.getAttribute("total")); }

  mark() {
    this.watch.disconnect();
    const rows = [...this.list.children].filter((row) => row.id && !row.hidden);
    if (!rows.length) return;
    this.first = rows[0];
    this.last = rows[rows.length - 1];
    if (number(this.first) > 1) this.watch.observe(this.first);
    if (number(this.last) < this.total) this.watch.observe(this.last);
  }

  reached(seen) {
    if (this.busy || !seen.length) return;
    const down = seen.some((one) => one.target === this.last);
    const page = Number(this.getAttribute("page"));
    if (!down && !this.moved) { this.wait(); return; } // the page opens in the middle: what is above comes when asked for
    this.load(down ? number(this.last) + 1 : Math.max(1, number(this.first) - page), down);
  }

  wait() {
    const target = this.scroller === document.scrollingElement ? document : this.scroller;
    target.addEventListener("scroll", () => { this.moved = true; this.mark(); }, { once: true, passive: true });
  }

  async load(line, down) {
    this.busy = true;
    try {
      const where = new URL(location.href);
      where.searchParams.set("line", line);
      const answer = await fetch(where, { headers: { "HX-Request": "true" } });
      if (!answer.ok) return;
      const made = new DOMParser().parseFromString(await answer.text(), "text/html");
      const rows = [...made.querySelectorAll("tl-lines ol > li")];
      const until = rows.findIndex((row) => row.id && number(row) >= number(this.first));
      this.put(down || until < 0 ? rows : rows.slice(0, until), down);
    } finally {
      this.busy = false;
      this.mark();
    }
  }

  put(rows, down) {
    if (down) {
      this.list.append(...rows);
      this.keep(() => { while (this.list.children.length > KEPT) this.list.firstElementChild.remove(); });
    } else {
      this.keep(() => this.list.prepend(...rows));
      while (this.list.children.length > KEPT) this.list.lastElementChild.remove();
    }
    this.moved = true;
  }

  /* What somebody looks at stays where it is when lines above it come or go. */
  keep(change) {
    const height = this.list.offsetHeight;
    change();
    this.scroller.scrollTop += this.list.offsetHeight - height;
  }
}

/* Lines as usual that were folded away come back in their place. */
function unfold(event) {
  const fold = event.target.closest("[data-unfold]")?.parentElement;
  if (!fold) return;
  event.preventDefault();
  const first = fold.nextElementSibling;
  for (let row = first; row?.hidden; row = row.nextElementSibling) row.hidden = false;
  fold.remove();
  first.querySelector("input")?.focus();
}

const number = (row) => Number(row.id.slice(2));

function scrollerOf(node) {
  for (let one = node.parentElement; one; one = one.parentElement) {
    const style = getComputedStyle(one).overflowY;
    if ((style === "auto" || style === "scroll") && one.scrollHeight > one.clientHeight) return one;
  }
  return document.scrollingElement;
}

customElements.define("tl-lines", Lines);
