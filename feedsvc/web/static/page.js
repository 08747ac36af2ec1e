"use strict";
/* What a page can do only in a browser: the reader's own time, the button of this device first, copying, printing.
   Everything works without it. */
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = document.body.dataset;
  const language = words.locale || document.documentElement.lang;

  /* The button of this device first. */
  const wayOf = (agent) => {
    if (/iPhone|iPad|Macintosh/.test(agent)) return /CriOS/.test(agent) ? "google" : "apple";
    if (/Windows/.test(agent)) return "outlook";
    return "google";
  };
  for (const list of $(".ways[data-sorted]")) {
    const first = list.querySelector(`[data-way="${wayOf(navigator.userAgent)}"]`);
    if (first) list.prepend(first);
  }

  /* Copying. */
  for (const button of $("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const label = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        field.select();
        if (!document.execCommand("copy")) return;
      }
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; }, 2500);
    });
  }

  for (const button of $("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  /* The code of the agenda follows how it is to look, and so does the agenda below it. */
  for (const form of $("form[data-code]")) {
    const code = document.getElementById(form.dataset.code);
    const [, base] = code.value.match(/src="([^"?]*)/);
    const ask = () => {
      if (!form.reportValidity()) return;
      const unusual = [...new FormData(form)].filter(([name, value]) => value !== form.dataset[name]);
      const query = String(new URLSearchParams(unusual));
      code.value = code.value.replace(/src="[^"]*"/, `src="${query ? `${base}?${query.replaceAll("&", "&amp;")}` : base}"`);
      document.querySelector(`iframe[name=${form.target}]`).src = query ? `${form.action}?${query}` : form.action;
    };
    form.querySelector("button").hidden = true;
    form.addEventListener("change", ask);
    form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  }

  /* The reader's own time under each local one. */
  const times = $(".time time[datetime*='T']");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const kept = () => { try { return localStorage.getItem("zone"); } catch { return null; } };
  const keep = (zone) => {
    try {
      if (zone === own) localStorage.removeItem("zone"); else localStorage.setItem("zone", zone);
    } catch { /* not kept, then */ }
  };
  const clock = (zone) => new Intl.DateTimeFormat(language, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = (zone) => new Intl.DateTimeFormat(language, { timeZone: zone, weekday: "short", day: "numeric", month: "short" });
  const iso = (zone) => new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short" });

  const show = (zone) => {
    const [hours, days, dates] = [clock(zone), day(zone), iso(zone)];
    for (const time of times) {
      const start = new Date(time.dateTime);
      let text = hours.format(start);
      if (time.dataset.end) text += ` – ${hours.format(new Date(time.dataset.end))}`;
      const place = time.closest(".time");
      let line = place.querySelector(".yours");
      if (!line) {
        line = document.createElement("span");
        line.className = "yours";
        place.append(line);
      }
      const local = time.textContent.trim() === text && time.dataset.day === dates.format(start);
      const other = time.dataset.day !== dates.format(start) ? `${days.format(start)}, ` : "";
      line.textContent = local ? "" : words.yours.replace("{time}", other + text);
    }
  };

  const chooser = () => {
    const box = document.createElement("p");
    box.className = "zone";
    const label = document.createElement("label");
    label.textContent = words.zone;
    label.htmlFor = "zone";
    const select = document.createElement("select");
    select.id = "zone";
    const add = (name) => select.add(new Option(name.replaceAll("_", " "), name));
    const first = [...new Set([kept() || own, own, "UTC"])];
    first.forEach(add);
    /* The other four hundred only when somebody reaches for them. */
    const fill = () => {
      const zones = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
      zones.filter((name) => !first.includes(name)).forEach(add);
    };
    for (const reach of ["focus", "pointerdown"]) select.addEventListener(reach, () => { if (select.length <= first.length) fill(); });
    select.addEventListener("change", () => { keep(select.value); show(select.value); });
    box.append(label, select);
    return [box, select];
  };

  if (times.length && words.yours) {
    const [box, select] = chooser();
    const target = document.querySelector(".zone-here");
    if (target) target.replaceWith(box);
    show(select.value || own);
  }

  /* The line at the thumb goes away while the real button is in sight. */
  const dock = document.querySelector(".dock .way");
  const ways = document.querySelector("#subscribe .ways");
  if (dock && ways && "IntersectionObserver" in window) {
    new IntersectionObserver(([seen]) => { dock.hidden = seen.isIntersecting; }).observe(ways);
  }
})();
