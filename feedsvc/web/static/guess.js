"use strict";
/* The first guess: the country whose clock this device has. Worked out here; nothing is sent. */
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const [country, city] = zoneCountry(zone);
  const region = (navigator.language.match(/-([A-Z]{2})\b/) || [])[1];
  const code = country || (region || "").toLowerCase();
  if (!code) return;
  document.documentElement.classList.add("guessing");
  const name = (own) => {
    try {
      return own || new Intl.DisplayNames(document.documentElement.lang, { type: "region" }).of(code.toUpperCase());
    } catch {
      return code.toUpperCase();
    }
  };
  customElements.define("country-guess", class extends HTMLElement {
    connectedCallback() {
      const words = this.dataset;
      const [own, figures] = JSON.parse(words.calendars)[code] || ["", words.none];
      const link = document.createElement("a");
      const chosen = new URLSearchParams(location.search).get("lang");
      link.className = "guess";
      link.href = `/country/${code}${chosen ? `?lang=${encodeURIComponent(chosen)}` : ""}`;
      const told = country ? words.clock.replace("{city}", city) : words.tongue.replace("{country}", name(own));
      for (const [tag, text] of [["small", told], ["b", name(own)], ["small", figures], ["span", words.open]]) {
        const part = document.createElement(tag);
        part.textContent = text;
        link.append(part, " ");
      }
      link.lastElementChild.className = "open";
      this.replaceChildren(link);
    }
  });
})();
