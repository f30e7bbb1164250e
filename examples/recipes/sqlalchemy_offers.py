"""An offer of the host's and the conversation about it, in one transaction of SQLAlchemy's.

    sqlalchemy_offers.py CONNINFO MICROCOSM BOAT TITLE
"""

import sys

import psycopg2
import sqlalchemy
import sqlalchemy.orm

import microcosm

Base = sqlalchemy.orm.declarative_base()


class Offer(Base):
    __tablename__ = "offers"
    id = sqlalchemy.Column(sqlalchemy.Integer, primary_key=True)
    boat = sqlalchemy.Column(sqlalchemy.Text, nullable=False)
    conversation_id = sqlalchemy.Column(sqlalchemy.BigInteger)


def add(forum, engine, microcosm_id, boat, title):
    """Both or neither: what raises inside the block undoes both."""
    with sqlalchemy.orm.Session(engine) as db, db.begin():
        offer = Offer(boat=boat)
        db.add(offer)
        db.flush()
        with forum.session("harbour", act_as="seller@example.org", connection=db) as session:
            offer.conversation_id = session.conversations.create(microcosm=microcosm_id, title=title)
        return offer.conversation_id


def main(database, microcosm_id, boat, title):
    engine = sqlalchemy.create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(database))
    Base.metadata.create_all(engine)
    with microcosm.open(database=database) as forum:
        print(add(forum, engine, int(microcosm_id), boat, title))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except microcosm.Error as error:
        sys.exit(f"not offered: {error}")
