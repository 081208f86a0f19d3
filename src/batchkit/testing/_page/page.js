"use strict";
// Shows what /_/state tells, once a second. All text goes in as text, never as markup.

const VENDORS = ["drip", "ecwid", "empathy"];
const MOST_ROWS = 100;
const MOST_BARS = 120;
const MOST_KEPT = 2000;
const find = (id) => document.getElementById(id);

const requests = [];
const rows = new Map();
let paused = false;
let lost = false;
let run = "";

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

async function ask(path, options) {
  const given = options ? { ...options, headers: { "Content-Type": "application/json" } } : {};
  const response = await fetch(path, given);
  const value = await response.json();
  if (!response.ok) throw new Error(value.error);
  return value;
}

function kind(status) {
  if (!status) return "silent";
  return status < 400 ? "ok" : status < 500 ? "refused" : "failed";
}

function said(status) {
  return status ? String(status) : "no answer";
}

// A list that has not changed keeps its elements, and with them the keyboard's place.
function fill(parent, values, make) {
  const told = JSON.stringify(values);
  if (parent.dataset.told === told) return;
  parent.dataset.told = told;
  parent.replaceChildren(...values.map(make));
}

function showItems(counts) {
  const rows = VENDORS.map((vendor) => [vendor, counts[vendor]]);
  fill(find("items"), rows, ([vendor, count]) =>
    element("tr", {},
      element("th", { scope: "row", textContent: vendor }),
      ...["taken", "dropped", "refused"].map((fate) =>
        element("td", { textContent: count[fate].toLocaleString("en") }))));
}

function showQuotas(quotas) {
  fill(find("quotas"), quotas, (quota) => {
    const left = quota.limit - quota.used;
    const text = `${quota.vendor}, ${quota.name}: ${quota.used} of ${quota.limit} used` +
      (left ? "" : `, free again in ${Math.ceil(quota.resets_in)} s`);
    const meter = element("meter", { max: quota.limit, value: quota.used, high: quota.limit * 0.8, optimum: 0 });
    meter.setAttribute("aria-label", text);
    return element("li", {}, element("span", { textContent: text }), meter);
  });
}

function showTickets(tickets) {
  fill(find("tickets"), tickets.slice().reverse(), (ticket) => {
    const text = `store ${ticket.store}, ${ticket.ticket}: ${ticket.status.toLowerCase().replace("_", " ")}, ` +
      `${ticket.done} of ${ticket.total}`;
    const progress = element("progress", { max: ticket.total, value: ticket.done });
    progress.setAttribute("aria-label", text);
    return element("li", {}, element("span", { textContent: text }), progress);
  });
}

// The entries of a batch are taken after the request that brought them was answered.
function noteProgress(tickets) {
  for (const ticket of tickets) {
    const row = rows.get(ticket.request);
    if (!row) continue;
    row.one.taken = ticket.done - ticket.failed;
    row.cells[3].textContent = row.one.taken;
    row.cells[4].textContent = ticket.failed;
  }
}

function showFaults(faults) {
  fill(find("faults"), faults, (fault) => element("li", { textContent: fault }));
}

function showTimeline() {
  const most = Math.max(1, ...requests.map((one) => one.taken));
  find("timeline").replaceChildren(...VENDORS.map((vendor) => {
    const last = requests.filter((one) => one.vendor === vendor).slice(-MOST_BARS);
    const bars = last.map((one) => {
      const bar = element("div", { className: `bar ${kind(one.status)}` });
      bar.style.height = `${10 + 90 * one.taken / most}%`;
      return bar;
    });
    return element("div", { className: "lane" },
      element("span", { textContent: vendor }), element("div", { className: "bars" }, ...bars));
  }));
}

function showRequests(fresh) {
  const body = find("requests");
  for (const one of fresh) {
    const open = element("button", { type: "button", className: "link", textContent: `#${one.number}` });
    open.setAttribute("aria-label", `Show request ${one.number}`);
    open.addEventListener("click", () => showExchange(one));
    const values = [one.vendor, one.operation || "unknown", said(one.status), one.taken,
      one.refused + one.dropped, `${one.time.toFixed(1)} s`, one.fault];
    const cells = values.map((value) => element("td", { textContent: value }));
    cells[2].className = kind(one.status);
    rows.set(one.number, { one, cells });
    body.prepend(element("tr", {}, element("td", {}, open), ...cells));
  }
  // The row in use stays, however many come after it.
  while (body.rows.length > MOST_ROWS && !body.lastElementChild.contains(document.activeElement)) {
    body.lastElementChild.remove();
    rows.delete(Math.min(...rows.keys()));
  }
}

