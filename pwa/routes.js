/** Every address that both hosts answer, and who answers it here. What is not in this table is the server's alone. */
import * as contacts from "./routes/contacts.js";
import * as contracts from "./routes/contracts.js";
import * as customers from "./routes/customers.js";
import * as files from "./routes/files.js";
import * as follow_ups from "./routes/follow_ups.js";
import * as library from "./routes/library.js";
import * as more from "./routes/more.js";
import * as opportunities from "./routes/opportunities.js";
import * as orders from "./routes/orders.js";
import * as outbox from "./routes/outbox.js";
import * as pipeline from "./routes/pipeline.js";
import * as quotes from "./routes/quotes.js";
import * as today from "./routes/today.js";
import * as visits from "./routes/visits.js";

/** @typedef {import("./asked.js").Asked} Asked */
/** @typedef {(asked: Asked) => Promise<Response>} Handler */
/** @typedef {{list?: boolean}} Kind list: the server's shows more, to people who may see more than is on their phone */
/** @typedef {{handle: Handler, params: Record<string, string>, kind: Kind}} Found */

const LIST = { list: true };

/** @type {[string, string, Handler, Kind?][]} */
const TABLE = [
  ["GET", "/", today.home],
  ["GET", "/today", today.show, LIST],
  ["GET", "/customers", customers.list, LIST],
  ["POST", "/customers", customers.create],
  ["GET", "/customers/new", customers.form],
  ["GET", "/customers/likely", customers.show_likely, LIST],
  ["GET", "/customers/{id}", customers.show],
  ["POST", "/customers/{id}", customers.edit],
  ["GET", "/customers/{id}/edit", customers.edit_form],
  ["POST", "/customers/{id}/tags", customers.add_tag],
  ["POST", "/customers/{id}/tags/remove", customers.remove_tag],
  ["GET", "/customers/{id}/comparison", customers.comparison],
  ["POST", "/customers/{id}/comparison", customers.compare],
  ["POST", "/customers/{id}/owner", customers.assign],
  ["POST", "/customers/{id}/shares", customers.share],
  ["POST", "/customers/{id}/asks/decline", customers.decline],
  ["POST", "/customers/{id}/shares/remove", customers.unshare],
  ["POST", "/customers/{id}/files", files.add_to_customer],
  ["POST", "/opportunities/{id}/files", files.add_to_opportunity],
  ["POST", "/attachments/{id}/remove", files.remove],
  ["POST", "/attachments/{id}/restore", files.restore],
  ["GET", "/customers/{id}/contacts/new", contacts.form],
  ["POST", "/customers/{id}/contacts", contacts.create],
  ["GET", "/contacts/{id}/edit", contacts.edit_form],
  ["POST", "/contacts/{id}", contacts.edit],
  ["POST", "/contacts/{id}/remove", contacts.remove],
  ["POST", "/contacts/{id}/restore", contacts.restore],
  ["GET", "/visits/new", visits.form],
  ["GET", "/visits/new/customers", visits.choose_customer, LIST],
  ["POST", "/visits", visits.log],
  ["GET", "/activities/new", visits.activity_form],
  ["POST", "/activities", visits.log_activity],
  ["GET", "/visits/plan", visits.plan_form],
  ["POST", "/visits/planned", visits.plan],
  ["POST", "/visits/{id}/cancel", visits.cancel],
  ["GET", "/visits/{id}/correct", visits.correct_form],
  ["POST", "/visits/{id}/correction", visits.correct],
  ["POST", "/visits/{id}/withdraw", visits.withdraw],
  ["GET", "/follow-ups/new", follow_ups.form],
  ["POST", "/follow-ups", follow_ups.create],
  ["POST", "/follow-ups/{id}/complete", follow_ups.complete],
  ["POST", "/follow-ups/{id}/reopen", follow_ups.reopen],
  ["POST", "/follow-ups/{id}/snooze", follow_ups.snooze],
  ["GET", "/tasks/new", follow_ups.task_form],
  ["POST", "/tasks", follow_ups.ask],
  ["POST", "/tasks/{id}/rate", follow_ups.rate],
  ["POST", "/tasks/{id}/withdraw", follow_ups.withdraw_task],
  ["GET", "/pipeline", pipeline.show, LIST],
  ["GET", "/opportunities/new", opportunities.form],
  ["POST", "/opportunities", opportunities.create],
  ["GET", "/opportunities/{id}", opportunities.show],
  ["POST", "/opportunities/{id}", opportunities.edit],
  ["GET", "/opportunities/{id}/edit", opportunities.edit_form],
  ["GET", "/opportunities/{id}/move", opportunities.move_form],
  ["POST", "/opportunities/{id}/move", opportunities.move],
  ["POST", "/opportunities/{id}/ask", opportunities.ask],
  ["POST", "/opportunities/{id}/approve", opportunities.approve],
  ["GET", "/opportunities/{id}/products", quotes.find_products],
  ["GET", "/opportunities/{id}/quotes/new", quotes.form],
  ["POST", "/opportunities/{id}/quotes", quotes.save],
  ["POST", "/opportunities/{id}/quotes/lines", quotes.rework],
  ["GET", "/opportunities/{id}/quotes/{row}", quotes.show],
  ["POST", "/opportunities/{id}/quotes/{row}/answer", quotes.answer],
  ["POST", "/quotes/{id}/withdraw", quotes.withdraw],
  ["GET", "/opportunities/{id}/contracts/new", contracts.form],
  ["POST", "/opportunities/{id}/contracts", contracts.save],
  ["GET", "/opportunities/{id}/contracts/{row}", contracts.show],
  ["POST", "/opportunities/{id}/contracts/{row}/signature", contracts.sign],
  ["POST", "/opportunities/{id}/contracts/{row}/answer", contracts.answer],
  ["POST", "/contracts/{id}/withdraw", contracts.withdraw],
  ["POST", "/opportunities/{id}/orders", orders.place],
  ["GET", "/opportunities/{id}/orders/{row}", orders.show],
  ["POST", "/opportunities/{id}/orders/{row}/payments", orders.pay],
  ["POST", "/opportunities/{id}/orders/{row}/payments/remove", orders.take_back_payment],
  ["POST", "/orders/{id}/withdraw", orders.withdraw],
  ["GET", "/outbox", outbox.show],
  ["GET", "/outbox/export", outbox.download_all],
  ["POST", "/outbox/export", outbox.download_all],
  ["POST", "/outbox/retry", outbox.retry],
  ["POST", "/outbox/import", outbox.bring_in],
  ["POST", "/outbox/read", outbox.read],
  ["POST", "/outbox/{seq}/discard", outbox.discard],
  ["POST", "/outbox/{seq}/ask", outbox.ask],
  ["POST", "/outbox/{seq}/restore", outbox.restore],
  ["GET", "/outbox/{seq}/edit", outbox.edit_form],
  ["POST", "/outbox/{seq}/edit", outbox.edit],
  ["GET", "/library", library.show],
  ["POST", "/library/{id}/pin", library.pin],
  ["POST", "/library/{id}/unpin", library.unpin],
  ["GET", "/more", more.show],
  ["POST", "/more/language", more.language],
  ["GET", "/more/help", more.help],
];

const PARTS = { id: "[0-9a-f-]{36}", row: "[0-9a-f-]{36}", seq: "[1-9][0-9]{0,15}" };

const ROUTES = TABLE.map(([method, path, handle, kind = {}]) => ({ method, handle, kind, pattern: pattern_of(path) }));

/** @param {string} method @param {string} pathname @returns {Found | null} */
export function find_route(method, pathname) {
  for (const route of ROUTES) {
    const match = route.method === method ? route.pattern.exec(pathname) : null;
    if (match) return { handle: route.handle, kind: route.kind, params: { ...match.groups } };
  }
  return null;
}

/** @param {string} path */
function pattern_of(path) {
  return new RegExp(`^${path.replace(/\{(id|row|seq)\}/g, (_, name) => `(?<${name}>${PARTS[/** @type {"id"} */ (name)]})`)}$`);
}
