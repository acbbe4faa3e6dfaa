/* The hosted page. One state from the server, one screen made of it; what is typed stays in
   `draft`, so that a screen can be made again at any time. Nothing is put into HTML as text. */
(() => {
  "use strict";

  const boot = JSON.parse(document.getElementById("boot").textContent);
  const base = location.pathname;
  const framed = window.self !== window.top;
  const $ = (id) => document.getElementById(id);
  let view = boot.state;
  const openedFinal = view.final;

  /* Words and numbers -------------------------------------------------------------------- */

  /* A merchant's text may hold marks of direction, which turn what stands beside it: they are not
     shown. What is written from right to left is isolated from the sentence that it stands in. */
  const unmarked = (text) => text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066\u2067]/g, "");
  const LEFTWARD = /[\u0590-\u08ff\ufb1d-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
  const isolated = (value) => {
    const text = unmarked(String(value)).replace(/[\u2068\u2069]/g, "");
    return LEFTWARD.test(text) ? `\u2068${text}\u2069` : text;
  };
  const t = (key, values) => (boot.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values?.[name];
    return value === undefined || value === null ? whole : isolated(value);
  });
  const locale = (() => {
    const tag = view.locale.replace("_", "-");
    const own = tag.slice(0, 2).toLowerCase() === view.language;
    try { return Intl.getCanonicalLocales(own ? tag : view.language)[0]; } catch { return "es"; }
  })();

  function money(amount) {
    const whole = Number.isInteger(amount);
    try {
      const parts = new Intl.NumberFormat(locale, {
        style: "currency", currency: view.currency, currencyDisplay: "narrowSymbol",
        ...(whole ? { minimumFractionDigits: 0 } : {}),
      }).format(amount);
      return parts.includes(view.currency) ? parts : `${parts}\u00a0${view.currency}`;
    } catch {
      return `${amount}\u00a0${view.currency ?? ""}`;
    }
  }

  function when(iso) {
    try {
      return new Intl.DateTimeFormat(locale, {
        dateStyle: "medium", timeStyle: "short", timeZone: zoneOf(iso),
        hourCycle: view.language === "en" ? "h12" : "h23",
      }).format(new Date(iso));
    } catch {
      return iso;
    }
  }

  const zoneOf = (iso) => /[+-]\d\d:\d\d$/.exec(iso)?.[0];

  /* Elements ----------------------------------------------------------------------------- */

  function h(tag, properties, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else if (name === "value") element.value = value;
      else element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat(3).filter((child) => child !== null && child !== false
      && child !== undefined && child !== "").map(
        (child) => (typeof child === "string" ? unmarked(child) : child)));
    return element;
  }

  const SHAPES = {
    card: "M3 6.5A1.5 1.5 0 0 1 4.5 5h15A1.5 1.5 0 0 1 21 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-15A1.5"
      + " 1.5 0 0 1 3 17.5zM3 10h18M7 15h3",
    bank: "m3 10 9-6 9 6M4 20h16M6 10v7m4-7v7m4-7v7m4-7v7",
    token: "M12 21s8-3.5 8-10V5l-8-2-8 2v6c0 6.5 8 10 8 10zM8.5 11.5l2.5 2.5 4.5-4.5",
    lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
    check: "m5 12.5 4.5 4.5L19 7.5",
    cross: "m7 7 10 10M17 7 7 17",
    clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
    info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8v.01",
    chevron: "m9 6 6 6-6 6",
    down: "m6 9 6 6 6-6",
    flask: "M9.5 3h5M10.5 3v6L5 18.5A1.7 1.7 0 0 0 6.5 21h11a1.7 1.7 0 0 0 1.5-2.5L13.5 9V3M8 15h8",
  };

  function icon(name, extra = "") {
    const SVG = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", `icon ${extra}`);
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[name]);
    svg.append(path);
    return svg;
  }

  const sum = (amount, extra = "") => h("span", { class: `money ${extra}` }, money(amount));
  const note = (kind, text) => h("p", { class: `note ${kind}` }, icon("info"), h("span", null, text));
  const facts = (rows) => h("dl", { class: "facts" }, rows.filter(([, value]) => value).map(
    ([name, value, lang]) => [h("dt", null, name), h("dd", { lang }, value)]));

  function announce(text) {
    $("announcer").textContent = "";
    requestAnimationFrame(() => { $("announcer").textContent = text; });
  }

  /* The server --------------------------------------------------------------------------- */

  class CallError extends Error {
    constructor(status, content) {
      super(`HTTP ${status}`);
      this.status = status;
      this.code = content?.code ?? "";
      this.field = content?.field ?? "";
      this.said = content?.status?.message ?? "";
    }
  }

  async function call(action, body) {
    const options = body === undefined ? {} : {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    };
    let response, content;
    try {
      response = await fetch(`${base}/${action}`, {
        cache: "no-store", credentials: "omit", ...options,
      });
      const text = await response.text();
      try { content = JSON.parse(text); } catch { content = null; }
    } catch {
      throw new CallError(0, null);
    }
    if (!response.ok || typeof content?.final !== "boolean") {
      throw new CallError(response.status, content);
    }
    return content;
  }

  const wordsOf = (error) => error.status === 0 ? t("error.network") : error.said || t("error.server");

  let busy = false;

  async function act(action, body, failed) {
    if (busy) return;
    busy = true;
    showBusy(true);
    try {
      const next = await call(action, body);
      busy = false;
      update(next, true);
    } catch (error) {
      busy = false;
      showBusy(false);
      if (!(error instanceof CallError)) throw error;
      if (/session-not-payable|no-challenge|page-unknown/.test(error.code)) await refresh(true);
      else failed?.(error);
    }
  }

  function showBusy(on) {
    const button = document.querySelector("#stage .submit");
    if (button) {
      button.setAttribute("aria-disabled", String(on));
      button.replaceChildren(...(on
        ? [h("span", { class: "spinner", "aria-hidden": "true" }), t("working")]
        : [button.dataset.label]));
    }
    if (on) announce(t("working"));
    for (const each of document.querySelectorAll(".drawer [data-act]")) {
      each.disabled = on || each.dataset.act === "never";
    }
  }

  /* What the state means ----------------------------------------------------------------- */

  const WAITING = ["PENDING", "PENDING_CONFIRMATION"];
  const isWaiting = (v) => WAITING.includes(v.attempts[0]?.status);
  let seen = view.attempts.length - (view.challenge || isWaiting(view) ? 1 : 0);
  let step = 0;
  let leaving = "";

  function screen() {
    const last = view.attempts[0];
    if (leaving) return "leaving";
    if (view.final) {
      if (view.status === "APPROVED") return "approved";
      if (view.status === "PARTIAL_EXPIRED") return "ended";
      return { EX: "expired", "?C": "cancelled", MC: "unavailable" }[view.reason] ?? "exhausted";
    }
    if (view.challenge) return "challenge";
    if (isWaiting(view)) return "pending";
    if (last && view.attempts.length > seen) {
      return last.status === "APPROVED" ? "partial" : last.status === "FAILED" ? "failed" : "declined";
    }
    return "form";
  }

  function fingerprint() {
    return JSON.stringify([screen(), view.status, view.reason, view.remaining, view.expiration,
      view.attempts.map((each) => [each.status, each.reason])]);
  }

  let shown = "";
  let skew = 0;  // the provider's clock over ours, in milliseconds

  function update(next, focus) {
    view = next;
    skew = Date.parse(view.now) - Date.now();
    tellLightbox();
    const over = view.final || screen() === "pending";
    if (over && view.skipResult && !openedFinal && !leaving) leave(view.returnUrl);
    else if (fingerprint() !== shown) render(focus);
    else showBusy(false);
    schedule();
  }

  async function refresh(focus) {
    try {
      update(await call("state"), focus);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      schedule();
    }
  }

  let timer = 0, waits = 0;

  function schedule() {
    clearTimeout(timer);
    if (view.final || leaving) return;
    const pending = screen() === "pending";
    waits = pending ? waits + 1 : 0;
    const delay = pending ? Math.min(700 * 1.35 ** Math.min(waits, 8), 5000) : 20000;
    timer = setTimeout(() => {
      if (document.hidden || busy) schedule();
      else refresh(true);
    }, delay);
  }

  addEventListener("visibilitychange", () => {
    if (!document.hidden && !view.final && !busy && !leaving) refresh(true);
  });

  /* Back to the shop --------------------------------------------------------------------- */

  function mayOpen(url) {
    try {
      return !/^(javascript|data|vbscript|blob|filesystem|about|view-source):$/.test(
        new URL(url).protocol);
    } catch {
      return false;
    }
  }

  let host = "";  // origin of the page around us that runs our lightbox
  let told = openedFinal;

  addEventListener("message", (event) => {
    if (framed && event.source === window.parent
        && event.data?.type === "placetopay-lightbox:hello") {
      host = event.origin;
      tellLightbox();
    }
  });

  function tellLightbox() {
    if (!host || told || !view.final) return;
    told = true;
    post({ type: "placetopay-lightbox:response", response: view.notification });
  }

  const post = (message) => window.parent.postMessage(
    message, host && host !== "null" ? host : "*");

  function leave(url) {
    leaving = url;
    clearTimeout(timer);
    render(true);
    if (framed) post({ type: "placetopay-lightbox:redirect", url });
    else if (mayOpen(url)) location.assign(url);
  }

  addEventListener("keydown", (event) => {
    if (framed && event.key === "Escape" && !event.defaultPrevented
        && !document.querySelector("dialog[open]")) post({ type: "placetopay-lightbox:close" });
  });

  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  function returnLink(url = view.returnUrl, plain = false) {
    if (!mayOpen(url)) return note("", t("return.unsafe"));
    const link = h("a", {
      class: `button ${plain ? "plain" : ""}`, id: "return", href: url,
      target: framed ? "_top" : null,
      onclick: (event) => {
        if (!framed || leaving) return;
        event.preventDefault();
        leave(url);
      },
    }, t("return"));
    return link;
  }

  /* The form: its steps and what is typed ------------------------------------------------- */

  const stores = view.amount === null;
  const methods = view.methods.filter((each) => each !== "token" || view.tokens.length);
  const locked = (name) => view.payer.locked && Boolean(view.payer[name]);
  const draft = {
    method: methods[0] ?? "card",
    payer: { ...(view.noBuyerFill ? {} : view.buyer), ...view.payer },
    card: { number: "", expiration: "", cvv: "", holder: "", installments: "1" },
    bank: "", subtoken: view.tokens[0]?.subtoken ?? "", cvv: "",
    part: false, amount: "",
  };
  const PAYER = ["name", "surname", "documentType", "document", "email", "mobile"];
  const REQUIRED = ["name", "surname", "email"];
  const knowsAll = view.payer.locked && REQUIRED.every((name) => draft.payer[name]);
  const documents = Object.entries(boot.documents);
  if (draft.payer.documentType && !boot.documents[draft.payer.documentType]) {
    documents.push([draft.payer.documentType, ""]);
  }

  const steps = [
    ...(methods.length > 1 ? ["method"] : []),
    ...(knowsAll ? [] : ["payer"]),
    "pay",
  ];

  function go(to, focus = true) {
    step = Math.max(0, Math.min(to, steps.length - 1));
    render(focus);
  }

  function field(id, label, value, options = {}) {
    const { hint, readonly, set, clean, area = "", optional, badge, ...attributes } = options;
    const input = h("input", {
      id, name: id, value: value ?? "", readonly, "aria-required": optional ? null : "true",
      "aria-describedby": `${hint ? `${id}-hint ` : ""}${id}-error`, ...attributes,
      oninput: (event) => {
        if (clean) reformat(event.target, clean);
        set?.(event.target.value);
        complain(id, "");
      },
    });
    return h("div", { class: `field ${area}` },
      h("label", { for: id }, label, " ", optional && h("i", null, t("optional"))),
      badge ? h("div", { class: "with-badge" }, input, badge) : input,
      hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
      h("p", { class: "error", id: `${id}-error`, hidden: true }));
  }

  function choose(id, label, value, choices, set, options = {}) {
    const select = h("select", {
      id, name: id, disabled: options.disabled, autocomplete: options.autocomplete ?? "off",
      "aria-describedby": `${id}-error`,
      onchange: (event) => { set(event.target.value); complain(id, ""); },
    }, choices.map(([code, name]) => h("option", { value: code }, name)));
    select.value = value;
    return h("div", { class: `field ${options.area ?? ""}` },
      h("label", { for: id }, label), select,
      h("p", { class: "error", id: `${id}-error`, hidden: true }));
  }

  /** Writes the cleaned text and leaves the cursor behind the same digit. */
  function reformat(input, clean) {
    const at = input.selectionStart;
    const before = input.value.slice(0, at).replace(/\D/g, "").length;
    const atEnd = at === input.value.length;
    const value = clean(input.value);
    if (value === input.value) return;
    input.value = value;
    let place = 0;
    for (let count = 0; place < value.length && count < before; place += 1) {
      if (/\d/.test(value[place])) count += 1;
    }
    if (atEnd) place = value.length;
    input.setSelectionRange(place, place);
  }

  function complain(id, text) {
    const input = $(id), line = $(`${id}-error`);
    if (!input || !line) return;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    line.textContent = text;
    line.hidden = !text;
  }

  /** Shows what is wrong and goes to the first of it; tells whether there is anything. */
  function reject(wrong) {
    const found = Object.entries(wrong).filter(([, text]) => text);
    for (const [id, text] of Object.entries(wrong)) complain(id, text);
    if (found.length) {
      $(found[0][0])?.focus();
      announce(found[0][1]);
    }
    return found.length > 0;
  }

  const digits = (text) => text.replace(/\D/g, "");

  function brandOf(number) {
    const known = view.cards.find((card) => card.number === number);
    if (known) return known.brand;
    const table = [[/^3[47]/, "American Express"], [/^(30[0-5]|36|38)/, "Diners"],
      [/^(6011|65)/, "Discover"], [/^(5[1-5]|2[2-7])/, "Master"], [/^(50|5[678]|67)/, "Maestro"],
      [/^4/, "Visa"]];
    return table.find(([form]) => form.test(number))?.[1] ?? "";
  }

  function spaced(text) {
    const number = digits(text).slice(0, 19);
    const groups = /^3[47]/.test(number) ? [4, 6, 5] : /^(30[0-5]|36|38)/.test(number)
      ? [4, 6, 4] : [4, 4, 4, 4, 3];
    const parts = [];
    let at = 0;
    for (const size of [...groups, 19]) {
      if (at < number.length) parts.push(number.slice(at, at + size));
      at += size;
    }
    return parts.join(" ");
  }

  function slashed(text) {
    let number = digits(text);
    if (/^[2-9]$/.test(number)) number = `0${number}`;
    if (/\//.test(text) && /^\d\s*\//.test(text)) number = `0${number}`;
    if (number.length === 6 && number.slice(2, 4) === "20") number = number.slice(0, 2) + number.slice(4);
    number = number.slice(0, 4);
    return number.length > 2 || /^\d\d\/$/.test(text)
      ? `${number.slice(0, 2)}/${number.slice(2)}` : number;
  }

  function luhn(number) {
    let total = 0;
    for (let n = 0; n < number.length; n += 1) {
      let digit = Number(number[number.length - 1 - n]);
      if (n % 2) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
      total += digit;
    }
    return total % 10 === 0;
  }

  function numberFault(text) {
    const number = digits(text);
    if (!number) return t("error.required");
    const known = view.cards.some((card) => card.number === number);
    return known || (number.length >= 12 && luhn(number)) ? "" : t("error.number");
  }

  function expirationFault(text) {
    if (!text) return t("error.required");
    const match = /^(\d\d)\/(\d\d)$/.exec(text);
    if (!match || match[1] < "01" || match[1] > "12") return t("error.expiration");
    const today = view.now.slice(2, 7);  // as in 29-05, the provider's date
    return `${match[2]}-${match[1]}` < today ? t("error.expired") : "";
  }

  const cvvFault = (text) => !text ? t("error.required")
    : /^\d{3,4}$/.test(text) ? "" : t("error.cvv");

  /** Reads an amount as people of this language write it. */
  function amountOf(text) {
    const point = new Intl.NumberFormat(locale).format(1.5)[1];
    const plain = text.replace(/[\s$\u00a0]/g, "");
    const last = Math.max(plain.lastIndexOf("."), plain.lastIndexOf(","));
    const tail = last < 0 ? "" : plain.slice(last + 1);
    const decimal = last >= 0 && (tail.length !== 3 || (plain[last] === point
      && !plain.slice(0, last).includes(point)));
    const number = decimal ? `${digits(plain.slice(0, last))}.${tail}` : plain.replace(/[.,]/g, "");
    return /^\d+(\.\d+)?$/.test(number) ? Number(number) : NaN;
  }

  function amountFault() {
    const amount = amountOf(draft.amount);
    return amount >= view.minimum && amount <= view.remaining ? ""
      : t("error.amount", { least: money(view.minimum), most: money(view.remaining) });
  }

  function payerFaults() {
    const wrong = { name: "", surname: "", document: "", email: "" };  // in the order of the form
    for (const name of REQUIRED) {
      if (!locked(name) && !draft.payer[name]?.trim()) wrong[name] = t("error.required");
    }
    if (!wrong.email && !locked("email") && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(draft.payer.email)) {
      wrong.email = t("error.email");
    }
    const form = boot.documents[draft.payer.documentType];
    if (!locked("document")) {
      const text = draft.payer.document?.trim() ?? "";
      if (!text) wrong.document = t("error.required");
      else if (form && !new RegExp(`^(?:${form})$`).test(text)) wrong.document = t("error.document");
    }
    return wrong;
  }

  function typedPayer() {
    const payer = {};
    for (const name of PAYER) {
      const text = String(draft.payer[name] ?? "").trim();
      if (text && !locked(name)) payer[name] = text;
    }
    if (!payer.document && !locked("documentType")) delete payer.documentType;
    return payer;
  }

  const wanted = () => draft.part ? amountOf(draft.amount) : view.remaining;

  function choice() {
    const whole = { method: draft.method, payer: typedPayer() };
    if (!Object.keys(whole.payer).length) delete whole.payer;
    if (draft.part) whole.amount = wanted();
    if (draft.method === "bank") return { ...whole, bank: draft.bank };
    if (draft.method === "token") return { ...whole, subtoken: draft.subtoken, cvv: draft.cvv };
    return { ...whole, card: {
      number: digits(draft.card.number), expiration: draft.card.expiration, cvv: draft.card.cvv,
      installments: Number(draft.card.installments), holder: draft.card.holder.trim(),
    } };
  }

  /** Shows a refusal beside its field, or above the button. */
  function refused(error) {
    const name = error.field.split(".").pop();
    const id = { number: "number", expiration: "expiration", cvv: "cvv", holder: "holder",
      bank: "bank", amount: "amount" }[name] ?? (error.field.startsWith("payer") ? name : "");
    const text = error.code.endsWith("token-invalid") ? t("error.token")
      : error.code.endsWith("card-number-in-name") ? t("error.name")
      : /^(card|subtoken|method)$/.test(error.field) ? t("error.method")
      : id ? boot.texts[`error.${id}`] ?? t("error.invalid") : wordsOf(error);
    if (id && error.field.startsWith("payer") && steps.includes("payer")) go(steps.indexOf("payer"));
    if (id && $(id)) {
      reject({ [id]: text });
      return;
    }
    const line = $("trouble");
    if (line) {
      line.replaceChildren(icon("info"), h("span", null, text));
      line.hidden = false;
      line.scrollIntoView({ block: "nearest" });
    }
    announce(text);
  }

  /* Screens ------------------------------------------------------------------------------ */

  const trouble = () => h("p", { class: "note bad", id: "trouble", role: "alert", hidden: true });
  const heading = (text) => h("h1", { id: "heading", tabindex: "-1" }, text);
  const submit = (label) => h("button", {
    class: "button submit", type: "submit", "data-label": label,
  }, label);

  function form(children, onsubmit) {
    return h("form", { novalidate: true, onsubmit: (event) => {
      event.preventDefault();
      if (!busy) onsubmit();
    } }, children);
  }

  function leaveLinks() {
    return [
      step > 0 && h("button", { class: "button plain", type: "button", onclick: () => go(step - 1) },
        t("back")),
      h("button", { class: "link", type: "button", id: "cancel", onclick: askToCancel }, t("cancel")),
    ];
  }

  function progress() {
    if (steps.length < 2) return null;
    return h("ol", { class: "steps", "aria-label": t("step", { at: step + 1, of: steps.length }) },
      steps.map((name, at) => {
        const label = t(`step.${name === "pay" && stores ? "store" : name}`);
        return h("li", { class: at < step ? "done" : "", "aria-current": at === step ? "step" : null },
          at < step ? h("button", { type: "button", onclick: () => go(at) }, label) : label);
      }));
  }

  const before = () => {
    const last = view.attempts[0];
    return last && ["REJECTED", "FAILED"].includes(last.status) && step === 0
      ? note("wait", t("declined.before")) : null;
  };

  const FORMS = {
    method: () => [
      heading(t(stores ? "method.heading.store" : "method.heading")), before(),
      form([
        h("fieldset", { class: "choices" },
          h("legend", { class: "unseen" }, t("step.method")),
          methods.map((name) => h("label", { class: "choice" },
            h("input", { type: "radio", name: "method", value: name, id: `method-${name}`,
              checked: draft.method === name, onchange: () => { draft.method = name; } }),
            h("span", null, h("b", null, t(`method.${name}`)), h("span", null, t(`method.${name}.hint`))),
            icon(name)))),
        h("div", { class: "actions" }, submit(t("continue")), leaveLinks()),
      ], () => go(step + 1)),
    ],

    payer: () => {
      const text = (id, attributes = {}) => field(id, t(`payer.${id}`), draft.payer[id], {
        readonly: locked(id), maxlength: 60, area: "wide-half",
        set: (value) => { draft.payer[id] = value; }, ...attributes,
      });
      draft.payer.documentType ||= documents[0][0];
      return [
        heading(t("payer.heading")),
        h("p", { class: "lead" }, t(view.payer.locked ? "payer.locked" : "payer.lead")), before(),
        form([
          h("div", { class: "grid" },
            text("name", { autocomplete: "given-name" }),
            text("surname", { autocomplete: "family-name" }),
            choose("documentType", t("payer.documentType"), draft.payer.documentType,
              documents.map(([code]) => [code, boot.names[code]
                ?? (code === "PPN" ? t("passport") : code)]),
              (value) => { draft.payer.documentType = value; complain("document", ""); },
              { disabled: locked("documentType"), area: "wide-half" }),
            text("document", { autocomplete: "off", maxlength: 25 }),
            text("email", { autocomplete: "email", type: "email", inputmode: "email",
              maxlength: 80 }),
            text("mobile", { autocomplete: "tel", type: "tel", inputmode: "tel", maxlength: 30,
              optional: true })),
          trouble(),
          h("div", { class: "actions" }, submit(t("continue")), leaveLinks()),
        ], () => { if (!reject(payerFaults())) go(step + 1); }),
      ];
    },

    pay: () => {
      const kind = draft.method;
      const label = () => stores ? t("pay.store")
        : t(view.type === "checkin" ? "pay.authorize" : "pay",
          { amount: Number.isFinite(wanted()) ? money(wanted()) : "" });
      const button = submit(label());
      const relabel = () => { button.dataset.label = label(); button.textContent = label(); };
      const title = kind === "card" && stores ? "card.heading.store" : `${kind}.heading`;
      const lead = kind === "bank" ? t("bank.lead") : stores
        ? t("card.lead.store", { merchant: view.merchant }) : view.type === "checkin"
          ? t("card.checkin") : view.subscribe ? t("card.subscribe", { merchant: view.merchant }) : "";
      return [
        heading(t(title)), lead && h("p", { class: "lead" }, lead), steps.length === 1 && before(),
        payerLine(),
        form([
          view.allowPartial && partial(relabel),
          { card: cardFields, bank: bankFields, token: tokenFields }[kind](),
          trouble(),
          h("div", { class: "actions" }, button, leaveLinks()),
        ], () => {
          const wrong = draft.part ? { amount: amountFault() } : {};
          if (kind === "bank") wrong.bank = draft.bank ? "" : t("error.bank");
          if (kind === "token") wrong.cvv = cvvFault(draft.cvv);
          if (kind === "card") {
            wrong.number = numberFault(draft.card.number);
            wrong.expiration = expirationFault(draft.card.expiration);
            wrong.cvv = cvvFault(draft.card.cvv);
            wrong.holder = draft.card.holder.trim() ? "" : t("error.required");
          }
          if (!reject(wrong)) {
            $("trouble").hidden = true;
            act("pay", choice(), refused);
          }
        }),
      ];
    },
  };

  function payerLine() {
    const { name = "", surname = "", email = "" } = draft.payer;
    return h("div", { class: "payer-line" },
      h("span", null, h("b", null, `${name} ${surname}`), h("span", null, email)),
      steps.includes("payer") && h("button", { class: "link", type: "button",
        "aria-label": `${t("change")}: ${t("step.payer")}`,
        onclick: () => go(steps.indexOf("payer")) }, t("change")));
  }

  function partial(relabel) {
    const input = field("amount", t("amount.label"), draft.amount, {
      inputmode: "decimal", autocomplete: "off", maxlength: 20,
      hint: t("amount.hint", { least: money(view.minimum), most: money(view.remaining) }),
      set: (value) => { draft.amount = value; relabel(); },
    });
    input.hidden = !draft.part;
    const pick = (part) => () => {
      draft.part = part;
      input.hidden = !part;
      relabel();
      if (part) $("amount").focus();
    };
    const radio = (part, key, extra) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "part", value: String(part), checked: draft.part === part,
        onchange: pick(part) }),
      h("span", null, h("b", null, t(key)), extra && h("span", null, extra)));
    return h("fieldset", { class: "choices part" },
      h("legend", { class: "legend" }, t("amount.legend")),
      radio(false, "amount.all", sum(view.remaining)), radio(true, "amount.part"), input);
  }

  function cardFields() {
    const badge = h("span", { class: "badge", "aria-hidden": "true" });
    const showBrand = () => {
      const brand = brandOf(digits(draft.card.number));
      badge.textContent = brand === "Master" ? "Mastercard" : brand;
      badge.dataset.brand = brand;
    };
    const set = (name) => (value) => { draft.card[name] = value; };
    draft.card.holder ||= [draft.payer.name, draft.payer.surname].filter(Boolean).join(" ").slice(0, 60);
    const grid = h("div", { class: "grid" },
      field("number", t("card.number"), draft.card.number, {
        autocomplete: "cc-number", inputmode: "numeric", maxlength: 23, badge, clean: spaced,
        set: (value) => { draft.card.number = value; showBrand(); },
      }),
      field("expiration", t("card.expiration"), draft.card.expiration, {
        autocomplete: "cc-exp", inputmode: "numeric", maxlength: 7, area: "half", clean: slashed,
        hint: t("card.expiration.hint"), set: set("expiration"),
      }),
      field("cvv", t("card.cvv"), draft.card.cvv, {
        autocomplete: "cc-csc", inputmode: "numeric", maxlength: 4, area: "half",
        hint: t("card.cvv.hint"), clean: (text) => digits(text).slice(0, 4), set: set("cvv"),
      }),
      field("holder", t("card.holder"), draft.card.holder, {
        autocomplete: "cc-name", maxlength: 60, area: stores ? "" : "two-thirds", set: set("holder"),
      }),
      !stores && choose("installments", t("card.installments"), draft.card.installments,
        [1, 2, 3, 4, 6, 9, 12, 18, 24, 36].map((count) => [String(count),
          count === 1 ? t("card.installments.one") : t("card.installments.many", { count })]),
        set("installments"), { area: "third" }));
    showBrand();
    return grid;
  }

  const bankFields = () => choose("bank", t("bank.bank"), draft.bank,
    [["", t("bank.choose")], ...view.banks.map(({ code, name }) => [code, name])],
    (value) => { draft.bank = value; });

  const tokenFields = () => [
    h("fieldset", { class: "choices" },
      h("legend", { class: "legend" }, t("token.card")),
      view.tokens.map((each) => h("label", { class: "choice" },
        h("input", { type: "radio", name: "subtoken", value: each.subtoken,
          checked: draft.subtoken === each.subtoken,
          onchange: () => { draft.subtoken = each.subtoken; } }),
        h("span", null, h("b", null, each.franchiseName),
          h("span", null, t("ending", { digits: each.lastDigits }))),
        icon("card")))),
    h("div", { class: "grid below" }, field("cvv", t("card.cvv"), draft.cvv, {
      autocomplete: "cc-csc", inputmode: "numeric", maxlength: 4, hint: t("card.cvv.hint"),
      area: "wide-half", clean: (text) => digits(text).slice(0, 4),
      set: (value) => { draft.cvv = value; },
    })),
  ];

  function askToCancel() {
    if (busy) return;
    const shut = () => { dialog.close(); dialog.remove(); };
    const dialog = h("dialog", { "aria-labelledby": "dialog-heading",
      oncancel: (event) => { event.preventDefault(); shut(); } },
      h("h2", { id: "dialog-heading" }, t("dialog.heading")),
      h("p", { class: "lead" }, t(view.paid ? "dialog.text.partial" : "dialog.text",
        { merchant: view.merchant })),
      h("div", { class: "actions" },
        h("button", { class: "button", type: "button", id: "stay", onclick: shut },
          t("dialog.no")),
        h("button", { class: "button plain", type: "button", id: "give-up", onclick: () => {
          shut();
          cancel();
        } }, t("dialog.yes"))));
    document.body.append(dialog);
    dialog.showModal();
  }

  async function cancel() {
    if (busy) return;
    busy = true;
    try {
      const next = await call("cancel", {});
      busy = false;
      const url = next.cancelUrl;
      if (["?C", "PX"].includes(next.reason) && (framed || mayOpen(url))) {
        view = next;
        tellLightbox();
        leave(url);
      } else {
        update(next, true);
      }
    } catch (error) {
      busy = false;
      if (!(error instanceof CallError)) throw error;
      if (error.code.endsWith("session-not-payable")) await refresh(true);
      else refused(error);
    }
  }

  function receipt(last, more = []) {
    if (!last) return null;
    const means = [last.paymentMethodName, last.lastDigits && `•••• ${last.lastDigits}`];
    const approved = last.status === "APPROVED";
    return facts([
      ["reference", view.reference],
      ["fact.method", means.filter(Boolean).join(" ")],
      ["fact.authorization", approved && last.authorization],
      ["fact.receipt", approved && last.receipt],
      ["fact.date", when(last.date)],
      ["fact.message", last.message, view.language === "pt" ? "es" : null],
      ...more,
    ].map(([key, value, lang]) => [t(key), value, lang]));
  }

  const SEALS = { good: "check", bad: "cross", wait: "clock", "": "info" };

  function result(kind, title, lead, ...rest) {
    return h("div", { class: `result ${kind}` },
      h("div", { class: "seal" }, icon(SEALS[kind])),
      heading(title), openedFinal && kind === "good" && h("p", { class: "lead" }, t("already")),
      lead && !(openedFinal && kind === "good") && h("p", { class: "lead" }, lead), rest);
  }

  const actions = (...buttons) => h("div", { class: "actions" }, buttons);
  const cancelLink = () => h("button", { class: "link", type: "button", onclick: askToCancel }, t("cancel"));

  function again() {
    seen = view.attempts.length;
    draft.card.cvv = draft.cvv = "";
    if (draft.method === "card") draft.card.number = draft.card.expiration = "";
    draft.part = false;
    draft.amount = "";
    step = 0;
    render(true);
  }

  const retry = (label) => h("button", { class: "button", type: "button", id: "again", onclick: again },
    t(label));

  const SCREENS = {
    form: () => [progress(), FORMS[steps[step]]()],

    approved: () => {
      const last = view.attempts.find((each) => each.status === "APPROVED");
      const key = stores ? "approved.store" : view.type === "checkin" ? "approved.checkin" : "approved";
      return result("good", t(key),
        t(stores ? "approved.store.lead" : "approved.lead", { merchant: view.merchant }),
        !stores && h("p", { class: "paid" }, sum(view.amount)), receipt(last), actions(returnLink()));
    },

    partial: () => result("good", t("partial"),
      t("partial.lead", { paid: money(view.attempts[0].amount), remaining: money(view.remaining) }),
      receipt(view.attempts[0]), actions(retry("partial.more"), returnLink(view.returnUrl, true))),

    declined: () => result("bad", t(stores ? "declined.store" : "declined"),
      t(view.attempts[0].reason === "OT1" ? "declined.otp" : "declined.lead"),
      receipt(view.attempts[0]), actions(retry("declined.retry"), cancelLink())),

    failed: () => result("wait", t("failed"), t("failed.lead"), receipt(view.attempts[0]),
      actions(retry("declined.retry"), cancelLink())),

    exhausted: () => result("bad", t("declined.final"), t("declined.final.lead"),
      receipt(view.attempts[0]), actions(returnLink())),

    pending: () => {
      const confirm = view.attempts[0].status === "PENDING_CONFIRMATION";
      const key = confirm ? "pending.confirmation" : "pending";
      const made = result("wait", t(key), t(`${key}.lead`, { merchant: view.merchant }),
        view.attempts[0].amount !== null
          && h("p", { class: "paid" }, sum(view.attempts[0].amount)),
        receipt(view.attempts[0]), actions(returnLink(view.returnUrl, true)));
      if (!confirm) made.querySelector(".seal").replaceChildren(h("span", { class: "spinner" }));
      return made;
    },

    challenge: () => {
      const last = view.attempts[0];
      let typed = "";
      return h("div", { class: "otp" },
        h("p", { class: "bank" }, h("span", null, t("challenge.bank")),
          h("span", { class: "badge", "data-brand": last.paymentMethodName },
            last.paymentMethodName === "Master" ? "Mastercard" : last.paymentMethodName)),
        heading(t("challenge.heading")), h("p", { class: "lead" }, t("challenge.lead")),
        facts([[t("challenge.merchant"), view.merchant],
          [t("amount"), last.amount !== null && money(last.amount)],
          [t("card"), last.lastDigits && `•••• ${last.lastDigits}`]]),
        form([
          field("otp", t("challenge.otp"), "", { inputmode: "numeric", maxlength: 10,
            autocomplete: "one-time-code", set: (value) => { typed = value; } }),
          trouble(),
          actions(submit(t("challenge.verify")), cancelLink()),
        ], () => {
          typed = $("otp").value.trim();
          if (!reject({ otp: typed ? "" : t("error.otp") })) act("challenge", { otp: typed }, refused);
        }));
    },

    cancelled: () => result("", t(stores ? "cancelled.store" : "cancelled"), t("cancelled.lead"),
      actions(returnLink(view.cancelUrl))),
    expired: () => result("wait", t("expired"), t("expired.lead"), actions(returnLink())),
    ended: () => result("wait", t("partial.ended"),
      t("partial.ended.lead", { paid: money(view.paid), merchant: view.merchant }),
      actions(returnLink())),
    unavailable: () => result("", t("unavailable"), t("unavailable.lead"), actions(returnLink())),
    leaving: () => {
      const made = result("", t("leaving"), t("leaving.lead"), actions(returnLink(leaving, true)));
      made.querySelector(".seal").replaceChildren(h("span", { class: "spinner" }));
      return made;
    },
  };

  function render(focus) {
    shown = fingerprint();
    const stage = $("stage");
    stage.dataset.screen = screen();
    stage.dataset.step = screen() === "form" ? steps[step] : "";
    stage.replaceChildren(...[SCREENS[screen()]()].flat(3).filter(Boolean));
    renderOrder();
    renderDrawer();
    if (focus) {
      if (!wide.matches) $("drawer").querySelector("details").open = false;  // it would cover this
      $("heading")?.focus({ preventScroll: true });
      scrollTo({ top: 0 });
      announce($("heading")?.textContent ?? "");
    }
  }

  /* The order and the time left ----------------------------------------------------------- */

  const wide = matchMedia("(min-width: 860px)");

  function renderOrder() {
    const partly = !stores && view.paid > 0 && !view.final;
    const label = stores ? "total.store" : partly ? "total.remaining"
      : view.type === "checkin" ? "total.checkin" : "total";
    const open = $("order").querySelector("details")?.open ?? wide.matches;
    const rows = facts([
      [t("reference"), view.reference],
      [t("description"), view.description],
      [t("paid"), partly && money(view.paid)],
      [t("taxes"), view.taxes.length > 0 && money(
        view.taxes.reduce((total, each) => total + Number(each.amount), 0))],
    ]);
    $("order").replaceChildren(h("section", { class: "order", "aria-label": t("details") },
      h("div", { class: "total" },
        h("div", null, h("p", { class: "label" }, t(label)),
          stores ? h("p", { class: "sum words" }, t("total.store.words"))
            : h("p", { class: "sum" }, sum(partly ? view.remaining : view.amount))),
        !view.final && h("p", { class: "timer", id: "timer", title: t("time") }, icon("clock"),
          h("span", { class: "unseen" }, t("time")), h("time", { role: "timer" }, left()))),
      h("details", { open },
        h("summary", null, icon("chevron"), t("details")), rows,
        view.items.length > 0 && h("ul", { class: "lines" }, view.items.map((item) => h("li", null,
          h("span", null, item.qty && String(item.qty) !== "1" ? `${item.qty} × ` : "",
            item.name ?? item.sku ?? ""),
          Number.isFinite(Number(item.price ?? NaN)) && sum(Number(item.price))))))));
    tick();
  }

  const seconds = () => Math.max(
    0, Math.floor((Date.parse(view.expiration) - Date.now() - skew) / 1000));

  function left() {
    const two = (number) => String(number).padStart(2, "0");
    const all = seconds(), hours = Math.floor(all / 3600);
    if (hours >= 48) return when(view.expiration);
    return `${hours ? `${hours}:` : ""}${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  }

  let warned = Infinity, asked = "";

  function tick() {
    const place = $("timer");
    if (!place || view.final) return;
    const all = seconds();
    const text = left();
    const time = place.querySelector("time");
    if (time.textContent !== text) time.textContent = text;
    place.classList.toggle("soon", all < 300);
    for (const [limit, words] of [[300, t("time.soon", { minutes: 5 })], [60, t("time.one")]]) {
      if (all <= limit && all > 0 && warned > limit) {
        if (all > limit - 10) announce(words);
        warned = limit;
      }
    }
    if (all === 0 && asked !== view.expiration && !busy) {
      asked = view.expiration;
      refresh(true);
    }
  }

  /* The drawer: the emulator's own, not the page's ----------------------------------------- */

  const OUTCOMES = ["approve", "decline", "pending-approve", "pending-decline", "pending",
    "challenge", "exception"];
  let query = "";

  function renderDrawer() {
    const old = $("drawer").querySelector("details");
    const scrolled = old?.querySelector(".inside").scrollTop ?? 0;
    const pending = screen() === "pending" && !leaving;
    const challenged = screen() === "challenge";
    const over = view.final || Boolean(leaving);
    const can = (name) => !over && !challenged && (!pending || name === "approve" || name === "decline");
    const outcome = (name) => h("button", {
      type: "button", "data-outcome": name, "data-act": can(name) ? "may" : "never", disabled: !can(name),
      onclick: () => act("pay", { outcome: name, ...(draft.part && !amountFault() && !pending
        ? { amount: wanted() } : {}) }, refused),
    }, t(`drawer.${name}`));
    const list = h("div", { class: "list" });
    const inside = h("div", { class: "inside" },
      h("p", null, t("drawer.lead")),
      h("h3", null, t(pending ? "drawer.resolve" : "drawer.outcomes")),
      over && h("p", null, t("drawer.over")),
      h("div", { class: "outcomes" }, OUTCOMES.map(outcome)),
      h("p", { class: "otp-code" }, t("drawer.otp"), " ", h("code", { id: "otp-hint" }, boot.otp),
        challenged && h("button", { type: "button", id: "otp-fill", onclick: () => {
          $("otp").value = boot.otp;
          $("otp").focus();
        } }, t("drawer.otp.fill"))),
      h("h3", { id: "cards-heading" }, t("drawer.cards")),
      h("p", null, t("drawer.cards.lead")),
      h("p", { class: "filter" }, h("input", { type: "search", id: "card-search", value: query,
        placeholder: t("drawer.search"), "aria-label": t("drawer.search"), autocomplete: "off",
        oninput: (event) => { query = event.target.value; fillCards(list); } })),
      list);
    fillCards(list);
    $("drawer").replaceChildren(h("details", { class: "drawer", open: old?.open ?? false },
      h("summary", null, icon("flask"), t("drawer"), icon("down", "chevron")), inside));
    inside.scrollTop = scrolled;
  }

  function fillCards(list) {
    const can = screen() === "form" && view.methods.includes("card");
    const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const groups = new Map();
    for (const card of view.cards) {
      const does = t(`does.${card.does}`);
      const extra = [card.challenge && t("does.3ds"),
        card.only && t("does.only", card.only)].filter(Boolean).join(", ");
      const text = `${card.number} ${spaced(card.number)} ${card.brand} ${does} ${extra}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      if (!groups.has(does)) groups.set(does, []);
      groups.get(does).push(h("li", null, h("button", {
        type: "button", "data-card": card.number, "data-act": can ? "may" : "never", disabled: !can,
        onclick: () => useCard(card),
      }, h("span", { class: "number" }, spaced(card.number)),
      h("small", null, card.brand, extra && ` · ${extra}`))));
    }
    list.replaceChildren(...(groups.size ? [...groups].map(([does, buttons]) => [
      h("p", { class: "group" }, does), h("ul", { class: "cards", "aria-label": does }, buttons),
    ]).flat() : [h("p", null, t("drawer.none"))]));
  }

  function useCard(card) {
    const year = (Number(view.now.slice(2, 4)) + 3) % 100;
    draft.method = "card";
    for (const [name, value] of Object.entries(boot.sample)) {
      if (!draft.payer.locked && !draft.payer[name]) draft.payer[name] = value;
    }
    if (!locked("document") && payerFaults().document) {
      Object.assign(draft.payer, { documentType: boot.sample.documentType, document: boot.sample.document });
    }
    Object.assign(draft.card, {
      number: spaced(card.number),
      expiration: card.only?.expiration ?? `12/${String(year).padStart(2, "0")}`,
      cvv: card.only?.cvv ?? (card.brand === "American Express" ? "1234" : "123"),
    });
    const faulty = steps.includes("payer") && Object.values(payerFaults()).some(Boolean);
    go(faulty ? steps.indexOf("payer") : steps.length - 1, false);
    if (!wide.matches) $("drawer").querySelector("details").open = false;
    if (faulty) reject(payerFaults());
    else document.querySelector("#stage .submit").focus({ preventScroll: wide.matches });
    announce(t("drawer.filled", { number: spaced(card.number) }));
  }

  /* Begin -------------------------------------------------------------------------------- */

  $("top").append(
    h("p", { class: "merchant" }, h("span", { class: "mark", "aria-hidden": "true" },
      view.merchant.replace(/[^\p{L}\p{N}]/gu, "").slice(0, 1).toUpperCase() || "·"),
    h("span", null, view.merchant)),
    h("p", { class: "secure" }, icon("lock"), h("span", null, t("secure"))));
  $("foot").append(t("foot"));
  $("page").hidden = false;
  skew = Date.parse(view.now) - Date.now();
  render(false);
  schedule();
  setInterval(tick, 1000);
})();
