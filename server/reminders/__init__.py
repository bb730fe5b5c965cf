"""What is due, when and to whom; and how it gets to a phone's lock screen, a mailbox or a calendar.

The way of a reminder: the worker's sweep finds what is due (due.py) and notes a notification a person and kind, with a
delivery for each browser or mailbox (outbox.py). The worker claims deliveries, reads what they need (desk.py), drops
what is no longer true, makes messages (delivery.py), sends them, and notes the answers.

kinds.py        what can be due: one small class a kind; more of them in colleagues.py, entries.py, given.py, tasks.py,
                weekly.py and alerted.py
person.py       whom it is for, and when they want to hear
due.py          the query for what is due and not told yet, and for what is still due
outbox.py       notes notifications and deliveries; claims deliveries
desk.py         all that a batch of claimed deliveries needs of the database
delivery.py     from a claim to a message, and from an answer to what is noted
wording.py      the sentences, with saying.py, task_sayings.py and ranked.py
message.py      the push message that a phone gets
encryption.py   the wrapper around `webpush`
destination.py  which addresses may be written to
sending.py      one message to one push service
mail.py         the e-mail that a mailbox gets
mail_server.py  e-mails to the mail server
calendar.py     the calendar feed
handing_back.py customers nobody is in touch with go back to the pool
ledger.py       counts of what was sent, waits or failed
worker.py       does all of it again and again
"""
