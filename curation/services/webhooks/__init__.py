"""Others are told of what happens here: a row a message, written with what it tells of, and sent later.

events   write the messages of an event
hooks    what admins do about webhooks
deliver  what a worker does: send what is due, again and again
"""