function lines(headers) {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join("\n");
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text || ""; }
}

async function showExchange(one) {
  let found;
  try { found = await ask(`/_/requests/${one.number}`); } catch (problem) { return tell(problem.message); }
  find("exchange-title").textContent = `Request ${one.number} to ${one.vendor}: ${said(one.status)}`;
  find("sent-head").textContent = `${found.method} ${found.target}\n${lines(found.headers)}`;
  find("sent-body").textContent = found.body === null ? "(not kept)" : pretty(found.body);
  find("said-head").textContent = `${said(one.status)}\n${lines(found.answer_headers)}`;
  find("said-body").textContent = pretty(found.answer);
  find("exchange").showModal();
}

function tell(text) {
  if (find("summary").textContent !== text) find("summary").textContent = text;
}

function forget() {
  requests.length = 0;
  rows.clear();
  find("requests").replaceChildren();
  showTimeline();
}

async function look() {
  if (paused) return;
  try {
    const last = requests.length ? requests[requests.length - 1].number : 0;
    let state = await ask(`/_/state?after=${last}`);
    if (run && state.run !== run) {
      // Another sandbox on the same port: its requests are numbered from 1 again.
      forget();
      state = await ask("/_/state?after=0");
    }
    run = state.run;
    requests.push(...state.requests);
    requests.splice(0, requests.length - MOST_KEPT);
    showItems(state.counts);
    showQuotas(state.quotas);
    showTickets(state.tickets);
    showFaults(state.faults);
    if (state.requests.length) {
      showTimeline();
      showRequests(state.requests);
    }
    noteProgress(state.tickets);
    if (state.requests.length || lost) {
      const taken = VENDORS.reduce((sum, vendor) => sum + state.counts[vendor].taken, 0);
      tell(`${requests.length ? requests[requests.length - 1].number : 0} requests, ${taken.toLocaleString("en")} items taken.`);
    }
    lost = false;
  } catch {
    lost = true;
    tell("The sandbox does not answer.");
  }
}

async function change(path, method, value) {
  find("fault-error").textContent = "";
  try {
    const changed = await ask(path, { method, body: JSON.stringify(value) });
    if (changed.faults) showFaults(changed.faults);
    await look();
    return changed;
  } catch (problem) {
    find("fault-error").textContent = problem.message;
    return null;
  }
}

async function prepareFaults() {
  const form = find("fault-form");
  const words = await ask("/_/words");
  const usual = ["429", "500", "503", "504", "taken-503", "item-500"];
  const names = [...usual, ...Object.keys(words).filter((name) => !name.includes("NNN"))];
  form.word.replaceChildren(...names.map((name) => element("option", { textContent: name })));
  const explain = () => { find("fault-about").textContent = words[form.word.value] || "a status by its number"; };
  form.word.addEventListener("change", explain);
  explain();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const place = form.vendor.value ? `${form.vendor.value}:` : "";
    const argument = form.argument.value ? `=${form.argument.value}` : "";
    change("/_/faults", "POST", { add: place + form.word.value + argument + form.often.value });
  });
  find("clear-faults").addEventListener("click", () => change("/_/faults", "DELETE", {}));
}

async function prepareSwitches() {
  const switches = await ask("/_/switches");
  for (const [name, { vendor, value, choices }] of Object.entries(switches)) {
    if (!choices.length) continue;
    const options = choices.map((choice) => element("option", { value: JSON.stringify(choice), textContent: String(choice) }));
    const select = element("select", {}, ...options);
    select.value = JSON.stringify(value);
    select.addEventListener("change", () => change("/_/switches", "PATCH", { [name]: JSON.parse(select.value) }));
    find("switches").append(element("label", {}, `${vendor}: ${name.replaceAll("_", " ")}`, select));
  }
}

find("pause").addEventListener("click", () => {
  paused = !paused;
  find("pause").setAttribute("aria-pressed", String(paused));
});

async function lookAgain() {
  await look();
  setTimeout(lookAgain, 1000);
}

prepareFaults().then(prepareSwitches).catch((problem) => { find("fault-error").textContent = problem.message; });
lookAgain();
