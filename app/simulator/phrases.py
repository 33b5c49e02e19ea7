"""The words of the personas, in three languages. `{v}` is the value, `{i}` the interest."""

from app.simulator.lexicon import Slot

Phrases = dict[str, tuple[str, ...]]

NAMES: Phrases = {
    "en": ("Tom Whitfield", "Grace Okafor", "Liam Carter", "Priya Nair", "Emma Lindqvist", "Noah Bennett"),
    "pt": ("Mariana Duarte", "Rafael Nogueira", "Beatriz Campos", "Thiago Rocha", "Camila Freitas", "Paulo Teles"),
    "es": ("Lucía Ferrer", "Diego Salinas", "Valeria Quintero", "Andrés Molina", "Carmen Robles", "Jorge Ibáñez"),
}
CITIES: Phrases = {
    "en": ("Austin", "Leeds", "Toronto", "Denver", "Bristol", "Chicago"),
    "pt": ("Curitiba", "Recife", "Campinas", "Porto Alegre", "Salvador", "Fortaleza"),
    "es": ("Sevilla", "Monterrey", "Valencia", "Guadalajara", "Bilbao", "Puebla"),
}
INTERESTS: Phrases = {
    "en": ("business English", "an English course", "Spanish lessons", "the Spanish course for beginners"),
    "pt": ("curso de inglês", "inglês para negócios", "aulas de espanhol", "curso de espanhol"),
    "es": ("inglés de negocios", "un curso de inglés", "clases de inglés", "el curso de español"),
}
CURRENCIES = {"en": "USD", "pt": "BRL", "es": "EUR"}
AMOUNTS = {"en": (900, 1500, 2400, 6000), "pt": (450, 1200, 2400, 18000), "es": (300, 800, 1500, 4000)}

OPENINGS: Phrases = {
    "en": (
        "Hi, I saw your ad about {i}",
        "hello, I'd like to know about {i}",
        "Good morning! Do you still have places for {i}?",
    ),
    "pt": ("Oi, vi o anúncio de vocês sobre {i}", "olá, queria saber sobre {i}", "Bom dia! Ainda tem vaga para {i}?"),
    "es": (
        "Hola, vi su anuncio sobre {i}",
        "buenas, quería información sobre {i}",
        "¡Buenos días! ¿Todavía hay cupo para {i}?",
    ),
}
TERSE_OPENINGS: Phrases = {"en": ("hi", "info?"), "pt": ("oi", "informações"), "es": ("hola", "info por favor")}

