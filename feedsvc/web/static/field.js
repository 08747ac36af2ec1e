"use strict";
/* The field that completes names of countries, regions, themes and saved calendars. Without it the form searches. */
for (const form of document.querySelectorAll("[data-field]")) {
  const input = form.querySelector("input[name=q]");
  const note = form.querySelector("[role=status]");
  const list = document.createElement("ul");
  list.className = "answers";
  list.id = `${input.id}-answers`;
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.querySelector("label").textContent);
  form.querySelector(".field-box").append(list);
  input.removeAttribute("list");
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list" })) input.setAttribute(name, value);
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let known = null, shown = [], at = -1;
  const load = () => (known ||= fetch(form.dataset.names).then((answer) => answer.json()).then((all) => all.map((one) => ({ ...one, keys: [one.name, ...one.also].map(plain) }))).catch(() => []));

  /* The path of a calendar with one value more: dimensions and values in order, each once. */
  const base = (form.dataset.path || "").replace(/^\/all$/, "");
  const within = (path) => {
    const wanted = {};
    if (!/^\/(country|region|theme)\//.test(path)) return path;
    for (const [, name, values] of `${base}${path}`.matchAll(/\/(\w+)\/([^/]+)/g)) {
      wanted[name] = [...new Set([...(wanted[name] || []), ...values.split("_")])].sort();
    }
    return Object.keys(wanted).sort().map((name) => `/${name}/${wanted[name].join("_")}`).join("");
  };
  const address = (one) => {
    const lang = new URLSearchParams(location.search).get("lang");
    return within(one.path) + (lang ? `?lang=${encodeURIComponent(lang)}` : "") + (base && "#add");
  };
  const rank = (one, typed) => {
    if (one.keys.some((key) => key.startsWith(typed))) return 0;
    if (one.keys.some((key) => key.includes(` ${typed}`))) return 1;
    return one.keys.some((key) => key.includes(typed)) ? 2 : -1;
  };
  const find = (all, typed) => {
    const found = all.map((one) => ({ one, rank: rank(one, typed) })).filter((hit) => hit.rank >= 0);
    const around = new Set(found.filter((hit) => hit.rank < 2).flatMap((hit) => hit.one.region ? [hit.one.region] : []));
    const regions = all.filter((one) => around.has(one.path) && !found.some((hit) => hit.one === one)).map((one) => ({ one, rank: 3 }));
    return [...found, ...regions].sort((a, b) => a.rank - b.rank || b.one.events - a.one.events).slice(0, 8).map((hit) => hit.one);
  };
  const choose = (n) => {
    at = n;
    [...list.children].forEach((row, number) => row.setAttribute("aria-selected", String(number === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[at].id);
  };
  const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); choose(-1); };
  const marked = (name, typed) => {
    const text = document.createElement("span");
    const start = plain(name).indexOf(typed);
    if (start < 0 || plain(name).length !== name.length) { text.textContent = name; return text; }
    const bold = document.createElement("b");
    bold.textContent = name.slice(start, start + typed.length);
    text.append(name.slice(0, start), bold, name.slice(start + typed.length));
    return text;
  };
  const show = async () => {
    const typed = plain(input.value.trim());
    if (!typed) { close(); note.textContent = ""; return; }
    const all = await load();
    if (typed !== plain(input.value.trim())) return;
    shown = find(all, typed);
    list.replaceChildren(...shown.map((one, n) => {
      const row = document.createElement("li");
      row.id = `${list.id}-${n}`;
      row.setAttribute("role", "option");
      const part = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
      const count = part("span", one.events);
      count.className = "n";
      row.append(marked(one.name, typed), part("small", one.kind), count);
      row.addEventListener("pointerdown", (event) => event.preventDefault());
      row.addEventListener("click", () => { location.href = address(one); });
      return row;
    }));
    list.hidden = !shown.length;
    input.setAttribute("aria-expanded", String(!!shown.length));
    choose(shown.length ? 0 : -1);
    note.textContent = shown.length === 1 ? form.dataset.one : shown.length ? form.dataset.many.replace("{n}", shown.length) : "";
  };
  input.addEventListener("focus", load);
  input.addEventListener("input", show);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") close();
    else if (step && list.hidden) show();
    else if (step) { event.preventDefault(); choose((at + step + shown.length) % shown.length); }
  });
  form.addEventListener("submit", (event) => {
    if (list.hidden || at < 0) return;
    event.preventDefault();
    location.href = address(shown[at]);
  });
}
