"""What Alembic runs its steps in: the transaction that database.py has begun."""

from alembic import context

from hch.people.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
