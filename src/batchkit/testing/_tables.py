"""The tables of a ledger; any program that reads its file may rely on the view ``items``."""

from __future__ import annotations

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY, vendor TEXT, operation TEXT, account TEXT, time REAL, took REAL,
    status INTEGER, fault TEXT, method TEXT, target TEXT, headers TEXT, body BLOB,
    answer_headers TEXT, answer BLOB, list TEXT);
CREATE TABLE IF NOT EXISTS fates (
    id INTEGER PRIMARY KEY, request INTEGER, fate TEXT, time REAL, first INTEGER, last INTEGER);
CREATE INDEX IF NOT EXISTS fates_of ON fates (request);
CREATE VIEW IF NOT EXISTS items AS
    SELECT r.vendor, r.operation, r.account, r.number AS request, e.key AS position, f.time,
           f.fate, e.value AS item
    FROM fates f JOIN requests r ON r.number = f.request,
         json_each(CAST(r.body AS TEXT), r.list) e
    WHERE e.key BETWEEN f.first AND f.last;
"""
FATES = """
    FROM fates JOIN requests ON number = request
    WHERE fate = ? AND (? IS NULL OR vendor = ?) AND (? IS NULL OR operation = ?)
"""
INSERT = "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
