"""What leaves the house and what does not."""

from __future__ import annotations

import time

import pytest

from app.llm.masking import Mask

PEOPLES = (
    "+1 555 010 0199",
    "(11) 95555-0199",
    "555 010 0199",
    "15550100199",
    "612 345 678",
    "612345678",
    "612 34 56 78",
    "612\u00a0345\u00a0678",
    "(11)\u00a098765\u20114321",
    "tel.612345678",
    "whats:612345678ok",
    "612-345-678",
    "612.345.678",
    "+34 612/345/678",
    "912 345 678",
    "351 912 345 678",
    "+351912345678",
    "300 1234567",
    "300 123 4567",
    "07911 123456",
    "07911 123 456",
    "11 9 8765-4321",
    "11 9 8765 4321",
    "(11)98765-4321",
    "98765-4321",
    "55 11 98765.4321",
    "(011) 15 5555-0199",
    "06.12.34.56.78",
    "612 - 345 - 678",
    "+34 612 / 345 / 678",
    "8765-4321",
    "4123 4567",
    "123.456.789-09",
    "12345678909",
    "12.345.678/0001-95",
    "12.345.678-5",
    "12345678Z",
    "X1234567L",
    "ES91 2100 0418 4502 0005 1332",
    "AB1234567",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4111111111111111",
    "4000 0000 0000 0002",
    "123-45-6789",
    "ana.b+c@example.co.uk",
    "3001200000",
)
SAID = (
    ("+34 612345678 mi teléfono", "[phone 1] mi teléfono"),
    ("3001234567 mi whatsapp", "[phone 1] mi whatsapp"),
    ("mi cel 3001234567 mi nombre es Ana", "mi cel [phone 1] mi nombre es Ana"),
    ("3001234567\nmi nombre es Ana", "[phone 1]\nmi nombre es Ana"),
    ("3001234567 Mil gracias!", "[phone 1] Mil gracias!"),
    ("612 345 678 mil gracias", "[phone 1] mil gracias"),
    ("612 - 345 - 678 Mil gracias", "[phone 1] Mil gracias"),
    ("3001234567 real", "[phone 1] real"),
    ("11 98765-4321 mi", "[phone 1] mi"),
    ("5551234567 k", "[phone 1] k"),
    ("3001234567\neuros no, dólares", "[phone 1]\neuros no, dólares"),
    ("+34 612345678 euros", "[phone 1] euros"),
    ("612345678 mi número", "[phone 1] mi número"),
    ("Tel. 300000000", "Tel. [phone 1]"),
    ("mi número: 600 000 000", "mi número: [phone 1]"),
    ("700100000 es mi tel", "[phone 1] es mi tel"),
    ("600000000 es mi número", "[phone 1] es mi número"),
    ("900000000, é o meu celular", "[phone 1], é o meu celular"),
    ("5550199 is my number", "[phone 1] is my number"),
)
OTHERS = (
    "350.000",
    "R$ 1.500.000",
    "R$ 1.500.000,00 à vista",
    "R$1.200,00 por mês",
    "2 000 000 pesos",
    "350 000 000 pesos",
    "2\u00a0000\u00a0000 pesos",
    "2025\u20132026",
    "350.000.000",
    "$ 350.000.000",
    "US$ 1,500,000.00",
    "COP 350000000",
    "1500000000",
    "123.456.789,00",
    "up to 120000",
    "22 to 25k",
    "10 000 - 15 000",
    "10.000 a 15.000 euros",
    "entre 1500 e 2000 reais",
    "2026-11-23",
    "2026-11-23 14:30",
    "2026-11-23T14:30",
    "23/11/2026 10:30",
    "23.11.2026 às 19h30",
    "23-11-26",
    "2025-2026",
    "from 7 to 12 years",
    "10h30, 14h00 ou 19h15",
    "between 10:00 and 12:30",
    "2 adults, 3 children, 12 days, room 401",
    "150 mil",
    "200000 k",
    "1.500 millones",
    "2 mi",
    "1250000000",
    "1500 2000",
    "1990 2024",
    "4000-5000",
    "call me at 10:30 or 11:45",
    "50% now, 50% in 90 days",
)


@pytest.mark.parametrize("number", PEOPLES)
@pytest.mark.parametrize(
    "around", ["{}", "call me: {}.", "é o {}, pode ligar às 14:30", "pago R$ 500, {} e 23/11/2026"]
)
def test_what_belongs_to_a_person_leaves_as_a_placeholder_and_comes_back(number: str, around: str) -> None:
    mask, text = Mask(), around.format(number)
    hidden = mask.hide(text)
    digits = [letter for letter in hidden.replace("[phone 1]", "").replace("[number 1]", "") if letter.isdigit()]
    usual = [letter for letter in around if letter.isdigit()]
    assert (digits if "email" not in hidden else usual) == usual
    assert mask.show(hidden) == text


@pytest.mark.parametrize("text", OTHERS)
def test_sums_dates_and_times_stay(text: str) -> None:
    assert Mask().hide(text) == text
    assert Mask().hide(f"so {text}, yes") == f"so {text}, yes"


@pytest.mark.parametrize("text", ["my number is 555-0199", "Tel. 555 0199", "meu WhatsApp é o 5550199"])
def test_a_short_number_is_hidden_where_it_is_said_to_be_one(text: str) -> None:
    assert Mask().hide(text).endswith("[phone 1]")


@pytest.mark.parametrize(("text", "hidden"), SAID)
def test_what_is_said_to_be_a_number_of_a_person_is_no_sum(text: str, hidden: str) -> None:
    assert Mask().hide(text) == hidden


def test_a_number_beside_a_sum_is_hidden_and_the_sum_is_not() -> None:
    hidden = Mask().hide("2 000 000 pesos, 612 345 678, R$ 350.000 em 2026-11-23 às 14:30")
    assert hidden == "2 000 000 pesos, [phone 1], R$ 350.000 em 2026-11-23 às 14:30"


def test_a_long_text_of_figures_takes_no_time_to_speak_of() -> None:
    for figures in ("1" * 1500, "1 " * 750, "111 " * 375, "1.111." * 250, "(1)" * 500, "1,111 " * 250):
        began = time.process_time()
        Mask().hide(figures)
        assert time.process_time() - began < 1.0


def test_a_placeholder_that_somebody_wrote_is_no_placeholder() -> None:
    mask = Mask()
    assert mask.hide("[number 1] is 612 345 678") == "(number 1) is [phone 1]"
