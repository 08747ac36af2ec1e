"""Administration: accounts, log-ins, links that work once, failed log-ins, and the log of actions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0060"


def upgrade() -> None:
    """Make the tables."""
    op.create_table('account',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='row number'),
    sa.Column('login', sa.String(length=80), nullable=False, comment='the name to sign in with, folded'),
    sa.Column('name', sa.String(length=80), nullable=False, comment='the name that others see'),
    sa.Column('role', sa.String(length=10), nullable=False, comment='owner or editor'),
    sa.Column('password', sa.String(length=200), nullable=True, comment='services.passwords.hashed; NULL: no password, only links'),
    sa.Column('clock', sa.String(length=60), nullable=False, comment='IANA zone in which times are shown'),
    sa.Column('made_at', sa.BigInteger(), nullable=False, comment='when it was made'),
    sa.Column('closed_at', sa.BigInteger(), nullable=True, comment='when it was closed; NULL while it may be used'),
    sa.Column('seen_on', sa.Integer(), nullable=True, comment='day it was last used, in days since 1970 UTC; NULL: never'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_account')),
    sa.UniqueConstraint('login', name=op.f('uq_account_login')),
    comment='people who may administer'
    )
    op.create_table('attempt',
    sa.Column('bucket', sa.LargeBinary(), nullable=False, comment='visitor, or account and visitor, hashed; 16 bytes'),
    sa.Column('quarter', sa.Integer(), autoincrement=False, nullable=False, comment='quarters of an hour since 1970 UTC'),
    sa.Column('count', sa.Integer(), nullable=False, comment='failed log-ins'),
    sa.PrimaryKeyConstraint('bucket', 'quarter', name=op.f('pk_attempt')),
    comment='failed log-ins of the last quarters of an hour'
    )
    op.create_table('audit',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False, comment='row number, in the order of the actions'),
    sa.Column('at', sa.BigInteger(), nullable=False, comment='when it was done'),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='who did it; NULL for the command line and service'),
    sa.Column('actor', sa.String(length=80), nullable=False, comment='the name at that time; cli:<system user> for commands'),
    sa.Column('action', sa.String(length=30), nullable=False, comment='what was done, in one word: pause, resume, pace …'),
    sa.Column('object', sa.String(length=80), nullable=False, comment='the source or account that it was done to'),
    sa.Column('before', sa.Text(), nullable=False, comment='how it was, in words'),
    sa.Column('after', sa.Text(), nullable=False, comment='how it became, in words'),
    sa.Column('why', sa.Text(), nullable=False, comment='the reason that was given; empty without one'),
    sa.Column('undo', sa.Text(), nullable=True, comment='what would take it back, as JSON; NULL where nothing does'),
    sa.Column('undoes', sa.BigInteger(), nullable=True, comment='the action that it took back; NULL for any other'),
    sa.Column('undone_by', sa.BigInteger(), nullable=True, comment='the action that took it back; NULL while it stands'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_audit_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit')),
    comment='what people did, kept for 400 days, never edited'
    )
    op.create_index('ix_audit_object', 'audit', ['object'], unique=False)
    op.create_table('login',
    sa.Column('token_hash', sa.LargeBinary(), nullable=False, comment="SHA-256 of the cookie's random value"),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False, comment='whose it is'),
    sa.Column('made_at', sa.BigInteger(), nullable=False, comment='when it began; it ends 7 days later'),
    sa.Column('seen_at', sa.BigInteger(), nullable=False, comment='when it was last used, written once a minute; ends after 8 h'),
    sa.Column('proved_at', sa.BigInteger(), nullable=False, comment='when the password was last given'),
    sa.Column('agent', sa.String(length=80), nullable=False, comment='the browser, as it calls itself, cut'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_login_account_id')),
    sa.PrimaryKeyConstraint('token_hash', name=op.f('pk_login')),
    comment='browsers that are signed in'
    )
    op.create_index(op.f('ix_login_account_id'), 'login', ['account_id'], unique=False)
    op.create_table('one_time',
    sa.Column('hash', sa.LargeBinary(), nullable=False, comment='SHA-256 of the code in the link'),
    sa.Column('purpose', sa.String(length=10), nullable=False, comment='first, invite or link'),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True, comment='whose it is; NULL for the first'),
    sa.Column('until', sa.BigInteger(), nullable=False, comment='when it ends'),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_one_time_account_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_one_time')),
    comment='links that work once; a used or ended one is deleted'
    )


def downgrade() -> None:
    """Take the tables away."""
    op.drop_table('one_time')
    op.drop_index(op.f('ix_login_account_id'), table_name='login')
    op.drop_table('login')
    op.drop_index('ix_audit_object', table_name='audit')
    op.drop_table('audit')
    op.drop_table('attempt')
    op.drop_table('account')
