/** Tasks for other departments, and the check that no answer was overwritten. */

const DEPARTMENTS = ["service", "logistics", "technical"];

/** As in writing.js: weights, and what makes the change. */
export const ASKING = [
  [5, (pen) => ({ name: "task.ask", args: { task_id: pen.new_id(), ...pen.of, department: pen.chance.pick(DEPARTMENTS), note: pen.text(), due_on: "2026-12-04" } })],
  [4, (pen) => task(pen, (row) => !row.answered_at, (row) => ({ name: "task.answer", args: { task_id: row.id, answer: pen.text() } }))],
  [3, (pen) => task(pen, (row) => row.answered_at, (row) => ({ name: "task.rate", args: { task_id: row.id, rating: pen.chance.pick(["good", "fair", "poor"]) } }))],
  [2, (pen) => task(pen, (row) => !row.answered_at, (row) => ({ name: "task.withdraw", args: { task_id: row.id } }))],
];

const task = (pen, accept, make) => pen.some("tasks", accept, make);

/** Somebody at a desk, who sees what is there now and not what a phone saw, answers a task. */
export async function answer_at_desk({ world, chance }) {
  const open = (await world.server("tasks", {})).filter(({ answered_at }) => !answered_at);
  if (!open.length) return;
  const { id, customer_id } = chance.pick(open);
  world.number += 1;
  const args = { task_id: id, answer: `of ${customer_id} ${world.number}` };
  if ((await world.server("do", { name: chance.pick(["mei", "dora"]), change: "task.answer", args, now: world.now })) === "done") world.note_fault("answered_at_a_desk");
}

/** An answer that was acknowledged must stand on its task. */
export function check_tasks(world, { receipts, tasks }) {
  const applied = [...world.accounts.changes.values()].filter(({ id, is_void }) => receipts[id]?.[0] === "applied" && !is_void);
  for (const { id, answer, answered_at, withdrawn_at } of tasks) {
    if (answered_at && withdrawn_at) world.violate("answered and taken back", { id });
    for (const change of applied.filter(({ name, args }) => name === "task.answer" && args.task_id === id)) {
      if (change.args.answer !== answer) world.violate("an answer that nobody reads", { id, answer, given: change.args.answer });
    }
  }
}
