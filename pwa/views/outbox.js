/** The outbox of this phone: what waits, what needs its author, and how safe it is here. The server's is empty. */
import { msgid } from "../translations.js";
import * as words from "../words.js";
import { joined } from "./reader.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/outbox.js").Entry} Entry */
/** @typedef {{synced_at: string | null, persisted: boolean, lost: number}} Standing */

/** @type {Record<string, string>} */
const NAMES = {
  "customer.create": msgid("New customer"),
  "customer.edit": msgid("Customer edited"),
  "customer.add_tag": msgid("Tag added"),
  "customer.remove_tag": msgid("Tag removed"),
  "customer.assign": msgid("Customer handed over"),
  "customer.share": msgid("Customer shared"),
  "customer.unshare": msgid("Sharing ended"),
  "contact.create": msgid("New contact"),
  "contact.edit": msgid("Contact edited"),
  "visit.log": msgid("Visit"),
  "visit.correct": msgid("Visit corrected"),
  "visit.plan": msgid("Visit planned"),
  "visit.cancel": msgid("Planned visit cancelled"),
  "visit.withdraw": msgid("Visit taken back"),
  "follow_up.create": msgid("Follow-up"),
  "follow_up.complete": msgid("Follow-up done"),
  "follow_up.reopen": msgid("Follow-up reopened"),
  "follow_up.snooze": msgid("Follow-up moved"),
  "follow_up.withdraw": msgid("Follow-up taken back"),
  "user.edit": msgid("Settings changed"),
};

/** @param {Reader} reader @param {Entry[]} entries @param {Standing} standing */
export function outbox(reader, entries, standing) {
  const shown = entries.filter((entry) => !entry.discarded);
  return {
    title: reader.t("Outbox"),
    summary: summary(reader.t, shown),
    entries: shown.map((entry) => entry_row(entry, reader)),
    facts: facts(reader, standing),
  };
}

/** @param {Translator} t @param {Entry[]} entries */
function summary(t, entries) {
  const parked = entries.filter((entry) => entry.state === "parked").length;
  const waiting = entries.length - parked;
  const sentences = [
    waiting ? t.n("%(n)s entry waits for a signal. It goes by itself.", "%(n)s entries wait for a signal. They go by themselves.", waiting) : "",
    parked ? t.n("%(n)s entry needs you. Nothing of it is lost.", "%(n)s entries need you. Nothing of them is lost.", parked) : "",
  ];
  return sentences.filter(Boolean).join(" ") || t("Everything is sent.");
}

/** @param {Entry} entry @param {Reader} reader */
function entry_row(entry, reader) {
  const { t } = reader;
  const parked = entry.state === "parked";
  const name = name_of(entry, t);
  return {
    seq: entry.seq,
    initial: words.initial(entry.label || name),
    kind: parked ? "late" : "due",
    what: joined(name, entry.label),
    detail: joined(reader.moment(entry.happened_at), first_words(entry)),
    why: parked ? entry.message ?? "" : "",
    state: state(entry, t),
    edit_href: parked && entry.name === "visit.log" ? `/outbox/${entry.seq}/edit` : "",
    can_discard: true,
  };
}

/** @param {Entry} entry @param {Translator} t */
function name_of({ name }, t) {
  return Object.hasOwn(NAMES, name) ? t(NAMES[name]) : name;
}

/** @param {Entry} entry */
function first_words({ args }) {
  return String(args.note ?? args.tag ?? args.name ?? "").trim().split("\n")[0];
}

/** @param {Entry} entry @param {Translator} t */
function state(entry, t) {
  if (entry.state === "parked") return t("needs you");
  return entry.sent_at ? t("on its way") : t("waiting");
}

/** @param {Reader} reader @param {Standing} standing */
function facts(reader, { synced_at, persisted, lost }) {
  const { t } = reader;
  const known = [
    { label: t("Last synced"), value: synced_at ? reader.moment(synced_at) : t("never") },
    {
      label: t("Kept on this phone"),
      value: persisted
        ? t("The browser has promised to keep it.")
        : t("The browser may clear it when the phone runs full. Installing the app makes it safer."),
    },
  ];
  if (lost === 0) return known;
  const text = t.n(
    "The browser cleared this app's data with %(n)s entry unsent. It could not be saved.",
    "The browser cleared this app's data with %(n)s entries unsent. They could not be saved.",
    lost,
  );
  return [{ label: t("Lost"), value: text }, ...known];
}
