"use strict";
/* An agenda in the reader's own clock, and the day that is being read. Without it every place's own time stands. */
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const line = document.querySelector(".clock-line");
  const days = document.querySelector(".days");
  const language = document.body.dataset.locale;
  const strip = $("[data-strip]");

  /* The day being read. */
  const mark = (day) => strip.forEach((one) => {
    if (one.dataset.strip === day) one.setAttribute("aria-current", "true"); else one.removeAttribute("aria-current");
  });
  const reading = () => {
    const groups = $(".day[data-day]");
    const at = groups.filter((one) => one.getBoundingClientRect().top < 120).pop() || groups[0];
    if (at) mark(at.dataset.day);
  };
  if (strip.length) {
    addEventListener("scroll", () => requestAnimationFrame(reading), { passive: true });
    reading();
  }
  /* Swiping the strip changes the week. */
  const bar = document.querySelector(".strip");
  let from = null;
  bar?.addEventListener("touchstart", (event) => { from = event.touches[0].clientX; }, { passive: true });
  bar?.addEventListener("touchend", (event) => {
    const moved = event.changedTouches[0].clientX - (from ?? 0);
    const step = bar.querySelector(moved > 0 ? ".week-step:first-child" : ".week-step:last-child");
    if (Math.abs(moved) > 60 && step) step.click();
  });

  /* Clocks. */
  const renamed = { Calcutta: "Kolkata", Saigon: "Ho Chi Minh", Katmandu: "Kathmandu", Rangoon: "Yangon", Kiev: "Kyiv", Faeroe: "Faroe", Godthab: "Nuuk" };
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const city = (zone) => { const last = zone.split("/").pop(); return (renamed[last] || last).replaceAll("_", " "); };
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch { /* not kept, then */ } };
  const lead = document.querySelector("[data-event-clock]");
  const words = (line || lead)?.dataset;
  if (!words) return;
  let zone = stored("zone") || own;
  try { new Intl.DateTimeFormat("en", { timeZone: zone }); } catch { zone = own; }
  const format = (options) => new Intl.DateTimeFormat(language, { timeZone: zone, ...options });
  const clock = (moment) => format({ hour: "2-digit", minute: "2-digit", ...(/^en-GB|^es|^fr/.test(language) ? { hourCycle: "h23" } : {}) }).format(moment);
  const isoDay = (moment) => new Intl.DateTimeFormat("sv", { timeZone: zone, dateStyle: "short" }).format(moment);
  const offset = (moment, of) => {
    const parts = Object.fromEntries(new Intl.DateTimeFormat("en", { timeZone: of, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" }).formatToParts(moment).map((part) => [part.type, part.value]));
    return Math.round((Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute) - moment) / 60000);
  };

  /* One event's page: "19:00 – 20:30 your time, Berlin". */
  if (lead) {
    const time = lead.parentElement.querySelector("time"), start = new Date(time.dateTime);
    const span = clock(start) + (time.dataset.end ? ` – ${clock(new Date(time.dataset.end))}` : "");
    if (offset(start, zone) !== offset(start, words.zone)) {
      const day = isoDay(start) === words.day ? "" : `${format({ weekday: "short", day: "numeric", month: "short" }).format(start)}, `;
      lead.textContent = words.yours.replace("{time}", day + span).replace("{city}", city(zone));
    }
  }
  if (!line) return;
  const zones = words.zones.split(" ").filter(Boolean);
  const told = line.querySelector(".clock-told"), pair = line.querySelector(".pair"), another = line.querySelector(".another");
  const rows = $(".row-event").filter((row) => row.querySelector("time"));
  const moment = (row) => new Date(row.querySelector("time").dateTime);
  const places = $(".day", days);
  const original = places.map((place) => [place, $(".day-rows", place)[0], [...$(".day-rows", place)[0].children]]);

  const lists = $(".day ol.rows", days).map((list) => [list, [...list.children]]);

  const difference = (minutes) => {
    const size = Math.abs(minutes), hours = size / 60;
    const text = size % 60 && size < 60 ? words.minutes.replace("{n}", size) : hours === 1 ? words.hour : words.hours.replace("{n}", new Intl.NumberFormat(language).format(hours));
    return minutes ? (minutes > 0 ? words.ahead : words.behind).replace("{hours}", text) : words.sameNow;
  };
  const say = (mine) => {
    const gaps = rows.length && zones.length === 1 ? rows.map((row) => [moment(row), offset(moment(row), zone) - offset(moment(row), zones[0])]) : [];
    const same = gaps.length && gaps.every(([, gap]) => gap === 0);
    pair.hidden = !zones.length || same;
    another.hidden = false;
    if (!zones.length) another.hidden = true;
    else if (mine) told.textContent = words.mine.replace("{city}", city(zone));
    else if (!words.city) told.textContent = words.each;
    else if (same) told.textContent = words.same.replace("{city}", words.city);
    else if (gaps.length) {
      const first = gaps[0][1], later = gaps.find(([, gap]) => gap !== first);
      const day = later && format({ day: "numeric", month: "long" }).format(later[0]);
      const gap = later ? words.from.replace("{before}", difference(first)).replace("{day}", day).replace("{after}", difference(later[1])) : difference(first);
      told.textContent = `${words.one.replace("{city}", words.city)} ${words.yours.replace("{city}", city(zone)).replace("{difference}", gap)}`;
    }
  };
  const tell = (mine) => {
    for (const row of rows) {
      const time = row.querySelector("time"), others = row.querySelectorAll(".other"), start = moment(row);
      const differs = offset(start, zone) !== Number(row.dataset.offset);
      const other = { set textContent(text) { others.forEach((one) => { one.textContent = text; }); } };
      if (mine) {
        const begin = document.createElement("span");
        begin.className = "start";
        begin.textContent = clock(start);
        time.replaceChildren(begin);
        if (time.dataset.end) {
          const end = document.createElement("span");
          end.className = "end";
          const dash = document.createElement("span");
          dash.className = "dash";
          dash.textContent = "– ";
          end.append(dash, clock(new Date(time.dataset.end)));
          time.append(" ", end);
        }
        other.textContent = differs ? `${row.dataset.city} ${row.dataset.clock}` : "";
      } else {
        if (time.dataset.shown) time.replaceChildren(...row.placeNodes.map((node) => node.cloneNode(true)));
        const day = isoDay(start) === row.dataset.day ? "" : `${format({ weekday: "short" }).format(start)} `;
        other.textContent = differs && !row.classList.contains("cancelled") ? words.row.replace("{time}", day + clock(start)) : "";
      }
      time.dataset.shown = "1";
    }
  };
  rows.forEach((row) => { row.placeNodes = [...row.querySelector("time").childNodes].map((node) => node.cloneNode(true)); });

  const regroup = (mine) => {
    if (!days) return;
    lists.forEach(([list, own]) => list.replaceChildren(...own));
    original.forEach(([place, box, children]) => { box.replaceChildren(...children); place.hidden = false; });
    $(".day.made", days).forEach((one) => one.remove());
    if (!mine) { days.append(...places); reading(); return; }
    const timed = $(".day .row-event", days).map((row) => [moment(row), row]).sort((a, b) => a[0] - b[0]);
    const groups = new Map(places.map((place) => [place.dataset.day, place]));
    $(".day .rows, .day .earlier", days).forEach((list) => list.remove());
    for (const [start, row] of timed) {
      const key = isoDay(start);
      if (!groups.has(key)) {
        const made = places[0].cloneNode(true);
        made.classList.add("made");
        made.id = `day-${key}`;
        made.dataset.day = key;
        made.querySelector(".day-rows").replaceChildren();
        made.querySelector(".numeral").textContent = format({ day: "numeric" }).format(start);
        made.querySelector(".weekday").textContent = format({ weekday: "long" }).format(start);
        made.querySelector(".near")?.remove();
        groups.set(key, made);
      }
      const box = groups.get(key).querySelector(".day-rows");
      let list = box.querySelector(".rows");
      if (!list) {
        list = document.createElement("ol");
        list.className = "rows";
        list.setAttribute("role", "list");
        box.append(list);
      }
      list.append(row);
    }
    days.append(...[...groups.keys()].sort().map((key) => groups.get(key)));
    for (const group of groups.values()) {
      const size = $(".row-event, .several", group).length;
      group.hidden = !size;
      group.querySelector(".count").textContent = size === 1 ? words.countOne : words.count.replace("{n}", size);
    }
    reading();
  };
  const show = () => {
    const mine = stored("clock") === "mine" && !!zones.length && rows.some((row) => offset(moment(row), zone) !== Number(row.dataset.offset));
    say(mine);
    tell(mine);
    regroup(mine);
    $("[data-clock]", pair).forEach((one) => one.setAttribute("aria-pressed", String((one.dataset.clock === "mine") === mine)));
  };
  $("[data-clock]", pair).forEach((one) => one.addEventListener("click", () => { store("clock", one.dataset.clock === "mine" ? "mine" : ""); show(); }));
  const select = another.querySelector("select");
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
