"""Plays histories of many phones, one server and every fault, drawn from seeds, and checks what must hold at their end.

The server runs in this process, the phones in Node.js with the real modules of sync/. Each asks the other by lines of
JSON (`runner.py`, `main.js`). One scheduler (`world.js`) decides which step comes next, so that a seed always plays the
same history.

drawing     `deeds.js` draws what happens, with what people save: `writing.js`, `selling.js`, `pool.js`, `people.js`,
            `departments.js`, `rest.js`, `photos.js`; `saving.js` saves it as the app does
phones      `phone.js` (clock, tabs, locks), `disk.js` (IndexedDB, power, room), `line.js` (the network and its faults)
server      `company.py` (routes, backup, restore), `stages.py` (the database), `desk.py`, `staff.py` (people at desks),
            `interruption.py` (kills it between two statements)
checking    `accounts.js` (each saved change had one effect), `showing.js` against `oracle.py` (what phones show),
            `trespass.py` (who did what they might not), `ledger.py` (what really happened)
safeguards  `mutants.py` takes each away; `corpus.json` holds histories that once failed; `shrinking.py` shortens one
"""
