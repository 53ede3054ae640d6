"use strict";
const ROWS_MAX = 100, REFRESH_MS = 2000, ZONE = "Asia/Dubai";
const $ = (id) => document.getElementById(id);
let arabic = (navigator.language || "").startsWith("ar");
const t = (key) => (WORDS[key] || [key, key])[arabic ? 1 : 0];
const here = (name) => (arabic ? name.ar : name.en), there = (name) => (arabic ? name.en : name.ar);
const city = { agencies: [], personas: [], faults: [], addresses: null, ahead: 0 };

// Text from the city only ever becomes text: elements are made, never parsed.
function h(tag, { attributes = {}, ...props } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), props);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}
const money = (fils) => new Intl.NumberFormat(arabic ? "ar-AE-u-nu-latn" : "en-AE", { style: "currency", currency: "AED" }).format(fils / 100);
const both = (name) => h("span", {}, h("bdi", { className: "name" }, here(name)), " ", h("bdi", { className: "other", lang: arabic ? "en" : "ar", dir: "auto" }, there(name)));

async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) { options.headers = { "content-type": "application/json" }; options.body = JSON.stringify(body); }
  let answer;
  try { answer = await fetch(path, options); } catch { throw new Error(t("gone")); }
  const text = await answer.text();
  const value = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(t("failed") + (value?.title ?? answer.status));
  return value;
}
async function act(method, path, body) {
  try { await call(method, path, body ?? {}); say(t("done")); await refresh(true); } catch (error) { say(error.message, true); }
}
function say(text, bad) { $("message").textContent = text; $("message").className = bad ? "bad" : "good"; }

function translate() {
  document.documentElement.lang = arabic ? "ar" : "en";
  document.documentElement.dir = arabic ? "rtl" : "ltr";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  $("language").textContent = arabic ? "English" : "العربية";
  $("language").lang = arabic ? "en" : "ar";
}

function tick() {
  const now = new Date(Date.now() + city.ahead);
  $("time").textContent = new Intl.DateTimeFormat(arabic ? "ar-AE-u-nu-latn" : "en-GB", { dateStyle: "full", timeStyle: "medium", timeZone: ZONE }).format(now);
}

const FAULTS = [["cut_after_commit"], ["cut_before_commit"], ["latency_ms", "latency_ms", 3000], ["status", "status", 503], ["garbage"], ["endless_body"], ["compressed_body"],
  ["slow_body", "bytes_per_second", 50], ["redirect", "location", "https://elsewhere.example/"], ["wrong_content_type"]];
const OF_AGENCIES = [["another_persons_bill"], ["another_agencys_bill"], ["endless_pages"]], OF_GATEWAY = [["stale_directory"], ["replayed_directory"], ["forged_directory"]];
const wording = (name) => t(name === "status" ? "status_fault" : name);

function partyCard(party, name, address, extra) {
  const on = city.faults.filter((active) => active.fault.party === party);
  const kinds = [...FAULTS, ...extra];
  const kind = h("select", { attributes: { "aria-label": `${t("fault")}: ${here(name)}` } }, ...kinds.map(([id]) => h("option", { value: id }, wording(id))));
  const value = h("input", { size: 9, hidden: true, dir: "ltr", attributes: { "aria-label": t("value") } });
  const often = h("select", { attributes: { "aria-label": t("often") } }, h("option", { value: "1" }, t("once")), h("option", { value: "" }, t("always")));
  const route = h("input", { size: 10, placeholder: "/v1/…", dir: "ltr", attributes: { "aria-label": t("route") } });
  const chosen = () => kinds.find(([id]) => id === kind.value);
  kind.onchange = () => { const [, member, usual] = chosen(); value.hidden = !member; value.value = usual ?? ""; };
  const form = h("form", { className: "row" }, kind, value, often, route, h("button", {}, t("break")));
  form.onsubmit = (event) => {
    event.preventDefault();
    const [id, member, usual] = chosen(), fault = { party, kind: { name: id } };
    if (member) fault.kind[member] = typeof usual === "number" ? Number(value.value) : value.value;
    if (often.value) fault.times = Number(often.value);
    if (route.value) fault.route = route.value;
    act("POST", "/v1/faults", fault);
  };
  const chips = on.map(({ fault_id, fault }) => h("span", { className: "chip" },
    `${wording(fault.kind.name)}${fault.route ? " " + fault.route : ""}${fault.times ? " ×" + fault.times : ""}`,
    h("button", { type: "button", onclick: () => act("DELETE", `/v1/faults/${fault_id}`), attributes: { "aria-label": `${t("clear")}: ${wording(fault.kind.name)}` } }, "✕")));
  return h("li", { className: on.length ? "broken" : "" }, both(name), h("code", { dir: "ltr" }, `${party} · ${address}`), chips.length ? h("div", { className: "row" }, ...chips) : null, form);
}

