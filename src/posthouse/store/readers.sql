-- What public folders are to one reader, in place of the tables of these names: each `?` is the reader.

-- name: message
SELECT p.account_id, p.folder_id, p.uid, p.message_id, p.keywords, p.internal_date, p.saved, p.size, p.content_id,
    p.changed_at, p.marked_at,
    coalesce(p.change_number, p.modseq) AS change_number,
    coalesce((SELECT CASE WHEN r.high >= p.uid AND r.modseq > p.modseq THEN r.modseq END FROM read_mark r
        WHERE r.account_id = p.account_id AND r.folder_id = p.folder_id AND r.reader_id = ? AND r.low <= p.uid
        ORDER BY r.low DESC LIMIT 1), p.modseq) AS modseq,
    coalesce((SELECT CASE WHEN r.high >= p.uid THEN (p.flags & -2) | r.seen END FROM read_mark r
        WHERE r.account_id = p.account_id AND r.folder_id = p.folder_id AND r.reader_id = ? AND r.low <= p.uid
        ORDER BY r.low DESC LIMIT 1), p.flags) AS flags
FROM message p

-- name: folder
-- Of what was read when it was counted, those messages that have gone away since are read no more.
SELECT p.account_id, p.folder_id, p.parent_id, p.name, p.role, p.uid_validity, p.next_uid, p.total, p.deleted, p.bytes,
    p.modseq, p.hidden, p.change_floor,
    coalesce((SELECT CASE WHEN h.modseq > p.highest_modseq THEN h.modseq END FROM read_folder h
        WHERE h.account_id = p.account_id AND h.reader_id = ? AND h.folder_id = p.folder_id), p.highest_modseq)
        AS highest_modseq,
    coalesce((SELECT p.unseen - h.seen + coalesce((SELECT sum(coalesce((
            SELECT CASE WHEN r.high >= t.uid THEN r.seen END FROM read_mark r
            WHERE r.account_id = t.account_id AND r.folder_id = t.folder_id AND r.reader_id = h.reader_id
                AND r.low <= t.uid ORDER BY r.low DESC LIMIT 1), 0))
            FROM tombstone t WHERE t.account_id = h.account_id AND t.folder_id = h.folder_id AND t.modseq > h.counted), 0)
        FROM read_folder h
        WHERE h.account_id = p.account_id AND h.reader_id = ? AND h.folder_id = p.folder_id), p.unseen) AS unseen
FROM folder p

-- name: folder_change
SELECT account_id, folder_id, modseq, low, high FROM folder_change
UNION ALL SELECT account_id, folder_id, modseq, low, high FROM read_mark WHERE reader_id = ?
