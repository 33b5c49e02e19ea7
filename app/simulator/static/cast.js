/* The leads that can be played with one click, and what each of them may say. */
export const CAST = [
  { id: "mariana", name: "Mariana", trait: "in a hurry", about: "Portuguese. Wants to start this week.", language: "pt", surname: "Duarte" },
  { id: "tom", name: "Tom", trait: "compares", about: "English. Two other offers on the table.", language: "en", surname: "Whitfield" },
  { id: "lucia", name: "Lucía", trait: "says stop", about: "Spanish. Opts out after two messages.", language: "es", surname: "Ferrer" },
];

const WORDS = {
  mariana: {
    first: ["Oi! Vi o anúncio de vocês, ainda dá para começar esta semana?"],
    later: ["Meu nome é Mariana Duarte", "Até uns 2.400 por mês", "Quero falar com uma pessoa", "Sair"],
  },
  tom: {
    first: ["Hi, I'm comparing a few providers. What do you offer?"],
    later: ["I'm Tom Whitfield", "Around 1,500 a month", "I'd like to talk to a person", "Stop"],
  },
  lucia: {
    first: ["Hola, ¿me dan información?"],
    later: ["Prefiero no seguir, no me escriban más", "Quiero hablar con una persona"],
  },
  en: { first: ["Hi, I saw your ad"], later: ["I'd like to talk to a person", "Stop"] },
  pt: { first: ["Oi, vi o anúncio de vocês"], later: ["Quero falar com uma pessoa", "Sair"] },
  es: { first: ["Hola, vi su anuncio"], later: ["Quiero hablar con una persona", "Salir"] },
};

export const LANGUAGES = { en: "English", pt: "Português", es: "Español" };

/* What the person could say next; nothing that was said already. */
export function suggestions(person, chat) {
  const member = CAST.find((one) => person.name === `${one.name} ${one.surname}`);
  const words = WORDS[member?.id] ?? WORDS[person.language] ?? WORDS.en;
  const said = new Set(chat.filter((message) => message.mine).map((message) => message.text));
  return (said.size ? words.later : words.first).filter((text) => !said.has(text));
}
