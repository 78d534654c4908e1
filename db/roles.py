"""The role that every transaction of the product becomes. Roles belong to a server, and are in no dump."""

from __future__ import annotations

#: Makes it where it is missing, and lets the login become it. For one who may not make roles, it must be there already.
MAKE_APP_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pdfcompare_app') THEN
        BEGIN
            CREATE ROLE pdfcompare_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END IF;
    IF NOT pg_has_role(current_user, 'pdfcompare_app', 'SET') THEN
        EXECUTE format('GRANT pdfcompare_app TO %I', current_user);
    END IF;
END;
$$;
"""
