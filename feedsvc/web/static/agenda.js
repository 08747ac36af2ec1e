"use strict";
/* An agenda in the reader's own clock, and the day that is being read. Without it every place's own time stands. */
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const days = one(".days");
  const language = document.body.dataset.locale;

  /* The day being read; swiping the strip changes the week. */
  const reading = () => {
    const groups = $(".day[data-day]:not([hidden])");
    const at = groups.filter((group) => group.getBoundingClientRect().top < 120).pop() || groups[0];
    if (at) for (const day of $("[data-strip]")) {
      if (day.dataset.strip === at.dataset.day) day.setAttribute("aria-current", "true"); else day.removeAttribute("aria-current");
    }
  };
  const bar = one(".strip");
  if (bar) {
    let from = 0;
    addEventListener("scroll", () => requestAnimationFrame(reading), { passive: true });
    bar.addEventListener("touchstart", (event) => { from = event.touches[0].clientX; }, { passive: true });
    bar.addEventListener("touchend", (event) => {
      const moved = event.changedTouches[0].clientX - from;
      if (Math.abs(moved) > 60) one(`.week-step:${moved > 0 ? "first" : "last"}-child`, bar)?.click();
    });
    reading();
  }

  /* Clocks. */
  const renamed = { Calcutta: "Kolkata", Saigon: "Ho Chi Minh", Katmandu: "Kathmandu", Rangoon: "Yangon", Kiev: "Kyiv", Faeroe: "Faroe", Godthab: "Nuuk" };
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const city = (name) => { const last = name.split("/").pop(); return (renamed[last] || last).replaceAll("_", " "); };
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* not kept, then */ } };
  const line = one(".clock-line"), event = one("[data-event-clock]");
  const words = (line || event)?.dataset;
  if (!words) return;
  let zone = stored("zone") || own;
  try { new Intl.DateTimeFormat("en", { timeZone: zone }); } catch { zone = own; }
  const format = (moment, options) => new Intl.DateTimeFormat(language, { timeZone: zone, ...options }).format(moment);
  const clock = (moment) => format(moment, { hour: "2-digit", minute: "2-digit" });
  /* A zone's date and time as ISO 8601 writes them, which is how Swedish does; minutes that its clock is ahead of UTC. */
  const formats = {};
  const iso = (moment, of) => (formats[of] ||= new Intl.DateTimeFormat("sv", { timeZone: of, dateStyle: "short", timeStyle: "medium" })).format(moment);
  const isoDay = (moment) => iso(moment, zone).slice(0, 10);
  const offset = (moment, of) => Math.round((Date.parse(`${iso(moment, of).replace(" ", "T")}Z`) - moment) / 60000);

  /* One event's page: "19:00 – 20:30 your time, Berlin". */
  if (event) {
    const time = one("time", event.parentElement), start = new Date(time.dateTime);
    if (offset(start, zone) !== offset(start, words.zone)) {
      const day = isoDay(start) === words.day ? "" : `${format(start, { weekday: "short", day: "numeric", month: "short" })}, `;
      const end = time.dataset.end ? ` – ${clock(new Date(time.dataset.end))}` : "";
      event.textContent = words.yours.replace("{time}", day + clock(start) + end).replace("{city}", city(zone));
    }
  }
  if (!line) return;
  const zones = words.zones.split(" ").filter(Boolean);
  const told = one(".clock-told", line), pair = one(".pair", line), another = one(".another", line);
  const select = one("select", another);
  const parts = [one(".series"), days].filter(Boolean).map((part) => [part, part.cloneNode(true)]);
  let rows = [];

  const difference = (minutes) => {
    const size = Math.abs(minutes), hours = size / 60;
    const text = hours < 1 ? words.minutes.replace("{n}", size) : hours === 1 ? words.hour : words.hours.replace("{n}", new Intl.NumberFormat(language).format(hours));
    return minutes ? (minutes > 0 ? words.ahead : words.behind).replace("{hours}", text) : words.sameNow;
  };
  /* The clock line. */
  const say = (mine, gaps) => {
    const same = zones.length === 1 && gaps.every(([, gap]) => !gap);
    pair.hidden = !zones.length || same;
    another.hidden = !zones.length;
    if (!zones.length) return;
    told.textContent = (mine ? words.mine : !words.city ? words.each : same ? words.same : words.one).replace("{city}", mine ? city(zone) : words.city);
    if (mine || !words.city || same || zones.length > 1) return;
    const first = gaps[0][1], later = gaps.find(([, gap]) => gap !== first);
    const gap = !later ? difference(first) : words.from.replace("{before}", difference(first)).replace("{day}", format(later[0], { day: "numeric", month: "long" })).replace("{after}", difference(later[1]));
    told.textContent += ` ${words.yours.replace("{city}", city(zone)).replace("{difference}", gap)}`;
  };
  /* The clock of a row, and beside it the other one. */
  const tell = (mine, [row, time, start, gap]) => {
    let other = "";
    if (mine) {
      one(".start", time).textContent = clock(start);
      if (time.dataset.end) one(".end", time).lastChild.data = clock(new Date(time.dataset.end));
      one(".was", time)?.remove();
      if (gap) other = `${row.dataset.city} ${row.dataset.clock}`;
    } else if (gap && !row.classList.contains("cancelled")) {
      const day = isoDay(start) === row.dataset.day ? "" : `${format(start, { weekday: "short" })} `;
      other = words.row.replace("{time}", day + clock(start));
    }
    for (const place of $(".other", row)) place.textContent = other;
  };
  /* The rows by the reader's days, in order of the instant. */
  const regroup = () => {
    const groups = new Map($(".day", days).map((day) => [day.dataset.day, day]));
    const model = groups.values().next().value.cloneNode(true);
    const timed = rows.filter(([row]) => days.contains(row)).sort((a, b) => a[2] - b[2]);
    const list = one(".rows", days)?.cloneNode();
    for (const old of $(".rows, .earlier", days)) old.remove();
    for (const [row, , start] of timed) {
      const key = isoDay(start);
      if (!groups.has(key)) {
        const day = model.cloneNode(true);
        day.id = `day-${key}`;
        day.dataset.day = key;
        one(".day-rows", day).replaceChildren();
        one(".numeral", day).textContent = format(start, { day: "numeric" });
        one(".weekday", day).textContent = format(start, { weekday: "long" });
        one(".near", day)?.remove();
        groups.set(key, day);
      }
      const box = one(".day-rows", groups.get(key));
      (one(".rows", box) || box.appendChild(list.cloneNode())).append(row);
    }
    days.replaceChildren(...[...groups.keys()].sort().map((key) => groups.get(key)));
    for (const group of groups.values()) {
      const size = $(".row-event, .several", group).length;
      group.hidden = !size;
      one(".count", group).textContent = size === 1 ? words.countOne : words.count.replace("{n}", size);
    }
  };
  const show = () => {
    for (const [part, before] of parts) part.replaceChildren(...before.cloneNode(true).childNodes);
    rows = $(".row-event").filter((row) => one("time", row)).map((row) => {
      const time = one("time", row), start = new Date(time.dateTime);
      return [row, time, start, offset(start, zone) - row.dataset.offset];
    });
    const mine = stored("clock") === "mine" && zones.length > 0 && rows.some(([, , , gap]) => gap);
    say(mine, rows.map(([, , start, gap]) => [start, gap]));
    for (const row of rows) tell(mine, row);
    if (mine && days) regroup();
    for (const button of $("[data-clock]", pair)) button.setAttribute("aria-pressed", String((button.dataset.clock === "mine") === mine));
    reading();
  };
  for (const button of $("[data-clock]", pair)) button.addEventListener("click", () => { store("clock", button.dataset.clock === "mine" ? "mine" : ""); show(); });
  const add = (name) => select.add(new Option(`${city(name)} (${name.split("/")[0]})`, name));
  const firsts = [...new Set([zone, own, "UTC"])];
  firsts.forEach(add);
  another.addEventListener("toggle", () => {
    if (select.length > firsts.length) return;
    const all = Intl.supportedValuesOf ? Intl.supportedValuesOf("timeZone") : [];
    all.filter((name) => !firsts.includes(name)).sort((a, b) => city(a).localeCompare(city(b))).forEach(add);
  });
  select.addEventListener("change", () => { zone = select.value; store("zone", zone === own ? "" : zone); show(); });
  show();
})();
