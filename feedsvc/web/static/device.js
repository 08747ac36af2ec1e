"use strict";
/* Which program this device would use: the one that was pressed last, else by the device. Before the first paint. */
/* Its button is shown filled and not once more below; on Android, Google's has a place of its own. */
(() => {
  const agent = navigator.userAgent;
  const kept = (() => { try { return localStorage.getItem("program"); } catch { return null; } })();
  const usual = /Android/.test(agent) ? "android"
    : /iPhone|iPad|iPod/.test(agent) ? (/CriOS/.test(agent) ? "copy" : "apple")
    : /Macintosh/.test(agent) ? "apple"
    : /Windows/.test(agent) ? "outlook"
    : "google";
  const device = /^(google|apple|outlook|office365)$/.test(kept || "") && !/^(android|copy)$/.test(usual) ? kept : usual;
  document.documentElement.dataset.device = device;
  const style = document.styleSheets[0];
  const add = (rule) => style.insertRule(rule, style.cssRules.length);
  add(`[data-device] .ways-first [data-way=${device}] { display: list-item }`);
  add(`[data-device] .ways [data-way=${device === "android" ? "google" : device}] { display: none }`);
})();
