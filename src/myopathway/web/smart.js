"use strict";
// A launch inside a frame may find cookies barred. Then the tab itself remembers who began it and
// says so in a header: in sessionStorage, or, where a frame may not even have that, in the frame's
// own name. Only a frame's name is trusted, never a window's: whoever opens a window names it, while
// nobody frames us but the sites of the allow-list.
(() => {
  const framed = window.top !== window;
  const noted = () => { try { return JSON.parse(window.name) || {}; } catch { return {}; } };
  const kept = (name, value) => {
    try {
      if (value === undefined) return sessionStorage.getItem(name) || "";
      if (value === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, value);
    } catch {
      if (!framed) return "";
      if (value === undefined) return String(noted()[name] || "");
      window.name = JSON.stringify({ ...noted(), [name]: value || "" });
    }
    return "";
  };
  const go = document.getElementById("go");
  if (go) {
    kept("smart-binder", go.dataset.binder);
    location.replace(go.href);
    return;
  }
  const told = document.getElementById("finish");
  if (!told) return;
  const say = (text) => { told.textContent = text; };
  const asked = new URLSearchParams(location.search);
  const open = async () => {
    let session = kept("smart-session");
    if (asked.has("state")) {
      const binder = kept("smart-binder");
      if (!binder) throw new Error("This browser keeps neither cookies nor storage here. Open the page in a window of its own.");
      kept("smart-binder", null);
      const done = await fetch("/smart/finish", {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Smart-Binder": binder },
        body: asked,
      });
      if (!done.ok) throw new Error(await done.text());
      session = await done.text();
      kept("smart-session", session);
      history.replaceState(null, "", "/smart/page");
    }
    const page = await fetch("/smart/record", { headers: { "X-Smart-Session": session } });
    if (!page.ok) throw new Error(await page.text());
    const text = await page.text();
    document.open();
    document.write(text);
    document.close();
  };
  open().catch((error) => say(error.message));
})();
