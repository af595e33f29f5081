"""Invented names: common given and family names of today's Britain, put together by chance."""

from __future__ import annotations

import random
from dataclasses import dataclass

_GIVEN = """
Aaliyah Aaron Abena Adam Adanna Aisha Alastair Alfie Alice Amara Amelia Amina Amir Anaya Andrei
Anika Anwen Archie Arjun Asha Ava Ayaan Ayesha Bartek Bea Ben Blessing Bronwen Callum Carys
Charlie Chidi Chloe Connor Dafydd Daisy Daniel Danial Daria Deepa Dev Dylan Eben Efua Eilidh Elif
Ella Ellis Emeka Emily Emre Esme Ethan Eva Farah Fatima Femi Finlay Fiona Freddie Freya George
Gethin Grace Gracie Habib Hamza Hana Hannah Harpreet Harry Harvey Hassan Henry Hiba Holly Ibrahim
Idris Imogen Imran Iona Isaac Isha Isla Ivy Jack Jacob Jai Jamal Jasmin Jasper Jaya Jude Kai Kacper
Kamil Kavya Keira Kemi Kiran Kofi Kwame Lara Layla Leah Leila Leo Lewis Lily Logan Lola Lucy Luca
Maisie Malik Maja Mariam Martha Maryam Mason Matilda Maya Megan Mei Mia Milo Mina Mohammed Molly
Musa Nadia Naomi Nathan Neha Ngozi Niamh Nikhil Noah Noor Nora Oliwia Olive Oluchi Omar Oscar Osman
Owen Poppy Priya Rafael Rahul Rania Ravi Rayan Reuben Rhys Riley Robyn Rohan Rosie Ruby Ryan Sadia
Safiya Sami Samuel Sana Sanjay Saoirse Sarah Scarlett Sean Selin Seren Shanice Sienna Simran Sofia
Sonny Stefan Sunil Suri Taiwo Talia Tamara Tanvi Tariq Theo Thomas Tiago Toby Tomasz Uma Umar Wei
Willow Xin Yara Yasmin Yusuf Zain Zainab Zara Zoe Zofia Zuri
"""
_FAMILY = """
Abbott Abdi Abubakar Adeyemi Afolabi Agyeman Ahmed Akhtar Ali Anderson Ansah Appiah Arslan Asante
Aziz Bailey Banerjee Barker Barnes Begum Bello Bennett Bhatt Boateng Bose Bradley Brooks Brown
Butler Campbell Carter Chan Chatterjee Chaudhry Chen Choudhury Clarke Cole Collins Cooper Costa
Cox Dang Darko Das Davies Demir Desai Dhillon Dixon Dogan Doyle Duarte Edwards Ekwueme Ellis Evans
Eze Farah Fernandes Ferreira Fisher Foster Francis Gallagher Garcia Ghosh Gill Gordon Graham Grant
Green Griffiths Gupta Hall Harris Hassan Hayes Henry Hill Ho Hopkins Howell Huang Hughes Hussain
Ibrahim Iqbal Islam Jackson Jama James Jarvis Jenkins John Johnson Jones Joshi Kamara Kapoor Kaur
Kaya Kelly Kennedy Khan Khatun King Kowalska Kumar Lam Lawson Lee Lewis Li Lin Lloyd Lopes Mahmood
Malik Marshall Martin Mason Matthews Mbeki McCarthy McDonald Mehta Mensah Miah Miller Mistry
Mitchell Mohamed Morgan Morris Murphy Murray Nair Nguyen Nowak Nwosu Okafor Okeke Okoro Oliver
Osei Osman Owen Owusu Ozturk Palmer Parker Parmar Patel Pereira Perry Phillips Pillay Popescu
Powell Price Quaye Rahman Rana Rao Reid Reilly Richards Roberts Robinson Rossi Russell Ryan Sahin
Saleh Sandhu Santos Scott Shah Sharif Sharma Shaw Sheikh Siddiqui Silva Simmons Singh Smith Stewart
Stone Sullivan Suleiman Taylor Thapa Thomas Thompson Tran Turner Uddin Vasquez Walker Wallace Walsh
Wang Ward Warsame Watson Webb Williams Wilson Wong Wood Wright Yeboah Yilmaz Young Yusuf Zaman
Zhang
"""
GIVEN_NAMES: tuple[str, ...] = tuple(_GIVEN.split())
FAMILY_NAMES: tuple[str, ...] = tuple(_FAMILY.split())
_RELATIONS = ("Mother", "Father", "Grandmother", "Foster carer", "Stepfather", "Aunt")
_RELATION_SHARES = (70, 19, 4, 4, 2, 1)


@dataclass(frozen=True)
class Contact:
    """Someone and how to reach them, at a number that reaches nobody."""

    name: str
    relation: str
    telephone: str


def given_name(rng: random.Random) -> str:
    return rng.choice(GIVEN_NAMES)


def family_name(rng: random.Random) -> str:
    first = rng.choice(FAMILY_NAMES)
    # Some families carry two names.
    return f"{first}-{rng.choice(FAMILY_NAMES)}" if rng.random() < 0.04 else first


def parent_of(rng: random.Random, childs_family_name: str) -> Contact:
    relation = rng.choices(_RELATIONS, _RELATION_SHARES)[0]
    same = rng.random() < 0.8
    given = given_name(rng)
    family = childs_family_name if same else family_name(rng)
    return Contact(
        name=f"{given} {family}",
        relation=relation,
        telephone=drama_number(rng),
    )


def address_of(rng: random.Random, name: str) -> str:
    """An e-mail address that reaches nobody."""
    return f"{name.replace(' ', '.')}{rng.randint(1, 99)}@family.example".lower()


def drama_number(rng: random.Random) -> str:
    """A mobile number that Ofcom keeps free for drama."""
    return f"07700 900{rng.randint(0, 999):03d}"
