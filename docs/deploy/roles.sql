-- PostgreSQL: one role that owns the schema, for workers and commands, and one for web processes.
-- Run as an administrator of the server, connected to the service's database.

CREATE ROLE feedsvc LOGIN;
ALTER SCHEMA public OWNER TO feedsvc;

-- Reads everything. Set [store] prepare = false for processes that connect as this role.
CREATE ROLE feedsvc_web LOGIN;
GRANT pg_read_all_data TO feedsvc_web;

-- Without more, web processes serve and neither count who fetches nor save bundles. To let them, once the schema is there:
-- GRANT INSERT, UPDATE, DELETE ON calendar_fetch, daily_key, bundle, bundle_change TO feedsvc_web;
-- GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO feedsvc_web;
-- Administrators in the browser write more than visitors do:
-- GRANT INSERT, UPDATE, DELETE ON account, attempt, audit, login, one_time, source TO feedsvc_web;