function drawParties() {
  // A form that somebody is filling in stays as it is.
  if ($("party-list").contains(document.activeElement) && document.activeElement.matches("input, select")) return;
  const fixed = ["identity", "gateway", "bank"].map((party) =>
    partyCard(party, { en: WORDS[party][0], ar: WORDS[party][1] }, city.addresses[party], party === "gateway" ? OF_GATEWAY : []));
  $("party-list").replaceChildren(...fixed, ...city.agencies.map((agency) => partyCard(agency.agency_id, agency.name, agency.base_url, OF_AGENCIES)));
}

function drawPeople() {
  $("people").replaceChildren(...city.personas.map((persona) => h("li", {}, both(persona.name),
    h("span", { className: "other" }, here(persona.about)),
    h("code", { dir: "ltr" }, `${persona.persona_id} · ${persona.emirates_id}`),
    h("span", {}, `${t("pin")} `, h("b", { className: "mono" }, persona.pin), ` · ${t("otp")} `, h("b", { className: "mono" }, persona.otp)),
    h("div", { className: "row" }, ...(persona.loaded
      ? [["signOut", "revoke-sessions"], ["expire", "expire-access-tokens"]]
      : [["load", "load"]]).map(([word, path]) =>
        h("button", { className: "quiet", onclick: () => act("POST", `/v1/personas/${persona.persona_id}/${path}`) }, t(word)))))));
}

function drawBooks(books) {
  const figure = (name, text, good) => h("div", {}, h("dt", {}, t(name)), h("dd", { className: good === undefined ? "" : good ? "good" : "bad" }, text));
  $("books").replaceChildren(figure("balanced", books.balanced ? t("yes") : t("no"), books.balanced),
    figure("paid_twice", String(books.paid_twice), books.paid_twice === 0), figure("lost_fils", money(books.lost_fils), books.lost_fils === 0),
    ...["in_flight_fils", "debited_fils", "settled_fils", "refunded_fils"].map((name) => figure(name, money(books[name]))));
}

function options(select, entries, first) {
  const before = select.value;
  select.replaceChildren(...(first ? [h("option", { value: "" }, first)] : []), ...entries.map(([value, text]) => h("option", { value }, text)));
  if ([...select.options].some((option) => option.value === before)) select.value = before;
}
function drawForms() {
  const people = city.personas.filter((persona) => persona.loaded).map((persona) => [persona.persona_id, here(persona.name)]);
  const agencies = city.agencies.map((agency) => [agency.agency_id, here(agency.short_name)]);
  options($("filter").persona_id, people, t("anyone"));
  options($("filter").agency_id, agencies, t("all"));
  const first = !$("filter").status.options.length;
  options($("filter").status, ["open", "paid", "withdrawn"].map((status) => [status, t(status)]), t("all"));
  if (first) $("filter").status.value = "open";
  options($("add-bill").persona_id, people);
  options($("add-bill").agency_id, agencies);
  drawKinds();
}
function drawKinds() {
  const agency = city.agencies.find((agency) => agency.agency_id === $("add-bill").agency_id.value);
  options($("add-bill").kind_code, (agency?.bill_kinds || []).map((kind) => [kind.code, here(kind.name)]));
}

