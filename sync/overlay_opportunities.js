/** What changes of opportunities do to their rows on the phone: see overlay_verbs.js. */

/** @typedef {import("./overlay_world.js").World} World */
/** @typedef {import("./replica_rows.js").Row} Row */
/** @typedef {import("./overlay_verbs.js").Args} Args */
/** @typedef {import("./overlay_verbs.js").Verb} Verb */

const NOBODY_ASKED = { approval_requests: [], approval_asked_by: null, approval_asked_at: null, approval_answered_at: null };

/** @type {Record<string, Verb>} */
export const OPPORTUNITY_VERBS = {
  "opportunity.create": (world, { opportunity_id, ...fields }, happened_at) =>
    world.put("opportunities", {
      expected_close_on: null, lost_reason: null, competitor: null, moves: [], approvals: [], ...NOBODY_ASKED, deleted_at: null, owner_id: world.me.id,
      created_at: happened_at, stage_since: happened_at, pipeline_id: null, ...fields, id: opportunity_id, customer_id: fields.customer_id,
    }),
  "opportunity.move": move,
  "opportunity.edit": (world, { opportunity_id, fields }) =>
    world.change("opportunities", world.find("opportunities", opportunity_id), fields),
  "opportunity.revalue": (world, { opportunity_id, amount_cents, currency }) => {
    const found = world.find("opportunities", opportunity_id);
    const is_other = found?.amount_cents !== amount_cents || found?.currency !== currency;
    world.change("opportunities", found, { amount_cents, currency, ...(is_other ? lapsed(found) : {}) });
  },
  "opportunity.ask": ask_for_approval,
  "opportunity.approve": (world, { opportunity_id, note, ...given }, happened_at) => {
    const found = world.find("opportunities", opportunity_id);
    const others = (found?.approvals ?? []).filter((/** @type {Args} */ { stage }) => stage !== given.stage);
    const said = { by: world.me.id, at: happened_at, ...given, ...(note ? { note } : {}) };
    world.change("opportunities", found, { approvals: [...others, said], ...answered(world, found, given, "given", note, happened_at) });
  },
  "opportunity.decline": (world, { opportunity_id, note, ...asked }, happened_at) => {
    const found = world.find("opportunities", opportunity_id);
    world.change("opportunities", found, answered(world, found, asked, "declined", note, happened_at));
  },
};

/** @type {Verb} */
function move(world, { opportunity_id, from, to, note, ...filled_in }, happened_at) {
  const found = world.find("opportunities", opportunity_id);
  if (!found || found.stage === to) return;
  const done = { by: world.me.id, since: found.stage_since, at: happened_at, from, to, ...(note ? { note } : {}) };
  world.change("opportunities", found, { ...filled_in, moves: [...(found.moves ?? []), done], stage: to, stage_since: happened_at, ...lapsed(found) });
}

/** @type {Verb} */
function ask_for_approval(world, { opportunity_id, ...wanted }, happened_at) {
  const found = world.find("opportunities", opportunity_id);
  if (!found || open_request(found)?.stage === wanted.stage) return;
  const asked = { by: world.me.id, at: happened_at, ...wanted };
  world.change("opportunities", found, {
    approval_requests: [...(found.approval_requests ?? []), asked],
    approval_asked_by: world.me.id, approval_asked_at: happened_at, approval_answered_at: null,
  });
}

/** The request for approval that nobody has answered yet. @param {Row} opportunity @returns {Row | null} */
export function open_request({ approval_asked_at, approval_answered_at, approval_requests }) {
  return approval_asked_at && !approval_answered_at ? approval_requests.at(-1) : null;
}

/** The values that let an open request lapse: it was for another amount, or for a stage that was reached without it. @param {Row | null} opportunity */
function lapsed(opportunity) {
  return opportunity && open_request(opportunity) ? { approval_asked_at: null, approval_asked_by: null } : {};
}

/** @param {World} world @param {Row | null} opportunity @param {Args} what @param {string} answer @param {string | undefined} note
 * @param {string} happened_at */
function answered(world, opportunity, { stage }, answer, note, happened_at) {
  if (!opportunity || open_request(opportunity)?.stage !== stage) return {};
  const said = { answer, answered_by: world.me.id, answered_at: happened_at, ...(note ? { note } : {}) };
  const [...requests] = opportunity.approval_requests;
  return { approval_requests: [...requests.slice(0, -1), { ...requests.at(-1), ...said }], approval_answered_at: happened_at };
}
