/* Tierline chat for other sites: a button and, when it is pressed, a sandboxed frame. No eval, no inline style, no cookie.
   The page's own policy has to allow this desk under script-src and frame-src. */
(() => {
  const script = document.currentScript;
  const frameAddress = script.src.replace(/\/widget\.js(\?.*)?$/, "");
  const words = script.dataset.label || (document.documentElement.lang.startsWith("de") ? "Hilfe" : "Help");
  const memory = `tierline-chat ${frameAddress}`;
  const place = (element, rules) => Object.assign(element.style, rules);

  const box = document.createElement("div");
  place(box, { position: "fixed", insetBlockEnd: "16px", insetInlineEnd: "16px", zIndex: "2147483000", display: "grid", gap: "8px", justifyItems: "end" });
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.setAttribute("aria-expanded", "false");
  place(button, { font: "600 16px/1 system-ui, sans-serif", padding: "12px 18px", minHeight: "44px", borderRadius: "999px", border: "1px solid #fff", background: "#14524a", color: "#fff", cursor: "pointer" });
  box.append(button);

  let frame = null;
  const remembered = () => { try { return sessionStorage.getItem(memory) || ""; } catch { return ""; } };
  const remember = (token) => { try { token ? sessionStorage.setItem(memory, token) : sessionStorage.removeItem(memory); } catch { /* the chat works without */ } };

  const make = () => {
    frame = document.createElement("iframe");
    frame.title = words;
    frame.setAttribute("sandbox", "allow-scripts allow-forms");
    frame.referrerPolicy = "no-referrer";
    frame.src = frameAddress;
    place(frame, { width: "min(380px, calc(100vw - 32px))", height: "min(560px, calc(100vh - 96px))", border: "1px solid #8a9a97", borderRadius: "10px", background: "#fff" });
    box.prepend(frame);
  };
  const show = (open) => {
    if (open && !frame) make();
    if (frame) frame.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) frame.focus();
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") !== "true"));
  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || typeof event.data !== "object" || !event.data) return;
    if (event.data.tierline === "ready") frame.contentWindow.postMessage({ tierline: "token", token: remembered() }, "*");
    if (event.data.tierline === "keep" && typeof event.data.token === "string") remember(event.data.token.slice(0, 300));
    if (event.data.tierline === "close") { show(false); button.focus(); }
  });
  const start = () => document.body.append(box);
  document.body ? start() : addEventListener("DOMContentLoaded", start);
})();
