"""The console: where the team sees who waits, answers, and looks after the bot.

Server-rendered pages under /console. `app.py` is the parts list; docs/console.md says how to add a page.
"""
