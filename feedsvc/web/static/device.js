"use strict";
/* Which program this device would use: the one that was pressed last, else by the device. Before the first paint. */
(() => {
  const agent = navigator.userAgent;
  const kept = (() => { try { return localStorage.getItem("program"); } catch { return null; } })();
  const usual = /Android/.test(agent) ? "android"
    : /iPhone|iPad|iPod/.test(agent) ? (/CriOS/.test(agent) ? "copy" : "apple")
    : /Macintosh/.test(agent) ? "apple"
    : /Windows/.test(agent) ? "outlook"
    : "google";
  document.documentElement.dataset.device = /^(google|apple|outlook|office365)$/.test(kept || "") && !/^(android|copy)$/.test(usual) ? kept : usual;
})();
