"""What clients are told of, unasked: changes in mailboxes, made through whichever protocol – [MS-OXCNOTIF].

events         what can happen, and as what it is told
happenings     from news of the store to events
arrivals       which message is new mail, and what is told of one
subscription   what one client wants to hear
search_news    what somebody hears of a search folder
table_news     what one open table tells
differences    which of its rows came, changed, moved and went
row_names      how a row is named
watching       one look at an account for all who wait for news of it
"""