TELLS: dict[str, dict[Slot, tuple[str, ...]]] = {
    "en": {
        Slot.NAME: ("I'm {v}", "my name is {v}", "It's {v}", "{v}"),
        Slot.EMAIL: ("{v}", "my email is {v}", "you can use {v}"),
        Slot.INTEREST: ("I'm interested in {v}", "I'm looking for {v}", "{v}"),
        Slot.CITY: ("I'm in {v}", "I live in {v}", "{v}"),
        Slot.BUDGET: ("up to {v}", "around {v}", "I can pay {v}", "{v} max"),
        Slot.TIMELINE: ("{v}", "I'd like to start {v}", "ideally {v}"),
        Slot.DECISION_MAKER: ("{v}",),
    },
    "pt": {
        Slot.NAME: ("meu nome é {v}", "me chamo {v}", "sou {v}", "{v}"),
        Slot.EMAIL: ("{v}", "meu e-mail é {v}", "pode usar {v}"),
        Slot.INTEREST: ("tenho interesse em {v}", "procuro {v}", "{v}"),
        Slot.CITY: ("moro em {v}", "sou de {v}", "{v}"),
        Slot.BUDGET: ("até {v}", "uns {v}", "consigo pagar {v}", "no máximo {v}"),
        Slot.TIMELINE: ("{v}", "queria começar {v}", "o ideal é {v}"),
        Slot.DECISION_MAKER: ("{v}",),
    },
    "es": {
        Slot.NAME: ("me llamo {v}", "mi nombre es {v}", "soy {v}", "{v}"),
        Slot.EMAIL: ("{v}", "mi correo es {v}", "puedes usar {v}"),
        Slot.INTEREST: ("me interesa {v}", "busco {v}", "{v}"),
        Slot.CITY: ("vivo en {v}", "estoy en {v}", "{v}"),
        Slot.BUDGET: ("hasta {v}", "unos {v}", "puedo pagar {v}", "máximo {v}"),
        Slot.TIMELINE: ("{v}", "me gustaría empezar {v}", "lo ideal sería {v}"),
        Slot.DECISION_MAKER: ("{v}",),
    },
}
TIMES: dict[str, Phrases] = {
    "en": {
        "now": ("this week", "right away"),
        "30d": ("in two weeks", "in 3 weeks"),
        "90d": ("in two months", "in 2 months"),
        "180d": ("in five months", "in 5 months"),
        "later": ("in a year", "in 12 months"),
    },
    "pt": {
        "now": ("esta semana", "agora mesmo"),
        "30d": ("em duas semanas", "daqui a 3 semanas"),
        "90d": ("em dois meses", "daqui a 2 meses"),
        "180d": ("em cinco meses", "daqui a 5 meses"),
        "later": ("daqui a um ano", "em 12 meses"),
    },
    "es": {
        "now": ("esta semana", "ahora mismo"),
        "30d": ("en dos semanas", "en 3 semanas"),
        "90d": ("en dos meses", "en 2 meses"),
        "180d": ("en cinco meses", "en 5 meses"),
        "later": ("dentro de un año", "en 12 meses"),
    },
}
DECIDERS: dict[str, Phrases] = {
    "en": {
        "self": ("just me", "I decide on my own"),
        "shared": ("my wife and I decide together", "me and my husband"),
        "other": ("my boss decides", "my parents decide"),
    },
    "pt": {
        "self": ("só eu", "eu decido sozinha"),
        "shared": ("eu e meu marido decidimos juntos", "eu e minha esposa"),
        "other": ("quem decide é meu chefe", "meus pais decidem"),
    },
    "es": {
        "self": ("solo yo", "decido yo"),
        "shared": ("lo decidimos mi esposo y yo", "mi esposa y yo"),
        "other": ("decide mi jefe", "deciden mis padres"),
    },
}
MONEY: dict[str, tuple[str, ...]] = {
    "USD": ("${comma}", "{plain} dollars", "{comma} USD"),
    "BRL": ("R$ {dot}", "{plain} reais", "{dot} reais"),
    "EUR": ("{dot} euros", "{plain} euros", "{plain} €"),
}
PERIODS: dict[str, dict[str, str]] = {
    "en": {"month": " a month", "once": " in total", "year": " a year"},
    "pt": {"month": " por mês", "once": " no total", "year": " por ano"},
    "es": {"month": " al mes", "once": " en total", "year": " al año"},
}
FILLERS: Phrases = {
    "en": ("ok", "sure", "one sec", "hm let me think"),
    "pt": ("ok", "claro", "só um momento", "deixa eu ver"),
    "es": ("vale", "claro", "un momento", "a ver"),
}
YES: Phrases = {
    "en": ("yes, that's right", "yes"),
    "pt": ("sim, está certo", "isso mesmo"),
    "es": ("sí, correcto", "sí"),
}
THANKS: Phrases = {
    "en": ("thanks", "great, thank you"),
    "pt": ("obrigada", "ótimo, obrigado"),
    "es": ("gracias", "perfecto, gracias"),
}
PUZZLED: Phrases = {
    "en": ("not sure", "whatever works"),
    "pt": ("não sei dizer", "tanto faz"),
    "es": ("no sabría decir", "me da igual"),
}
UNKNOWN: Phrases = {
    "en": ("I don't know yet", "no idea yet"),
    "pt": ("ainda não sei", "não faço ideia"),
    "es": ("todavía no sé", "ni idea"),
}
OFF_TOPIC: Phrases = {
    "en": ("my cat is on the keyboard again haha", "did you watch the match last night?", "such a hot day today"),
    "pt": ("meu gato sentou no teclado kkk", "viu o jogo ontem?", "que calor hoje hein"),
    "es": ("mi gato está en el teclado jaja", "¿viste el partido de ayer?", "qué calor hace hoy"),
}
ASKS_BACK: Phrases = {
    "en": ("how much is it?", "is it online?", "do you have evening classes?"),
    "pt": ("quanto custa?", "é online?", "tem turma à noite?"),
    "es": ("¿cuánto cuesta?", "¿es en línea?", "¿hay clases por la tarde?"),
}
OPT_OUT: Phrases = {
    "en": ("please stop messaging me", "STOP", "don't contact me again"),
    "pt": ("não quero mais receber mensagens", "pare de me mandar mensagem", "me tire da lista"),
    "es": ("no me escriban más", "por favor dejen de escribirme", "bórrenme de la lista"),
}
WANTS_PERSON: Phrases = {
    "en": ("can I talk to a real person?", "I'd rather speak with a human"),
    "pt": ("quero falar com uma pessoa", "prefiro falar com um atendente"),
    "es": ("quiero hablar con una persona", "prefiero hablar con un asesor"),
}
CORRECTIONS: Phrases = {
    "en": ("sorry, I meant {v}", "correction: {v}"),
    "pt": ("desculpa, quis dizer {v}", "na verdade é {v}"),
    "es": ("perdón, quise decir {v}", "en realidad es {v}"),
}
