"""What the bot says in English. `{…}` are the places of `phrases.PLACES`."""

from __future__ import annotations

from collections.abc import Mapping

from bot.words.names import Phrase

PLAIN: Mapping[Phrase, str] = {
    Phrase.GREETING: "Hi! Ask away: I answer from our help centre.",
    Phrase.THANKS: "You're welcome. Anything else?",
    Phrase.GOODBYE: "Goodbye, and thanks for stopping by.",
    Phrase.WHO_ARE_YOU: (
        "I'm {assistant}: a programme, not a person. I answer from our help centre, "
        "and when I'm not sure I hand you to a colleague."
    ),
    Phrase.HOW_ARE_YOU: "All fine here, thanks. What can I find for you?",
    Phrase.NEEDS_HELP: "Of course. What is it about?",
    Phrase.GLAD: "Glad that helped. Anything else?",
    Phrase.TELL_ME_MORE: "All right. Tell me what you would like to know.",
    Phrase.UNREADABLE: (
        "I couldn't read that. Could you put your question in other words? You can also ask for a person."
    ),
    Phrase.ONLY_HELP: (
        "I can only help with questions that our help centre covers. What would you like to know?"
    ),
    Phrase.REFUSE: "I can't help with that here. Is there anything else about your order or our products?",
    Phrase.HEDGE: "This may help:",
    Phrase.DOUBT: "I found no certain answer, but this may help:",
    Phrase.OFFER_PERSON: "If that is not it, tell me and I'll ask a colleague.",
    Phrase.OTHER_LANGUAGE: "This article is only available in {language}:",
    Phrase.TRANSLATED: "Translated by a machine (the original, in {language}, is in the source):",
    Phrase.ROUTE: "This is the right place for it:",
    Phrase.CLARIFY: "Do you mean “{first}” or “{second}”?",
    Phrase.SHORTLIST: "Is your question about one of these? If not, a colleague takes over.",
    Phrase.ASKED_FOR_PERSON: "Of course, a colleague takes over.",
    Phrase.LOW_CONFIDENCE: "I'd rather hand you to a colleague than guess.",
    Phrase.NOT_IN_KNOWLEDGE_BASE: "I found no answer in our help centre, so I'm handing you to a colleague.",
    Phrase.SENSITIVE_TOPIC: "This deserves a person: I'm passing it to a colleague.",
    Phrase.FRUSTRATED: "I'm sorry about the trouble. A colleague takes over, with everything you wrote.",
    Phrase.REPEATED_FAILURE: "I'm sorry I couldn't help. A colleague takes over, with everything you wrote.",
    Phrase.UNAVAILABLE: "I can't search our help centre right now, so I'm handing you to a colleague.",
    Phrase.ACTION_FAILED: "I'm sorry, I can't look this up right now. A colleague takes over.",
    Phrase.POLICY: "I leave this one to a colleague.",
    Phrase.SELF_HARM: (
        "I'm sorry you're going through this, and I'm only a programme. Please talk to someone now: "
        "if you are in danger, call your emergency number (112 in Europe, 911 in North America). "
        "Someone listens day and night on 116 123 in the United Kingdom and Ireland, "
        "988 in the United States and Canada, 3114 in France. I'm also telling a colleague."
    ),
    Phrase.OUR_TEAM: "our team",
    Phrase.TEAM_OPEN: "{team} is here until {time} and will answer you in this conversation.",
    Phrase.TEAM_ALWAYS_OPEN: "{team} is here day and night and will answer you in this conversation.",
    Phrase.TEAM_BACK: "{team} is back {moment}. Leave us an address: the answer will be waiting for you.",
    Phrase.TEAM_NO_HOURS: (
        "Your message is with {team}. Leave us an address, in case the answer comes after you have gone."
    ),
    Phrase.IN_LINE: "You're {place} in line.",
    Phrase.IN_LINE_MINUTES: "You're {place} in line, about {minutes}.",
    Phrase.IN_LINE_LATER: "You're {place} in line. {team} will probably get to you {moment}.",
    Phrase.IN_LINE_CLOSED: "You're {place} in line. {team} is back {moment}.",
    Phrase.IN_LINE_AWAY: "You're {place} in line. Nobody is at their desk right now.",
    Phrase.WILL_TAKE_IT: "{person} will take your request.",
    Phrase.PROMISE: (
        "I'm sorry, this takes longer than it should: nobody is free yet. Your question is kept, "
        "and {team} will answer you {moment} at the latest."
    ),
    Phrase.PROMISE_NO_HOURS: (
        "I'm sorry, this takes longer than it should: nobody is free yet. "
        "Your question is kept, and {team} will answer you."
    ),
    Phrase.PROMISE_BROKEN: (
        "I'm sorry: you should have had an answer by now, and {team} has not managed. "
        "Your question is not forgotten and keeps its place."
    ),
    Phrase.LEAVE_ADDRESS: "Leave us an address and you need not wait here: the answer will reach you there.",
}

FORMAL: Mapping[Phrase, str] = {
    Phrase.GREETING: "Hello. Please ask your question: I answer from our help centre.",
    Phrase.GOODBYE: "Goodbye, and thank you for your visit.",
    Phrase.HOW_ARE_YOU: "Very well, thank you. What may I find for you?",
    Phrase.WHO_ARE_YOU: (
        "I am {assistant}: a programme, not a person. I answer from our help centre, "
        "and pass you to a colleague when I am not certain."
    ),
    Phrase.GLAD: "I am glad that it helped. Is there anything else?",
    Phrase.THANKS: "You are welcome. Is there anything else?",
    Phrase.LOW_CONFIDENCE: "I would rather pass you to a colleague than guess.",
    Phrase.NOT_IN_KNOWLEDGE_BASE: "I have found no answer in our help centre, so I pass you to a colleague.",
}
