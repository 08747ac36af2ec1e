"use strict";
/* The code of the agenda follows how it is to look, and so does the agenda beside it. */
for (const form of document.querySelectorAll("form[data-code]")) {
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
