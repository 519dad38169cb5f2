-- The full-text index: which contents may hold which three characters in a row. It tells candidates, never answers, and
-- can be made anew from the contents at any time. Shared as they are: a content is in it once, whoever has it.

-- A segment is 1024 contents with neighbouring ids. `present`: a bit for each content that the index knows; any other is
-- looked into directly. `format`: how it was made; one made otherwise counts as none.
CREATE TABLE search_segment (
    segment {id},
    format TEXT NOT NULL,
    present {blob} NOT NULL
);

-- For each of 16 neighbouring buckets of trigrams, a bit for each content of the segment.
CREATE TABLE search_page (
    segment BIGINT NOT NULL,
    page BIGINT NOT NULL,
    bits {blob} NOT NULL,
    PRIMARY KEY (segment, page)
) {clustered};

-- Who indexes: one at a time, for what two write together would be neither's.
CREATE TABLE search_lease (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires BIGINT NOT NULL
) {clustered};
