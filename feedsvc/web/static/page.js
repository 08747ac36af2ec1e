"use strict";
/* What every page can do only in a browser: copying, sharing, printing, remembering the program. */
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  for (const button of $("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    field.addEventListener("focus", () => field.select?.());
    button.addEventListener("click", async () => {
      const text = field.value ?? field.textContent;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        field.select?.();
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.done;
      button.classList.add("copied");
      setTimeout(() => { button.textContent = label; button.classList.remove("copied"); }, 2500);
    });
  }
  for (const button of $("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  for (const link of $("[data-share]")) {
    link.addEventListener("click", (event) => {
      if (!navigator.share) return;
      event.preventDefault();
      navigator.share({ title: document.title, url: link.dataset.share }).catch(() => {});
    });
  }
  for (const way of $("[data-way] > a.way")) {
    way.addEventListener("click", () => {
      try { localStorage.setItem("program", way.parentElement.dataset.way); } catch { /* not kept, then */ }
    });
  }
  /* The program of this device comes first in "how to leave it". */
  const device = document.documentElement.dataset.device;
  for (const list of $(".leaving")) {
    const own = list.querySelector(`[data-way="${device}"]`);
    if (own) list.prepend(own, own.nextElementSibling);
  }
  /* A link to something inside a closed fold opens it. */
  const open = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let one = target; one; one = one.parentElement) if (one.localName === "details") one.open = true;
  };
  addEventListener("hashchange", open);
  open();
  for (const link of $("a[href^='#']")) link.addEventListener("click", () => setTimeout(open));
  const hand = document.querySelector(".hand"), first = document.querySelector(".ways-first");
  if (hand && first) new IntersectionObserver(([seen]) => { hand.hidden = seen.isIntersecting; }).observe(first);
})();
