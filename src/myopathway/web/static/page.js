"use strict";
// The page works without this script. With it, the answer follows the form without a reload.
(() => {
  const root = document.documentElement;
  const themes = ["", "light", "dark"];
  const stored = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("theme") || "";
      localStorage.setItem("theme", value);
    } catch { /* storage may be barred in a frame */ }
    return "";
  };
  const paint = (theme) => theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme");
  paint(stored());

  addEventListener("DOMContentLoaded", () => {
    const $ = (id) => document.getElementById(id);
    const form = () => $("facts");
    const theme = $("theme");
    const named = () => { theme.textContent = `Theme: ${root.dataset.theme || "system"}`; };
    theme.hidden = false;
    named();
    theme.addEventListener("click", () => {
      const next = themes[(themes.indexOf(root.dataset.theme || "") + 1) % 3];
      paint(next); stored(next); named();
    });
    if (document.body.classList.contains("paper")) return;
    if (!form() || !window.fetch || !window.URLSearchParams) return;

    const say = (text) => { $("live").textContent = text; };
    let pressed = [];  // buttons whose answer has not come back: a later request says them again
    const pairs = (all) => {
      const data = new FormData(form());
      if (all) for (const [name, value] of pressed) data.append(name, value);
      return new URLSearchParams([...data].filter(([, value]) => typeof value === "string" && value !== ""));
    };
    const posts = () => form().method === "post";
    const ask = (path, sent, headers, signal) => posts()
      ? fetch(path, { method: "POST", body: sent, headers, signal })
      : fetch(sent.toString() ? `${path}?${sent}` : path, { headers, signal });

    // Where the reader is: the control in focus, the disclosures that are open, the scrolling.
    const key = (one) => one && one.name
      ? `[name="${CSS.escape(one.name)}"]${one.type === "radio" || one.type === "checkbox" || one.tagName === "BUTTON" ? `[value="${CSS.escape(one.value)}"]` : ""}`
      : one && one.id ? `#${CSS.escape(one.id)}` : "";
    // The form is changed where it differs, so that nobody's click or typing gets lost.
    const alike = (a, b) => a.nodeName === b.nodeName && (a.nodeType !== 1 ||
      ["id", "name", "type"].every((one) => a.getAttribute(one) === b.getAttribute(one)) &&
      (!a.matches("input[type=radio],input[type=checkbox],option,button") || a.getAttribute("value") === b.getAttribute("value")));
    const morph = (a, b) => {
      if (!alike(a, b)) { a.replaceWith(b.cloneNode(true)); return; }
      if (a.nodeType !== 1) { if (a.nodeValue !== b.nodeValue) a.nodeValue = b.nodeValue; return; }
      for (const { name } of [...a.attributes]) if (!b.hasAttribute(name) && name !== "open") a.removeAttribute(name);
      for (const { name, value } of b.attributes) {
        if (name === "open" ? b.querySelector(".fault") : a.getAttribute(name) !== value) a.setAttribute(name, value);
      }
      const now = [...a.childNodes], then = [...b.childNodes];
      then.forEach((one, n) => now[n] ? morph(now[n], one) : a.append(one.cloneNode(true)));
      now.slice(then.length).forEach((one) => one.remove());
      if (a.matches("input")) {
        if (/radio|checkbox/.test(a.type)) a.checked = b.hasAttribute("checked");
        else if (a !== document.activeElement && a.type !== "file") a.value = b.getAttribute("value") || "";
      } else if (a.matches("select")) a.value = (b.querySelector("option[selected]") || { value: "" }).value;
    };
    let busy = null;
    const show = (text, focus) => {
      const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("main");
      if (!fresh) throw new Error("no page");
      const main = $("main"), old = $("answer"), next = fresh.querySelector("#answer");
      const active = document.activeElement, where = key(active), top = old.scrollTop;
      const open = new Map([...old.querySelectorAll("details[data-k]")].map((d) => [d.dataset.k, d.open]));
      for (const d of next.querySelectorAll("details[data-k]")) d.open = d.open || open.get(d.dataset.k) === true;
      old.replaceWith(next);
      morph(form(), fresh.querySelector("#facts"));
      Object.assign(main.dataset, fresh.dataset);
      printing();
      document.title = `${$("head").textContent} – myopathway`;
      $("answer").classList.add("fresh");
      if (focus) { $("head").focus({ preventScroll: true }); $("answer").scrollIntoView({ block: "nearest" }); if (scrollY > $("answer").offsetTop) scrollTo(0, 0); }
      else {
        $("answer").scrollTop = top;
        if (!active.isConnected) {
          const again = where && document.querySelector(where);
          (again || $("head")).focus({ preventScroll: true });
        }
      }
      say(main.dataset.said);
    };
    // What each step back shows: of a session nothing stands in the address.
    const kept = [];
    const refresh = async (sent, { focus = false, keep = true } = {}) => {
      if (busy) busy.abort();
      const own = busy = new AbortController();
      $("answer").setAttribute("aria-busy", "true");  // the answer that comes in its place is not
      try {
        const response = await ask("/", sent, { "X-Fragment": "1" }, own.signal);
        const text = await response.text();
        if (own !== busy) return;
        pressed = [];
        show(text, focus);
        const address = $("main").dataset.address;
        const state = kept.push(pairs()) - 1;
        if (keep && (posts() || address !== location.pathname + location.search)) history.pushState({ state }, "", posts() ? undefined : address);
      } catch (error) {
        if (error.name === "AbortError") return;
        $("answer").removeAttribute("aria-busy");
        say("The answer could not be refreshed: press Show the answer.");
      }
    };
    addEventListener("popstate", (event) => {
      const sent = event.state ? kept[event.state.state] : null;
      if (posts()) { if (sent || kept[0]) refresh(sent || kept[0], { keep: false }); }
      else refresh(new URLSearchParams(location.search), { keep: false });
    });
    kept.push(pairs());
    if (posts()) history.replaceState({ state: 0 }, "");

    // "None found" and a finding exclude each other.
    addEventListener("change", (event) => {
      const one = event.target;
      if (one.type === "checkbox" && one.checked && one.form === form()) {
        const none = one.value === "none";
        for (const other of form().elements) {
          if (other.name === one.name && other !== one && other.type === "checkbox" && (none || other.value === "none")) other.checked = false;
        }
      }
      if (one.form !== form() || one.name.startsWith("plan.") || one.name.startsWith("now.")) return;
      if (/^t\d+_/.test(one.name)) {
        const some = form().querySelector("[name=treatments][value=some]");
        if (some) some.checked = true;
      }
      pressed = pressed.filter(([name, value]) => name !== "set" || !value.startsWith(`${one.name}:`));
      refresh(pairs(true));
    });
    addEventListener("submit", (event) => {
      const button = event.submitter;
      if (event.target !== form()) return;
      if (button && button.id === "copy") { event.preventDefault(); copy(); return; }
      if (button && button.id === "picture") { event.preventDefault(); draw(); return; }
      if (button && button.hasAttribute("formaction")) return;
      event.preventDefault();
      const section = button && button.name === "none_of" && button.closest(".sec");
      const stays = button && (button.name === "add" || button.name === "drop" || section || button.closest("#whatif") || document.activeElement.closest("#whatif"));
      if (section) {
        for (const no of section.querySelectorAll("input[type=radio][value=no]")) no.checked = true;
      } else if (button && button.name) pressed.push([button.name, button.value]);
      refresh(pairs(true), { focus: !stays });
    });

    const told = (text) => { $("told").textContent = text; };
    const copy = async () => {
      const response = await ask("/note", pairs(), {});
      const text = await response.text();
      try {
        await navigator.clipboard.writeText(text);
        told("Copied.");
      } catch {
        const note = $("note");
        note.hidden = false; note.value = text; note.focus(); note.select();
        told("The browser bars copying here: press Ctrl+C, the text is selected.");
      }
    };
    const draw = async () => {
      const tall = matchMedia("(max-width:40rem)").matches;
      const response = await ask("/picture", pairs(), { "X-Fragment": tall ? "tall" : "1" });
      const style = document.createElement("link");
      style.rel = "stylesheet"; style.href = $("picture").dataset.style;
      document.head.append(style);
      $("drawn").innerHTML = await response.text();
    };
    document.addEventListener("click", (event) => {
      // The second click of two would answer the question that has moved under it.
      if (event.detail > 1 && event.target.closest("button[name]")) event.preventDefault();
      if (event.target.id === "print") print();
      const link = event.target.closest && event.target.closest("a[href^='#']");
      const target = link && $(link.hash.slice(1));
      for (let d = target && target.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
    });
    const printing = () => { for (const one of document.querySelectorAll("#print")) one.hidden = false; };
    printing();
    addEventListener("beforeprint", () => { for (const d of document.querySelectorAll("#answer details")) d.open = true; });
  });
})();
