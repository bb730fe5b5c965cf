"""What is due, when, to whom, and how it gets to the lock screen of a phone.

kinds.py       what can be due: one small class a kind
person.py      whom it is for, and when they want to hear
due.py         finds what is due and was not told; says what is still true
outbox.py      notes it, gathered; claims what is to be sent
message.py     what a phone is sent
encryption.py  the wrapper around `webpush`
destination.py which addresses may be written to
sending.py     one message to one push service
worker.py      does all this again and again
"""