async function drawBills() {
  const query = new URLSearchParams([...new FormData($("filter"))].filter(([, value]) => value));
  const { bills } = await call("GET", `/v1/bills?${query}`);
  bills.sort((a, b) => a.due_on.localeCompare(b.due_on));
  const name = (id) => { const agency = city.agencies.find((agency) => agency.agency_id === id); return agency ? here(agency.short_name) : id; };
  $("bill-rows").replaceChildren(...bills.slice(0, ROWS_MAX).map((bill) => {
    const path = `/v1/bills/${encodeURIComponent(bill.agency_id)}/${encodeURIComponent(bill.bill_id)}`;
    const label = (word) => ({ "aria-label": `${t(word)}: ${here(bill.title)} ${bill.reference}` });
    const amount = bill.amount_rule.rule === "range" ? { amount_fils: bill.amount_fils } : {};
    return h("tr", {}, h("td", {}, here(bill.title), h("br"), h("code", { dir: "ltr" }, bill.reference)), h("td", {}, name(bill.agency_id)),
      h("td", { dir: "ltr", className: "mono" }, bill.due_on), h("td", { className: "amount" }, money(bill.amount_fils)), h("td", {}, t(bill.status)),
      h("td", {}, bill.status === "open" ? h("div", { className: "row" },
        h("button", { onclick: () => act("POST", `${path}/pay-at-counter`, amount), attributes: label("counter") }, t("counter")),
        h("button", { onclick: () => act("POST", `${path}/withdraw`), attributes: label("withdraw") }, t("withdraw"))) : ""));
  }));
  $("bill-count").textContent = bills.length ? `${Math.min(ROWS_MAX, bills.length)} ${t("shown")} ${bills.length}` : t("none");
}

async function refresh(all) {
  const clock = await call("GET", "/v1/clock");
  city.ahead = clock.ahead_ms;
  const faults = (await call("GET", "/v1/faults")).faults;
  const changed = JSON.stringify(faults) !== JSON.stringify(city.faults);
  city.faults = faults;
  drawBooks(await call("GET", "/v1/books"));
  if (all) {
    city.addresses ??= await call("GET", "/v1/city");
    city.agencies = (await call("GET", "/v1/agencies")).agencies;
    city.personas = (await call("GET", "/v1/personas")).personas;
    drawPeople(); drawForms(); await drawBills();
  }
  if (all || changed) drawParties();
}

document.querySelectorAll("[data-advance]").forEach((button) => { button.onclick = () => act("POST", "/v1/clock/advance", { advance_ms: Number(button.dataset.advance) }); });
$("set-clock").onsubmit = (event) => { event.preventDefault(); act("PUT", "/v1/clock", { now: `${$("instant").value}:00+04:00` }); };
$("clear-faults").onclick = () => act("DELETE", "/v1/faults");
$("filter").onchange = () => drawBills().catch((error) => say(error.message, true));
$("add-bill").agency_id.onchange = drawKinds;
$("add-bill").onsubmit = (event) => {
  event.preventDefault();
  const { amount, due_on, ...bill } = Object.fromEntries(new FormData(event.target));
  const [dirhams, fils = ""] = amount.split(".");
  act("POST", "/v1/bills", { ...bill, amount_fils: Number(dirhams) * 100 + Number(fils.padEnd(2, "0")), ...(due_on && { due_on }) });
};
$("join").onsubmit = (event) => {
  event.preventDefault();
  let fixture;
  try { fixture = JSON.parse(event.target.fixture.value); } catch (error) { return say(t("failed") + error.message, true); }
  act("POST", "/v1/agencies", fixture);
};
$("language").onclick = () => { arabic = !arabic; translate(); tick(); refresh(true).catch((error) => say(error.message, true)); };

translate();
refresh(true).then(tick).catch((error) => say(error.message, true));
setInterval(tick, 1000);
setInterval(() => { if (!document.hidden) refresh(false).catch((error) => say(error.message, true)); }, REFRESH_MS);
