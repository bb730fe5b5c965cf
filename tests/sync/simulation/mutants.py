"""The safeguards. When one of them is taken away, some history must go wrong.

Each name says what is wrong without it. The code to replace must stand in its file exactly once, and
that of the server within a function.
"""

from typing import Final

from tests.sync.simulation.mutant import Mutant, Replacement, one

OUT_OF_THE_TRANSACTION: Final = """\
    with session.get_bind().connect() as other:
        rev = int(other.execute(_TAKEN).scalar_one())
        other.commit()
    return rev"""

TAKEN_FOR_RECEIPTS: Final = """\
const receipts = receipts_of(answer.body, batch)
        ?? batch.entries.map(({ seq, id }) => ({ seq, id, status: "applied", rev: 0, code: null, detail: null }));"""

# Part of two mutants, whose fault a pull would mend otherwise: it finds that the server has not counted the entries.
NOT_MENDED: Final[Replacement] = (
    "sync/puller.js",
    "else if (device_last_seq < acked_seq) await reopen(db, device_last_seq + 1, device_id);",
    "",
)

MUTANTS: Final[dict[str, Mutant]] = {
    # The phone
    "deleted before the receipt": one(
        "sync/sending.js",
        'first_time.map((entry) => tx.objectStore("outbox").put(entry))',
        'first_time.map((entry) => tx.objectStore("outbox").delete(entry.seq))',
    ),
    "any 2xx is success": Mutant(
        (
            (
                "sync/exchange.js",
                "const body = is_ours(response) ? parsed(text) : null;",
                "const body = is_ours(response) ? parsed(text) : status < 300 ? { protocol: PROTOCOL } : null;",
            ),
            (
                "sync/sender.js",
                "const receipts = receipts_of(answer.body, batch);",
                TAKEN_FOR_RECEIPTS,
            ),
            (
                "sync/sending.js",
                "settle(db, batch, receipts, { epoch, durable_rev })",
                "settle(db, batch, receipts, { epoch = null, durable_rev = 0 })",
            ),
            NOT_MENDED,
        )
    ),
    "receipts of another batch count": Mutant(
        (
            ("sync/exchange.js", "ids.get(receipt.seq) === receipt.id", "true"),
            ("sync/exchange.js", "body.device_id !== device_id || body.user_id !== user_id ||", ""),
            ("sync/sending.js", "if (entry?.id !== receipt.id) return false;", "if (!entry) return false;"),
            NOT_MENDED,
        )
    ),
    "an answer from before a restore counts": one(
        "sync/exchange.js", "if (epoch !== null && body.epoch !== epoch) return null;", ""
    ),
    "no journal": one("sync/journal.js", 'await tx.objectStore("journal").put({ ...entry, ...ending });', ""),
    "the journal forgets what no backup has": one(
        "sync/journal.js", "up_to_key(durable_rev)", "up_to_key(1e9)"
    ),
    "nothing is replayed after a restore": one(
        "sync/replay.js",
        "reopen_within(tx, device, last_seq + 1, () => true)",
        "reopen_within(tx, device, last_seq + 1, () => false)",
    ),
    "after a restore only higher numbers are replayed": one(
        "sync/replay.js",
        "reopen_within(tx, device, last_seq + 1, () => true)",
        "reopen_within(tx, device, last_seq + 1, (entry) => entry.device_id !== device_id || entry.seq > last_seq)",
    ),
    "another history goes unnoticed": Mutant(
        (
            ("sync/sender.js", 'else if (answer.kind === "epoch") await begin_new_epoch(db);', ""),
            ("sync/puller.js", 'if (answer.kind === "epoch") {', "if (false) {"),
            (
                "sync/puller.js",
                "if (standing.epoch !== null && standing.epoch !== page.epoch) {",
                "if (false) {",
            ),
        )
    ),
    "rows of customers lost stay": one(
        "sync/replica_ops.js",
        'op.op === "put" ? put_customer(applying, op) : remove_customer(applying, op.id)',
        'op.op === "put" ? put_customer(applying, op) : undefined',
    ),
    "what hangs off a visit stays where it was": one(
        "sync/replica_ops.js", "if (!op.row || op.row.corrected_by) {", "if (false) {"
    ),
    "covered too early": one(
        "sync/replica_writing.js", "target.sequence_mark ?? target.covered_mark", "Number.MAX_SAFE_INTEGER"
    ),
    "saved is said before it is on the disk": one(
        "sync/local_database.js", "const failed = await completed;", "const failed = null;"
    ),
    "saved is not strict": one(
        "sync/outbox.js",
        '(tx) => add_all(tx, db.ports, changes, along), "strict")',
        "(tx) => add_all(tx, db.ports, changes, along))",
    ),
    "a lost connection to the storage is for ever": Mutant(
        (
            (
                "sync/local_database.js",
                'if (!again || !(error instanceof DOMException) || error.name !== "InvalidStateError") throw error;',
                "throw error;",
            ),
            (
                "sync/local_database.js",
                'connection.addEventListener("close", () => (this.#opening = null));',
                "",
            ),
        )
    ),
    "a tab believes its memory": one(
        "sync/replica.js",
        "if (known?.version === of.version && known.generation === of.generation) return known;",
        "if (known?.generation === of.generation) return known;",
    ),
    "an answer about another photo counts": one(
        "sync/files.js",
        "Object.keys(about).every((name) => told[name] === about[name])",
        "true",
    ),
    "another user's answer about a photo counts": one("sync/files.js", ", user_id: db.user_id", ""),
    "a restored server is not asked for photos": one("sync/files.js", "done?.epoch !== epoch", "!done"),
    "a fork is ignored": one(
        "sync/sender.js", 'else if (answer.kind === "fork") await take_new_device(db, batch.device_id);', ""
    ),
    "an outbox brought in is new": one(
        "sync/outbox_file.js",
        "await outbox.add({ ...change, seq",
        "await outbox.add({ ...change, id: new_id(db.ports), seq",
    ),
    # The server
    "a lost phone is heard, and nothing is kept": one(
        "sync/lost_phone.py",
        "        session.add(Receipt(**receipt_of(item, parked, device.id, author.id, now, rev=0)))",
        "        pass",
    ),
    "a file's changes are new at the server": one(
        "sync/outbox_file.py", "replace(item, seq=seq,", "replace(item, id=new_id(), seq=seq,"
    ),
    "a photo is not held against its hash": one(
        "server/files/receiving.py",
        "is_whole = hashlib.sha256(content).hexdigest() == self.sha256",
        "is_whole = True",
    ),
    "a photo is there before all of it came": one(
        "server/files/receiving.py",
        "        if upload.received == upload.size:\n            self._finish(upload)\n",
        "        if upload.pieces:\n            self._finish(upload)\n",
    ),
    "a step goes over another's": one(
        "server/models/opportunity.py", "    if opportunity.stage != from_:", "    if False:"
    ),
    "a quote is saved over another's": one(
        "server/models/drafting.py",
        '    if said["edition"] != (current or 0) + 1:',
        "    if False:",
    ),
    "a second answer counts as given": one(
        "server/models/task.py",
        "    if task.answered_at is not None and task.answer != answer:",
        "    if False:",
    ),
    "what is sent anew twice is there twice": one(
        "server/models/receipt.py", "    elif act.is_anew:", "    elif False:"
    ),
    "what was taken back before it came is new": one(
        "server/models/receipt.py", "        _withdraw_unseen(act, change_id)", "        return"
    ),
    "a merged customer stays on phones": one(
        "server/models/merging.py", "        note_scope(act.session, user_id, old.id)", "        pass"
    ),
    "nothing is known from before": one(
        "sync/push.py",
        "self.before: dict[str, Any] = {receipt.change_id: receipt for receipt in found}",
        "self.before: dict[str, Any] = {}",
    ),
    "receipts apart from rows": one(
        "sync/push.py", "    known.keep(receipts, rev)", "    session.commit()\n    known.keep(receipts, rev)"
    ),
    "a sequence as cursor": Mutant(
        (
            (
                "server/models/revision.py",
                "    return int(session.connection().execute(_TAKEN).scalar_one())",
                OUT_OF_THE_TRANSACTION,
            ),
        ),
        "postgresql",
    ),
    "a change that breaks takes the push with it": one(
        "sync/batch.py",
        "                _report(self.current, broken, attempt)",
        "                raise",
    ),
    "half a group": one("sync/batch.py", "key=lambda at: at[1].group or at[0]", "key=lambda at: at[0]"),
    "no epoch is asked for": Mutant(
        (
            ("sync/push.py", "    if envelope.epoch not in (None, epoch):", "    if False:"),
            (
                "sync/cursor.py",
                "is_of_here = (cursor.epoch, cursor.user_id) == (epoch, user_id) and 0 <= cursor.rev <= rev",
                "is_of_here = cursor.user_id == user_id",
            ),
        )
    ),
    "a number taken twice": one(
        "sync/push.py",
        "if item.seq <= device.last_seq and (is_new or self.taken.get(item.seq, item.id) != item.id):",
        "if False:",
    ),
    "who hands a customer back is not told": one(
        "server/models/customer.py",
        "    for user_id in (from_, to):\n        note_scope(",
        "    for user_id in (from_, to) if to else ():\n        note_scope(",
    ),
    "who takes over a customer of nobody is not told": one(
        "server/models/customer.py",
        "    for user_id in (from_, to):\n        note_scope(",
        "    for user_id in (from_, to) if from_ else ():\n        note_scope(",
    ),
    "losing a customer is not told": one(
        "sync/walk.py",
        'lost = [remove("customers", move.customer_id, move.rev, "out_of_scope")]',
        "lost = []",
    ),
    "gaining a customer is not told": one(
        "sync/walk.py",
        "ops = found[move.customer_id] if move.held else lost",
        "ops = [] if move.held else lost",
    ),
    "everybody's rows": one("sync/walk.py", ".where(or_(scope.held_by(scope.WHOEVER), for_all))", ""),
    # Where people come and go
    "who moves is not told of documents": one(
        "server/models/account.py",
        "    if (user.role, user.territory_id) != before:\n        note_library(session)",
        "    if False:\n        note_library(session)",
    ),
    "who moves with the team is not told of documents": one(
        "server/models/account.py",
        "        user.territory_id = territory.id\n    note_library(session)",
        "        user.territory_id = territory.id",
    ),
    "everybody's documents": one(
        "sync/rows.py", '    queries["library"] = _readable(anybody_like(user))\n', ""
    ),
    "documents of others are told of": one(
        "sync/rows.py", '        if name == "library":', "        if False:"
    ),
    "support writes": one(
        "server/models/scope.py", "return user.role in WRITING_ROLES and user", "return user"
    ),
    "everybody tells of every customer": one(
        "server/models/act.py",
        "        if self.base_rev is None:\n            return False",
        "        return True",
    ),
    "who has left owns what is let through": one(
        "server/models/customer.py", "if is_own and act.could_own(act.by) else", "if is_own else"
    ),
    "a removed contact is edited": one(
        "server/models/contact.py",
        '    if contact.deleted_at is not None:\n        raise Refused("deleted", REMOVED',
        '    if False:\n        raise Refused("deleted", REMOVED',
    ),
    "who writes no more unshares": one(
        "server/models/sharing.py",
        "(act.writes and customer.owner_id == act.by.id)",
        "customer.owner_id == act.by.id",
    ),
    "a manager's right helps what nobody decided on": one(
        "server/models/act.py", "(self.right_at is None or customer_id in self.right_at)", "True"
    ),
}
