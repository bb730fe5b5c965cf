/** The phone's outbox: entries that wait, entries that need their author, and whether the browser may delete them. */
import { msgid } from "../translations.js";
import * as words from "../words.js";
import { joined, sentences } from "./reader.js";
import { in_sight, is_asked, needs_author } from "../../sync/outbox.js";

/** @typedef {import("./reader.js").Reader} Reader */
/** @typedef {import("./reader.js").Translator} Translator */
/** @typedef {import("../../sync/outbox.js").Entry} Entry */
/** @typedef {{synced_at: string | null, tried_at: string | null, answered?: boolean, persisted: boolean, lost: number, files: number, trouble: import("./pill.js").Trouble}} Standing
 *   tried_at: when sending failed, if that was the last that is known of the server; answered: though it was reached */

const TROUBLES = {
  signed_out: msgid("You are signed out. What you saved is kept, and goes out when you sign in."),
  wrong_user: "",
  update_needed: msgid("Too old for the server. What you saved is kept. Close Legwork and open it with a signal: it updates itself."),
  full: msgid("No room for what is new. What you saved is kept. Make room, and it goes on by itself."),
};

/** @type {Record<string, string>} */
const NAMES = {
  "customer.create": msgid("New customer"),
  "customer.edit": msgid("Customer edited"),
  "customer.add_tag": msgid("Tag added"),
  "customer.remove_tag": msgid("Tag removed"),
  "customer.compare": msgid("Competitor compared"),
  "customer.assign": msgid("Customer handed over"),
  "customer.share": msgid("Customer shared"),
  "customer.unshare": msgid("Sharing ended"),
  "customer.decline": msgid("Access not given"),
  "contact.create": msgid("New contact"),
  "contact.edit": msgid("Contact edited"),
  "contact.remove": msgid("Contact removed"),
  "contact.restore": msgid("Contact put back"),
  "visit.log": msgid("Visit"),
  "visit.correct": msgid("Visit corrected"),
  "activity.log": msgid("Call or message"),
  "activity.correct": msgid("Call or message corrected"),
  "visit.plan": msgid("Visit planned"),
  "visit.cancel": msgid("Planned visit taken back"),
  "visit.attach": msgid("Photo or voice note"),
  "visit.detach": msgid("Photo taken off"),
  "file.attach": msgid("File added"),
  "file.detach": msgid("File taken off"),
  "file.reattach": msgid("File put back"),
  "visit.withdraw": msgid("Visit taken back"),
  "follow_up.create": msgid("Follow-up"),
  "follow_up.complete": msgid("Follow-up done"),
  "follow_up.reopen": msgid("Follow-up reopened"),
  "follow_up.snooze": msgid("Follow-up moved"),
  "task.ask": msgid("Task"),
  "task.rate": msgid("Answer rated"),
  "task.withdraw": msgid("Task taken back"),
  "opportunity.create": msgid("New opportunity"),
  "opportunity.move": msgid("Opportunity moved"),
  "opportunity.edit": msgid("Opportunity edited"),
  "opportunity.revalue": msgid("Opportunity edited"),
  "opportunity.ask": msgid("Approval asked for"),
  "opportunity.approve": msgid("Approved"),
  "opportunity.decline": msgid("Not approved"),
  "quote.save": msgid("Quote"),
  "quote.send": msgid("Quote sent"),
  "quote.accept": msgid("Quote accepted"),
  "quote.decline": msgid("Quote declined"),
  "quote.withdraw": msgid("Quote taken back"),
  "contract.draft": msgid("Contract"),
  "contract.send": msgid("Contract sent"),
  "contract.sign": msgid("Contract signed"),
  "contract.cancel": msgid("Contract cancelled"),
  "order.place": msgid("Order placed"),
  "order.withdraw": msgid("Order taken back"),
  "payment.expect": msgid("Payment expected"),
  "payment.receive": msgid("Payment received"),
  "payment.withdraw": msgid("Payment taken back"),
  "entry.ask": msgid("Manager asked"),
  "entry.withdraw": msgid("Entry discarded"),
  "user.edit": msgid("Settings changed"),
  noop: msgid("Photo or file"), // a file that is lost
};

/** The forms that can be filled in again with an entry's values. */
export const EDITABLE = [
  "visit.log", "visit.correct", "activity.log", "activity.correct", "visit.plan", "follow_up.create", "follow_up.snooze", "task.ask",
  "customer.create", "customer.edit", "customer.add_tag", "customer.compare", "contact.create", "contact.edit",
  "opportunity.create", "opportunity.edit", "opportunity.revalue", "opportunity.move",
  "quote.save", "quote.decline", "contract.draft", "contract.cancel", "order.place", "payment.expect", "payment.receive",
];

/** Rows on the page: a server that was restored is sent thousands of entries anew. The others follow as these go. */
const MOST_ROWS = 100;

