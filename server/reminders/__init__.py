"""What is due, when, to whom, and how it gets to the lock screen of a phone, into a mailbox or a calendar.

kinds.py        what can be due: one small class a kind
person.py       whom it is for, and when they want to hear
due.py          finds what is due and was not told; says what is still true
outbox.py       notes it, gathered; claims what is to be sent
desk.py         what is known of a batch of what was claimed
delivery.py     from a claim to a message, and from an answer to what is noted
wording.py      what is said
message.py      what a phone is sent
encryption.py   the wrapper around `webpush`
destination.py  which addresses may be written to
sending.py      one message to one push service
mail.py         what a mailbox is sent
mail_server.py  letters to the mail server
calendar.py     what a calendar is given when it asks
handing_back.py customers nobody visits, back to the pool
ledger.py       what became of all this
worker.py       does all of it again and again
"""
