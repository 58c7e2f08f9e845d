/** What the widget says of its own. More languages come by a file: docs/widget.md. `{…}` are filled in. */
export const WORDS = {
  en: {
    launcher: "Open the chat",
    launcherUnread: "Open the chat, {n} unread",
    panel: "Chat with {company}",
    hide: "Close the chat",
    options: "Options",
    bot: "Assistant · answers from our help centre",
    waiting: "Waiting for a colleague",
    person: "You are talking with {name}",
    nobody: "Conversation closed",
    greeting: "Hi! Ask away: I answer from our help centre.",
    history: "Messages",
    loading: "Your conversation is loading",
    you: "You",
    assistant: "Assistant",
    write: "Write your message",
    send: "Send",
    keys: "Enter sends, Shift + Enter: new line",
    tooLong: "{n} characters too many",
    ask: "Talk to a person",
    calling: "A person is being called…",
    mayLeave: "You may leave: the answer will wait for you here.",
    leaveAddress: "Leave us an address: the answer will be waiting there.",
    about: "Write what it is about: it will be read first.",
    byMail: "Answer by e-mail",
    contact: "Where should the answer go?",
    goesTo: "Your address for the answer: {email}",
    otherAddress: "Another address",
    address: "E-mail address",
    sendThere: "Send it there",
    mailed: "It is on its way to your inbox.",
    return: "Back to the assistant",
    close: "Close",
    howWasIt: "How did we do?",
    stars: "{n} of 5",
    why: "What was good, what was missing?",
    startOver: "Start over",
    startOverAsk: "Start a new conversation?",
    startOverMore: "This one will be closed. Download it first if you want to keep it.",
    cancel: "Cancel",
    download: "Download the conversation",
    "transcript/email": "Get the conversation by e-mail",
    tryAgain: "That did not work. Please try again in a moment.",
    fileName: "conversation.md",
    composing: "Looking in our help centre…",
    typing: "{name} is writing…",
    latest: "To the latest message",
    latestNew: "To the latest message, {n} new",
    sending: "Sending…",
    sent: "Sent",
    failed: "Not sent. Try again",
    offline: "Leaves when the connection is back",
    edit: "Edit the message",
    lost: "Connection lost. Your message will leave as soon as it is back.",
    retryNow: "Try now",
    expired: "Your last conversation has expired. The next message starts a new one.",
    busy: "That was a lot at once: your message leaves in a moment.",
    useful: "Useful",
    notUseful: "Not useful",
    thanks: "Thanks for telling us.",
    missing: "What was missing?",
    missingSend: "Send the comment",
    more: "More in:",
    from: "From:",
    source: "Source {n}: {title}",
    updated: "Last updated {date}",
    openPage: "Open the page",
    openForm: "Open the form",
    call: "Call {target}",
    mail: "Write to {target}",
    back: "Close",
    person_joined: "{name} has joined and answers you now.",
    reply_edited: "edited",
    reply_withdrawn: "message withdrawn",
    handed_back: "The assistant is back.",
    resolved_customer: "You closed this conversation. Write to take it up again.",
    resolved_staff: "This conversation is settled. Write to take it up again.",
    agree: "I agree",
    agreeFirst: "Please agree first: then your message can be sent.",
    privacy: "Personal data",
  },
  fr: {
    launcher: "Ouvrir la discussion",
    launcherUnread: "Ouvrir la discussion, {n} non lus",
    panel: "Discussion avec {company}",
    hide: "Fermer la discussion",
    options: "Options",
    bot: "Assistant · réponses de notre centre d'aide",
    waiting: "Un collègue va vous répondre",
    person: "{name} vous répond",
    nobody: "Conversation terminée",
    greeting: "Bonjour ! Posez votre question, je cherche dans notre centre d'aide.",
    history: "Messages",
    loading: "Votre conversation se charge",
    you: "Vous",
    assistant: "Assistant",
    write: "Écrivez votre message",
    send: "Envoyer",
    keys: "Entrée envoie, Maj + Entrée : à la ligne",
    tooLong: "{n} caractères de trop",
    ask: "Parler à une personne",
    calling: "Nous appelons une personne…",
    mayLeave: "Vous pouvez partir : la réponse vous attendra ici.",
    leaveAddress: "Laissez-nous une adresse : la réponse vous y attendra.",
    about: "Écrivez de quoi il s'agit : ce sera lu en premier.",
    byMail: "Réponse par e-mail",
    contact: "Où envoyer la réponse ?",
    goesTo: "Votre adresse pour la réponse : {email}",
    otherAddress: "Autre adresse",
    address: "Adresse e-mail",
    sendThere: "Envoyer",
    mailed: "C'est en route vers votre boîte de réception.",
    return: "Revenir à l'assistant",
    close: "Clore",
    howWasIt: "Comment cela s'est-il passé ?",
    stars: "{n} sur 5",
    why: "Qu'est-ce qui vous a plu, ou manqué ?",
    startOver: "Recommencer",
    startOverAsk: "Commencer une nouvelle conversation ?",
    startOverMore: "Celle-ci sera close. Téléchargez-la d'abord si vous voulez la garder.",
    cancel: "Annuler",
    download: "Télécharger la conversation",
    "transcript/email": "Recevoir la conversation par e-mail",
    tryAgain: "Cela n'a pas abouti. Réessayez dans un instant.",
    composing: "Je cherche dans notre centre d'aide…",
    typing: "{name} écrit…",
    latest: "Au dernier message",
    latestNew: "Au dernier message, {n} de plus",
    sending: "Envoi…",
    sent: "Envoyé",
    failed: "Non envoyé. Réessayer",
    offline: "Partira au retour de la connexion",
    edit: "Modifier le message",
    lost: "Connexion perdue, votre message partira dès son retour.",
    retryNow: "Réessayer",
    expired: "Votre dernière conversation a expiré. Le prochain message en commence une nouvelle.",
    busy: "Beaucoup de messages à la fois : le vôtre part dans un instant.",
    useful: "Utile",
    notUseful: "Pas utile",
    thanks: "Merci de votre retour.",
    missing: "Que manquait-il ?",
    missingSend: "Envoyer le commentaire",
    more: "En savoir plus :",
    from: "Source :",
    source: "Source {n} : {title}",
    updated: "Mis à jour le {date}",
    openPage: "Ouvrir la page",
    openForm: "Ouvrir le formulaire",
    call: "Appeler le {target}",
    mail: "Écrire à {target}",
    back: "Fermer",
    person_joined: "{name} a rejoint la conversation et vous répond.",
    reply_edited: "modifié",
    reply_withdrawn: "message retiré",
    handed_back: "L'assistant reprend la conversation.",
    resolved_customer: "Vous avez clos cette conversation. Écrivez pour la reprendre.",
    resolved_staff: "Cette conversation est terminée. Écrivez pour la reprendre.",
    agree: "J'accepte",
    agreeFirst: "Acceptez d'abord : votre message pourra ensuite partir.",
    privacy: "Données personnelles",
  },
};