/** @param {Reader} reader @param {Entry[]} entries @param {Standing} standing */
export function outbox(reader, entries, standing) {
  const shown = in_sight(entries);
  return {
    title: reader.t("Outbox"),
    summary: summary(reader.t, shown, standing),
    trouble: standing.trouble && reader.t(TROUBLES[standing.trouble]),
    sign_in: standing.trouble === "signed_out",
    entries: shown.slice(0, MOST_ROWS).map((entry) => entry_row(entry, reader, standing, is_asked(entry, shown))),
    has_files: shown.some(({ args }) => args.sha256),
    facts: facts(reader, standing),
    has_lost: standing.lost > 0,
  };
}

/** @param {Translator} t @param {Entry[]} entries @param {Standing} standing */
function summary(t, entries, { trouble, lost, files }) {
  const parked = needs_author(entries).length;
  const waiting = entries.filter(({ state }) => state === "waiting").length;
  const sending = Math.max(files - entries.filter(({ args }) => args.sha256).length, 0); // files that have an entry are counted with the entries
  const said = sentences(
    waiting && !trouble ? t.n("%(n)s entry waits for a signal. It goes by itself.", "%(n)s entries wait for a signal. They go by themselves.", waiting) : "",
    parked ? t.n("%(n)s entry needs you. Nothing you typed is lost.", "%(n)s entries need you. Nothing you typed is lost.", parked) : "",
    sending ? t.n("%(n)s photo or file is still on its way.", "%(n)s photos or files are still on their way.", sending) : "",
    entries.length > MOST_ROWS ? t("The first %(n)s of %(all)s are shown.", { n: MOST_ROWS, all: entries.length }) : "",
  );
  return said || (entries.length || lost ? "" : t("Everything is sent."));
}

/** @param {Entry} entry @param {Reader} reader @param {Standing} standing @param {boolean} asked */
function entry_row(entry, reader, standing, asked) {
  const { t } = reader;
  const parked = entry.state === "parked";
  const manages = reader.manages();
  const name = name_of(entry, t);
  return {
    seq: entry.seq,
    initial: words.initial(entry.label || name),
    kind: parked && !asked ? "late" : "due",
    what: joined(name, entry.label),
    detail: joined(reader.moment(entry.happened_at), first_words(entry)),
    why: why(entry, t),
    state: asked ? t("manager asked") : state(entry, t, standing),
    edit_href: parked && EDITABLE.includes(entry.name) ? `/outbox/${entry.seq}/edit` : "",
    sale_id: entry.code === "conflict" ? entry.args.opportunity_id ?? "" : "",
    can_ask: parked && !asked && !manages && !entry.withheld && !entry.detail?.dismissed,
    can_discard: parked || entry.name !== "entry.withdraw", // a discarded withdrawal would leave the row with the server, while the phone no longer shows it
    can_restore: parked && entry.code === "deleted" && Boolean(entry.detail?.contact_id || (manages && entry.args.customer_id)),
  };
}

/** @type {Record<string, string>} */
const WITHHELD = {
  too_large: msgid("Too large for the server. It is kept here: make it shorter, or export it as a file."),
  lost: msgid("This phone can no longer read it, and it was not sent. Add it once more."),
};

/** Why it was refused: by the server, or by the phone itself. @param {Entry} entry @param {Translator} t */
export function why({ state, message, withheld }, t) {
  if (state !== "parked") return "";
  return withheld ? t(WITHHELD[withheld]) : message ?? "";
}

/** @param {Entry} entry @param {Translator} t */
function name_of({ name }, t) {
  return Object.hasOwn(NAMES, name) ? t(NAMES[name]) : name;
}

/** Whom an entry is about; nothing for a new customer, whose name is shown already. @param {Entry} entry */
function first_words({ args, label }) {
  const words = String(args.note ?? args.tag ?? args.name ?? "").trim().split("\n")[0];
  return words === label ? "" : words;
}

/** @param {Entry} entry @param {Translator} t @param {Standing} standing */
function state(entry, t, { trouble, tried_at }) {
  if (entry.state === "parked") return t("needs you");
  return entry.sent_at && !trouble && !tried_at ? t("on its way") : t("waiting");
}

/** @param {Reader} reader @param {Standing} standing */
function facts(reader, { synced_at, tried_at, answered, persisted, lost }) {
  const { t } = reader;
  const tried = answered ? msgid("%(when)s. The server answered with an error.") : msgid("%(when)s. The server could not be reached.");
  const known = [
    { label: t("Last synced"), value: synced_at ? reader.moment(synced_at) : t("never") },
    ...(tried_at ? [{ label: t("Last tried"), value: t(tried, { when: reader.moment(tried_at) }) }] : []),
    {
      label: t("Kept on this phone"),
      value: persisted
        ? t("The browser has promised to keep it.")
        : t("The browser may clear it when the phone is full. Install the app to make it safer."),
    },
  ];
  if (lost === 0) return known;
  const text = t.n(
    "The browser cleared the app’s data, and %(n)s unsent entry with it.",
    "The browser cleared the app’s data, and %(n)s unsent entries with it.",
    lost,
  );
  return [{ label: t("What was lost"), value: text }, ...known];
}