/** How one language speaks; what it does not say is said in English. */
export class Speech {
  constructor(language, words) {
    this.language = language;
    this.words = { ...WORDS.en, ...words };
    this.direction = /^(ar|fa|he|ur|yi)\b/.test(language) ? "rtl" : "ltr";
  }

  /** French puts a space before some marks, which may not begin a line. */
  say(name, places = {}) {
    const said = this.words[name].replace(/{(\w+)}/g, (_, place) => places[place]);
    return said.replace(/\s(?=[?!:])/g, "\u00a0");
  }

  /** Of what a company wrote in several languages, the words that fit. */
  of(texts) {
    return texts?.[this.language] ?? Object.values(texts ?? {})[0];
  }

  /** Of a date without a time. */
  day(moment) {
    return this.#format(moment, { dateStyle: "long", timeZone: "UTC" });
  }

  /** With the day, unless it is today. */
  time(moment) {
    const isToday = new Date(moment).toDateString() === new Date().toDateString();
    return this.#format(
      moment,
      isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" },
    );
  }

  #format(moment, style) {
    return new Intl.DateTimeFormat(this.language, style).format(new Date(moment));
  }
}

/** The first of `wished` that is spoken: "fr-CA" is content with "fr". */
export function chosen(wished, spoken) {
  const found = wished.map((wish) => spoken.find((one) => wish === one || wish?.split("-")[0] === one));
  return found.find(Boolean) ?? spoken[0];
}
